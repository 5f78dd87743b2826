package links

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is the family of one node under sessions.
type node struct {
	*Links
	svc    *session.Service
	faults sessiontest.Faults
	net    *ledgertest.Network
}

// newNode makes a node of a network of four voters. A nil key does not vote.
func newNode(t *testing.T, n *ledgertest.Network, voter *btcec.PrivateKey) *node {
	t.Helper()
	nd := &node{Links: New(n.Genesis, voter), net: n}
	svc, err := session.New(session.Config{
		Net: n.Genesis.ID(), Rules: 1, UserAgent: "test", Logger: nd.faults.Logger(),
		State:    func() wire.State { return wire.State{Count: 1} },
		Families: []session.Family{nd.Family()},
	})
	if err != nil {
		t.Fatal(err)
	}
	nd.svc = svc
	return nd
}

// meet opens a session with a stranger, the node number n.
func (nd *node) meet(t *testing.T, n int) *sessiontest.Stranger {
	t.Helper()
	return sessiontest.Meet(t, nd.svc, n, sessiontest.Hello(nd.net.Genesis.ID(), n, wire.State{Count: 1}))
}

// wantStake checks the stake that is reached, and the faults.
func (nd *node) wantStake(t *testing.T, stake uint64, faults ...session.Fault) {
	t.Helper()
	synctest.Wait()
	if got := nd.Stake(); got != stake {
		t.Errorf("stake %d is reached; want %d", got, stake)
	}
	if got := nd.faults.Found(); !slices.Equal(got, faults) {
		t.Errorf("faults %v; want %v", got, faults)
	}
}

// signed is the pong of the holder of a key.
func signed(t *testing.T, n *ledgertest.Network, key *btcec.PrivateKey, nonce [16]byte) *wire.Pong {
	t.Helper()
	pong, err := New(n.Genesis, key).pong(&wire.Ping{Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	return pong
}

// pinged returns the one ping that has come.
func pinged(t *testing.T, st *sessiontest.Stranger) *wire.Ping {
	t.Helper()
	pings := sessiontest.Only[*wire.Ping](st.Heard())
	if len(pings) != 1 {
		t.Fatalf("%d pings; want 1", len(pings))
	}
	return pings[0]
}

func TestAVoterSignsItsPongs(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, n.Voters[0])
		st := nd.meet(t, 2)
		nonce := [16]byte{1, 2, 3}
		st.Say(&wire.Ping{Nonce: nonce})
		pongs := sessiontest.Only[*wire.Pong](st.Heard())
		if len(pongs) != 1 || pongs[0].Nonce != nonce || pongs[0].Key == nil {
			t.Fatalf("pongs %+v", pongs)
		}
		id := n.Genesis.ID()
		digest := tx.TaggedHash("ttx/ping", append(id[:], nonce[:]...))
		key := tx.PublicKey(n.Voters[0])
		if *pongs[0].Key != [32]byte(key) || !tx.Signature(*pongs[0].Signature).Verify(digest, key) {
			t.Error("the signature does not verify")
		}
	})
}

func TestWhoDoesNotVoteAnswersUnsigned(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, nil)
		st := nd.meet(t, 2)
		st.Say(&wire.Ping{Nonce: [16]byte{7}})
		heard := st.Heard()
		pongs := sessiontest.Only[*wire.Pong](heard)
		if len(heard) != 1 || len(pongs) != 1 || pongs[0].Key != nil || pongs[0].Signature != nil {
			t.Fatalf("heard %v; want one unsigned pong, and no ping", heard)
		}
		nd.wantStake(t, 0)
	})
}

func TestTwoVotersReachEachOther(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		a, b := newNode(t, n, n.Voters[0]), newNode(t, n, n.Voters[1])
		sessiontest.Connect(t, a.svc, b.svc, 1, 2)
		a.wantStake(t, 2)
		b.wantStake(t, 2)
		sessiontest.Advance(10 * Fresh)
		a.wantStake(t, 2)
	})
}

