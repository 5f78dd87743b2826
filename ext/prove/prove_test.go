package prove

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/ask"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is a source of a few tries.
type shelf []trie.Trie

func (s shelf) Root(h trie.Hash) (trie.Trie, bool) {
	for _, t := range s {
		if t.Root() == h {
			return t, true
		}
	}
	return trie.Trie{}, false
}

func keyOf(i int) trie.Key { return trie.DepthKey(uint32(i), [32]byte{byte(i)}) }

// counted is a trie of n keys, key i with the weight i.
func counted(n int) trie.Trie {
	e := trie.Trie{}.Edit()
	for i := range n {
		e.Insert(keyOf(i), uint64(i))
	}
	return e.Commit()
}

type node struct {
	*Prover
	svc    *session.Service
	faults sessiontest.Faults
}

func newNode(t *testing.T, tries ...trie.Trie) *node {
	t.Helper()
	nd := &node{Prover: New(shelf(tries))}
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

// meet opens a session with a stranger who answers proof?.
func (nd *node) meet(t *testing.T, n int, state wire.State) *sessiontest.Stranger {
	t.Helper()
	hello := sessiontest.Hello([32]byte{}, n, state)
	hello.Features |= wire.FeatureProof
	return sessiontest.Meet(t, nd.svc, n, hello)
}

// asked is a question under way.
type asked struct {
	proof trie.Proof
	err   error
	done  chan struct{}
}

func (nd *node) begin(ctx context.Context, root trie.Hash, key trie.Key) *asked {
	a := &asked{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.proof, a.err = nd.Prove(ctx, root, key)
	}()
	synctest.Wait()
	return a
}

func requests(st *sessiontest.Stranger) []*wire.ProofReq {
	return sessiontest.Only[*wire.ProofReq](st.Heard())
}

func TestAProofFromAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := counted(100)
		a, b := newNode(t), newNode(t, tr)
		sessiontest.Connect(t, a.svc, b.svc, 1, 2)
		for i, included := range map[int]bool{7: true, 200: false} {
			p, err := a.Prove(t.Context(), tr.Root(), keyOf(i))
			if err != nil {
				t.Fatal(err)
			}
			f, err := p.Verify(tr.Root(), keyOf(i))
			if err != nil || f.Included != included || f.Count != 100 {
				t.Errorf("key %d: %+v, %v", i, f, err)
			}
		}
		if _, err := a.Prove(t.Context(), counted(3).Root(), keyOf(1)); !errors.Is(err, ErrNotHeld) {
			t.Errorf("a root that nobody holds: %v", err)
		}
		if p, err := b.Prove(t.Context(), tr.Root(), keyOf(1)); err != nil || p.Weight != 1 {
			t.Errorf("from its own trie: %+v, %v", p, err)
		}
		if p, err := a.Prove(t.Context(), trie.Hash{}, keyOf(1)); err != nil || !p.Empty {
			t.Errorf("under the empty root: %+v, %v", p, err)
		}
		if f := slices.Concat(a.faults.Found(), b.faults.Found()); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}

// TestWeightOffsets: the other half of what can be asked for.
func TestWeightOffsets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := counted(10)
		nd := newNode(t, tr)
		st := nd.meet(t, 2, wire.State{})
		for _, off := range []uint64{0, tr.Weight() - 1, tr.Weight()} {
			st.Say(&wire.ProofReq{Root: tr.Root(), Off: &off})
			answers := sessiontest.Only[*wire.Proof](st.Heard())
			if len(answers) != 1 || answers[0].Root != tr.Root() {
				t.Fatalf("answers %+v", answers)
			}
			if off == tr.Weight() {
				if len(answers[0].Data) != 0 {
					t.Error("a proof of an offset beyond the sum")
				}
				continue
			}
			p, err := trie.ParseProof(answers[0].Data)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.VerifyWeight(tr.Root(), off); err != nil {
				t.Errorf("offset %d: %v", off, err)
			}
		}
	})
}

