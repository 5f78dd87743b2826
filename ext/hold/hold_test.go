package hold

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf holds some bytes under ids.
type shelf map[tx.ID][]byte

func (s shelf) Has(id tx.ID) bool { return s[id] != nil }

func (s shelf) Raw(id tx.ID) ([]byte, error) {
	if raw := s[id]; raw != nil {
		return raw, nil
	}
	return nil, ledger.ErrNotFound
}

func idOf(i int) tx.ID { return tx.ID{byte(i), byte(i >> 8), 1} }

// some are the transactions numbered from to to-1.
func some(from, to int) shelf {
	s := make(shelf)
	for i := from; i < to; i++ {
		s[idOf(i)] = []byte{byte(i), byte(i >> 8), 7}
	}
	return s
}

func ids(n int) (all []tx.ID) {
	for i := range n {
		all = append(all, idOf(i))
	}
	return all
}

type node struct {
	*Holders
	svc    *session.Service
	faults sessiontest.Faults
}

func newNode(t *testing.T, holds shelf) *node {
	t.Helper()
	nd := &node{Holders: New(holds)}
	svc, err := session.New(session.Config{
		Rules: 1, UserAgent: "test", Logger: nd.faults.Logger(),
		State:    func() wire.State { return wire.State{Count: 1} },
		Families: []session.Family{nd.Family()},
	})
	if err != nil {
		t.Fatal(err)
	}
	nd.svc = svc
	t.Cleanup(nd.Close)
	return nd
}

func (nd *node) meet(t *testing.T, n int) *sessiontest.Stranger {
	t.Helper()
	hello := sessiontest.Hello([32]byte{}, n, wire.State{})
	hello.Features |= wire.FeatureHold
	return sessiontest.Meet(t, nd.svc, n, hello)
}

// counting is a count under way.
type counting struct {
	counts map[tx.ID]int
	err    error
	done   chan struct{}
}

func (nd *node) begin(ctx context.Context, ids []tx.ID) *counting {
	c := &counting{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.counts, c.err = nd.Count(ctx, ids)
	}()
	synctest.Wait()
	return c
}

func challenges(st *sessiontest.Stranger) []*wire.HoldReq {
	return sessiontest.Only[*wire.HoldReq](st.Heard())
}

// honest answers a challenge from a shelf.
func honest(s shelf, req *wire.HoldReq) *wire.Hold {
	m := &wire.Hold{Nonce: req.Nonce}
	for _, id := range req.IDs {
		var h [32]byte
		if raw := s[id]; raw != nil {
			h = digest(req.Nonce, raw)
		}
		m.Hashes = append(m.Hashes, h)
	}
	return m
}

// TestCountsWhoHolds: nodes that hold all, some and nothing; more transactions than
// one challenge takes; and one that the asker itself does not hold.
func TestCountsWhoHolds(t *testing.T) {
	const n = wire.MaxHold + 10
	synctest.Test(t, func(t *testing.T) {
		a := newNode(t, some(0, n))
		var faults []session.Fault
		for i, holds := range []shelf{some(0, n), some(5, n+1), {}} {
			other := newNode(t, holds)
			sessiontest.Connect(t, a.svc, other.svc, 1, 2+i)
			faults = append(faults, other.faults.Found()...)
		}
		counts, err := a.Count(t.Context(), ids(n+1))
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[tx.ID]int)
		for i := range n {
			want[idOf(i)] = 2
			if i < 5 {
				want[idOf(i)] = 1
			}
		}
		if !maps.Equal(counts, want) {
			t.Errorf("counts %v", counts)
		}
		if faults = append(faults, a.faults.Found()...); len(faults) != 0 {
			t.Errorf("faults %v", faults)
		}
	})
}

func TestNobodyToAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, some(0, 1))
		st := sessiontest.Meet(t, nd.svc, 2, sessiontest.Hello([32]byte{}, 2, wire.State{}))
		if _, err := nd.Count(t.Context(), ids(1)); !errors.Is(err, ErrNobody) {
			t.Errorf("%v", err)
		}
		if n := len(challenges(st)); n != 0 {
			t.Errorf("who shows no feature bit was asked %d times", n)
		}
	})
}