func TestWhatAPongCounts(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	stranger, _ := btcec.NewPrivateKey()
	other := ledgertest.NewNetwork(2, 4)
	cases := map[string]struct {
		answer func(t *testing.T, nonce [16]byte) *wire.Pong
		stake  uint64
		faults []session.Fault
	}{
		"a voter": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			return signed(t, n, n.Voters[1], nonce)
		}, 2, nil},
		"our own key": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			return signed(t, n, n.Voters[0], nonce)
		}, 1, nil},
		"nobody": {func(_ *testing.T, nonce [16]byte) *wire.Pong {
			return &wire.Pong{Nonce: nonce}
		}, 1, nil},
		"a stranger's key": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			return signed(t, n, stranger, nonce)
		}, 1, nil},
		"a voter's key, a stranger's signature": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			pong, key := signed(t, n, stranger, nonce), [32]byte(tx.PublicKey(n.Voters[1]))
			pong.Key = &key
			return pong
		}, 1, []session.Fault{session.FaultProof}},
		"a signature of another network": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			return signed(t, other, n.Voters[1], nonce)
		}, 1, []session.Fault{session.FaultProof}},
		"a signature of another nonce": {func(t *testing.T, nonce [16]byte) *wire.Pong {
			pong := signed(t, n, n.Voters[1], [16]byte{9})
			pong.Nonce = nonce
			return pong
		}, 1, []session.Fault{session.FaultProof}},
		"an answer to no ping": {func(t *testing.T, _ [16]byte) *wire.Pong {
			return signed(t, n, n.Voters[1], [16]byte{9})
		}, 1, []session.Fault{session.FaultUnsolicited}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nd := newNode(t, n, n.Voters[0])
				st := nd.meet(t, 2)
				st.Say(c.answer(t, pinged(t, st).Nonce))
				nd.wantStake(t, c.stake, c.faults...)
				if dropped := slices.Contains(c.faults, session.FaultProof); st.Open() == dropped {
					t.Errorf("open: %v", st.Open())
				}
				select {
				case <-nd.Changed():
					if c.stake == 1 {
						t.Error("a change is reported")
					}
				default:
					if c.stake == 2 {
						t.Error("no change is reported")
					}
				}
			})
		})
	}
}

func TestOneKeyOnTwoSessionsCountsOnce(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, n.Voters[0])
		for number := 2; number <= 3; number++ {
			st := nd.meet(t, number)
			st.Say(signed(t, n, n.Voters[1], pinged(t, st).Nonce))
		}
		nd.wantStake(t, 2)
	})
}

func TestStakeAgesOut(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, n.Voters[0])
		st := nd.meet(t, 2)
		st.Say(signed(t, n, n.Voters[1], pinged(t, st).Nonce))
		nd.wantStake(t, 2)
		sessiontest.Advance(Fresh)
		nd.wantStake(t, 2)
		sessiontest.Advance(1)
		nd.wantStake(t, 1)
	})
}

// A pong that was kept back says where the peer was when it was asked.
func TestALatePongCountsFromItsQuestion(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, n.Voters[0])
		st := nd.meet(t, 2)
		ping := pinged(t, st)
		sessiontest.Advance(Fresh + 1)
		st.Say(signed(t, n, n.Voters[1], ping.Nonce))
		nd.wantStake(t, 1)
	})
}

func TestPingsAreRationed(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	const excess = 3
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, n.Voters[0])
		st := nd.meet(t, 2)
		for second := range 2 {
			for i := range PingsPerSecond + excess {
				st.Say(&wire.Ping{Nonce: [16]byte{byte(second), byte(i)}})
			}
			if got := len(sessiontest.Only[*wire.Pong](st.Heard())); got != PingsPerSecond {
				t.Errorf("%d pongs in a second; want %d", got, PingsPerSecond)
			}
			if got := len(nd.faults.Found()); got != (second+1)*excess {
				t.Errorf("%d faults; want %d", got, (second+1)*excess)
			}
			sessiontest.Advance(time.Second)
		}
		for _, f := range nd.faults.Found() {
			if f != session.FaultRate {
				t.Errorf("fault %v", f)
			}
		}
		st.Session.Close()
		_ = st.Reason()
	})
}