// TestLiarsAreBannedAndPassedOver: false answers of each kind cost their peers the
// session, and the question goes on to who tells the truth.
func TestLiarsAreBannedAndPassedOver(t *testing.T) {
	tr, other := counted(50), counted(51)
	lies := map[string][]byte{
		"no proof":           []byte("nonsense"),
		"of another trie":    other.Prove(keyOf(7)).Append(nil),
		"of another key":     tr.Prove(keyOf(8)).Append(nil),
		"of another weight":  func() []byte { p := tr.Prove(keyOf(7)); p.Weight++; return p.Append(nil) }(),
		"exclusion of a key": func() []byte { p := other.Prove(keyOf(60)); p.Key = keyOf(7); return p.Append(nil) }(),
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nd := newNode(t)
				// The liar says that the root is his, so that he is asked first.
				liar := nd.meet(t, 2, wire.State{TRoot: tr.Root()})
				q := nd.begin(t.Context(), tr.Root(), keyOf(7))
				honest := nd.meet(t, 3, wire.State{})
				if len(requests(liar)) != 1 {
					t.Fatal("the liar was not asked")
				}
				liar.Say(&wire.Proof{Root: tr.Root(), Data: lie})
				<-q.done
				if !errors.Is(q.err, ErrNotHeld) || !errors.Is(liar.Reason(), session.FaultProof) {
					t.Errorf("the question ended with %v, the liar with %v", q.err, liar.Reason())
				}
				q = nd.begin(t.Context(), tr.Root(), keyOf(7))
				for range requests(honest) {
					honest.Say(&wire.Proof{Root: tr.Root(), Data: tr.Prove(keyOf(7)).Append(nil)})
				}
				<-q.done
				if q.err != nil || q.proof.Weight != 7 {
					t.Errorf("the truth: %+v, %v", q.proof, q.err)
				}
				if f := nd.faults.Found(); len(f) != 1 || f[0] != session.FaultProof {
					t.Errorf("faults %v", f)
				}
			})
		})
	}
}

// TestTheSilentArePassedOver: a question does not wait for them, they are scored for
// their silence all the same, and the places of a session are not used up.
func TestTheSilentArePassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := counted(20)
		nd := newNode(t)
		var silent []*sessiontest.Stranger
		for i := range AtOnce {
			silent = append(silent, nd.meet(t, 2+i, wire.State{TRoot: tr.Root()}))
		}
		honest := nd.meet(t, 9, wire.State{})
		q := nd.begin(t.Context(), tr.Root(), keyOf(3))
		if n := len(requests(honest)); n != 0 {
			t.Fatalf("%d peers are asked at once", AtOnce+n)
		}
		sessiontest.Advance(patience)
		for range requests(honest) {
			honest.Say(&wire.Proof{Root: tr.Root(), Data: tr.Prove(keyOf(3)).Append(nil)})
		}
		<-q.done
		if q.err != nil {
			t.Fatal(q.err)
		}
		for range 2 * ask.MaxOpen {
			ctx, cancel := context.WithCancel(t.Context())
			q := nd.begin(ctx, tr.Root(), keyOf(4))
			cancel()
			<-q.done
		}
		if n := len(requests(silent[0])); n != ask.MaxOpen {
			t.Errorf("%d questions are open at a silent peer; want %d", n, ask.MaxOpen)
		}
		sessiontest.Advance(session.RequestTimeout)
		if len(nd.faults.Found()) < AtOnce {
			t.Errorf("faults %v", nd.faults.Found())
		}
	})
}

// TestWhoDoesNotAnswerIsNotAsked: a peer without the feature bit.
func TestWhoDoesNotAnswerIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, counted(2))
		st := sessiontest.Meet(t, nd.svc, 2, sessiontest.Hello([32]byte{}, 2, wire.State{}))
		if _, err := nd.Prove(t.Context(), counted(9).Root(), keyOf(1)); !errors.Is(err, ErrNotHeld) {
			t.Error(err)
		}
		key := [36]byte(keyOf(1))
		st.Say(&wire.ProofReq{Root: counted(2).Root(), Key: &key})
		if m := st.Heard(); len(m) != 0 || len(nd.faults.Found()) != 0 {
			t.Errorf("heard %v, faults %v", m, nd.faults.Found())
		}
	})
}

// TestTheRateOfAnswers: what is asked beyond it waits.
func TestTheRateOfAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, counted(2))
		st := nd.meet(t, 2, wire.State{})
		key := [36]byte(keyOf(1))
		for range RequestBurst + RequestsPerSecond {
			st.Say(&wire.ProofReq{Root: counted(2).Root(), Key: &key})
		}
		if n := len(st.Heard()); n != RequestBurst {
			t.Errorf("%d answers at once; want %d", n, RequestBurst)
		}
		sessiontest.Advance(time.Second)
		if n := len(st.Heard()); n != RequestsPerSecond {
			t.Errorf("%d answers in a second; want %d", n, RequestsPerSecond)
		}
		if f := nd.faults.Found(); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}