// TestLiars: a false hash, a hash of another nonce, too few and too many: the liar is
// banned, and counted nowhere, also where it told the truth before.
func TestLiars(t *testing.T) {
	holds := some(0, wire.MaxHold+3)
	lies := map[string]func(*wire.Hold){
		"a false hash":    func(m *wire.Hold) { m.Hashes[1][0]++ },
		"another nonce":   func(m *wire.Hold) { m.Hashes[1] = digest([16]byte{9}, holds[idOf(wire.MaxHold+1)]) },
		"without nonce":   func(m *wire.Hold) { m.Hashes[1] = digest([16]byte{}, holds[idOf(wire.MaxHold+1)]) },
		"one hash less":   func(m *wire.Hold) { m.Hashes = m.Hashes[1:] },
		"one hash more":   func(m *wire.Hold) { m.Hashes = append(m.Hashes, [32]byte{}) },
		"the wrong order": func(m *wire.Hold) { slices.Reverse(m.Hashes) },
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nd := newNode(t, holds)
				liar := nd.meet(t, 2)
				other := newNode(t, holds)
				sessiontest.Connect(t, nd.svc, other.svc, 1, 3)
				c := nd.begin(t.Context(), ids(wire.MaxHold+3))
				for range 2 {
					for _, req := range challenges(liar) {
						m := honest(holds, req)
						if len(req.IDs) == 3 {
							lie(m)
						}
						liar.Say(m)
					}
					synctest.Wait()
				}
				<-c.done
				if c.err != nil {
					t.Fatal(c.err)
				}
				for i := range wire.MaxHold + 3 {
					if c.counts[idOf(i)] != 1 {
						t.Fatalf("transaction %d is counted %d times; want the honest one", i, c.counts[idOf(i)])
					}
				}
				if !errors.Is(liar.Reason(), session.FaultProof) {
					t.Errorf("the liar's session ended with %v", liar.Reason())
				}
				if !nd.svc.Banned(liar.Session.RemoteAddr().Addr()) {
					t.Error("the liar is not banned")
				}
			})
		})
	}
}

// TestSilence is waited for once, and counts for nobody.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holds := some(0, 3*wire.MaxHold)
		nd := newNode(t, holds)
		silent := nd.meet(t, 2)
		other := newNode(t, holds)
		sessiontest.Connect(t, nd.svc, other.svc, 1, 3)
		began := time.Now()
		counts, err := nd.Count(t.Context(), ids(3*wire.MaxHold))
		if err != nil || len(counts) != 3*wire.MaxHold || counts[idOf(0)] != 1 {
			t.Errorf("%d counts, %v", len(counts), err)
		}
		if waited := time.Since(began); waited != patience {
			t.Errorf("waited %v", waited)
		}
		if n := len(challenges(silent)); n != 1 {
			t.Errorf("the silent one was asked %d times", n)
		}
	})
}

// TestAtMostSoManyAreAsked: MaxAsked peers, and one of each public address.
func TestAtMostSoManyAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holds := some(0, 1)
		nd := newNode(t, holds)
		var peers []*sessiontest.Stranger
		for i := range MaxAsked + 4 {
			peers = append(peers, nd.meet(t, 2+i))
		}
		c := nd.begin(t.Context(), ids(1))
		asked := 0
		for _, st := range peers {
			for _, req := range challenges(st) {
				st.Say(honest(holds, req))
				asked++
			}
		}
		<-c.done
		if asked != MaxAsked || c.counts[idOf(0)] != MaxAsked {
			t.Errorf("%d asked, %d counted", asked, c.counts[idOf(0)])
		}
	})
	synctest.Test(t, func(t *testing.T) {
		holds := some(0, 1)
		nd := newNode(t, holds)
		var twins []*sessiontest.Stranger
		for i := range 2 { // one address, two nonces
			hello := sessiontest.Hello([32]byte{}, 100+i, wire.State{})
			hello.Features |= wire.FeatureHold
			twins = append(twins, sessiontest.Meet(t, nd.svc, 2, hello))
		}
		c := nd.begin(t.Context(), ids(1))
		for _, st := range twins {
			for _, req := range challenges(st) {
				st.Say(honest(holds, req))
			}
		}
		<-c.done
		if c.counts[idOf(0)] != 1 {
			t.Errorf("one address counts %d times", c.counts[idOf(0)])
		}
	})
}
