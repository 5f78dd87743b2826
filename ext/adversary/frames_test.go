package adversary_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
)

func TestWrongNetwork(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call(func(h *wire.Hello) { h.Net[0]++ })
		if err := s.Reason(); !errors.Is(err, session.ErrOtherNetwork) {
			t.Errorf("ended with %v", err)
		}
		if w.alice.bans.Has(s.addr(), time.Now()) {
			t.Error("a peer of another network is banned")
		}
		if n := len(w.alice.Sessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// messages are one of each kind.
func messages() []wire.Message {
	some := [36]byte{1}
	raw := []byte("d1:m3:onee")
	return []wire.Message{
		&wire.State{}, &wire.Inv{Items: make([]wire.Item, 1)}, &wire.Get{IDs: make([][32]byte, 1)},
		&wire.Get{To: some}, &wire.Tx{Txs: [][]byte{raw}}, &wire.Tx{Txs: [][]byte{raw}, Next: &some},
		&wire.NotFound{IDs: make([][32]byte, 1)}, &wire.Sync{SID: 2}, &wire.Give{Txs: [][]byte{raw}},
		&wire.ProofReq{Key: &some}, &wire.Proof{Data: raw}, &wire.Rival{Txs: [][]byte{raw, raw}},
		&wire.HoldReq{IDs: make([][32]byte, 1)}, &wire.Hold{Hashes: make([][32]byte, 1)},
		&wire.Peers{Addrs: []string{"192.0.2.1:1"}}, &wire.Ping{}, &wire.Pong{},
	}
}

// TestTruncatedAtEveryLength cuts every kind of message everywhere. What is cut
// where only raw data is missing is another message; it is left out.
func TestTruncatedAtEveryLength(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		cut := 0
		for _, m := range messages() {
			frame, err := wire.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			for n := range frame {
				if _, err := wire.Decode(frame[:n]); err == nil {
					continue
				}
				s := w.call()
				s.raw(frame[:n])
				s.wantBanned(session.FaultMalformed, 1)
				cut++
			}
		}
		if cut < 800 {
			t.Errorf("only %d cuts", cut)
		}
		if n := w.alice.bans.Len(); n > 1024 {
			t.Errorf("%d bans", n)
		}
	})
}

func TestGarbageAtManyLengths(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	lengths := []int{1000, wire.MaxHello, 4096, wire.MaxFrame - 1, wire.MaxFrame}
	for n := range 200 {
		lengths = append(lengths, n)
	}
	besiege(t, 0, func(t *testing.T, w *world) {
		for _, n := range lengths {
			garbage := make([]byte, n)
			for i := range garbage {
				garbage[i] = byte(rng.Uint32())
			}
			s := w.call()
			s.raw(garbage)
			s.wantBanned(session.FaultMalformed, 1)
			early := w.callSaying(w.calls+1, garbage) // before any hello
			w.calls++
			if err := early.Reason(); !errors.Is(err, session.FaultMalformed) {
				t.Errorf("%d bytes instead of a hello: %v", n, err)
			}
		}
	})
}

func TestOversizedFrames(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		head := "d4:type4:synce" // its raw data may be anything
		for _, n := range []int{wire.MaxFrame + 1, wire.MaxFrame + 2, 65_000, 65_534} {
			s := w.call()
			s.raw(append([]byte(head), make([]byte, n-len(head))...))
			s.wantBanned(session.FaultMalformed, 1)
		}
		s := w.callSaying(999, bytes.Repeat([]byte("x"), wire.MaxHello+1))
		if err := s.Reason(); !errors.Is(err, session.FaultMalformed) {
			t.Errorf("a huge hello: %v", err)
		}
	})
}

// list is a message with n elements, written by hand: an encoder of ours would
// refuse too many.
type list struct {
	name string
	most int
	of   func(n int) string
}

func lists() []list {
	id := strings.Repeat("i", 32)
	key := strings.Repeat("k", 36)
	ids := func(kind string) func(int) string {
		return func(n int) string {
			return fmt.Sprintf("d3:ids%d:%s4:type%d:%se", 32*n, strings.Repeat(id, n), len(kind), kind)
		}
	}
	raws := func(kind string) func(int) string {
		return func(n int) string {
			return fmt.Sprintf("d4:type%d:%se", len(kind), kind) + strings.Repeat("d1:m3:onee", n)
		}
	}
	long := func(n int) string { return fmt.Sprintf("d4:type2:txed1:m%d:%se", n-11, strings.Repeat("m", n-11)) }
	return []list{
		{"inv pairs", wire.MaxInv, func(n int) string { return "d4:type3:inve" + strings.Repeat(id+id[:20], n) }},
		{"get ids", wire.MaxIDs, ids("get")},
		{"notfound ids", wire.MaxIDs, ids("notfound")},
		{"hold? ids", wire.MaxHold, func(n int) string {
			return fmt.Sprintf("d3:ids%d:%s5:nonce16:%s4:type5:hold?e", 32*n, strings.Repeat(id, n), id[:16])
		}},
		{"hold hashes", wire.MaxHold, func(n int) string {
			return fmt.Sprintf("d1:h%d:%s5:nonce16:%s4:type4:holde", 32*n, strings.Repeat(id, n), id[:16])
		}},
		{"tx transactions", wire.MaxTxs, raws("tx")},
		{"give transactions", wire.MaxTxs, raws("give")},
		{"bytes of a transaction", wire.MaxTx, long},
		{"rival transactions", 2, raws("rival")},
		{"peers", wire.MaxPeers, func(n int) string {
			return "d1:pl" + strings.Repeat("11:192.0.2.1:1", n) + "e4:type5:peerse"
		}},
		{"bytes of an address", wire.MaxAddress, func(n int) string {
			return fmt.Sprintf("d1:pl%d:%s:65535e4:type5:peerse", n, strings.Repeat("a", n-6))
		}},
		{"bytes of regions", wire.MaxRegions, func(n int) string {
			return "d4:root32:" + id + "3:sidi2e4:type4:synce" + strings.Repeat("r", n)
		}},
		{"bytes of a proof", wire.MaxProof, func(n int) string {
			return "d4:root32:" + id + "4:type5:proofe" + strings.Repeat("p", n)
		}},
		{"bytes of a key", 36, func(n int) string {
			return fmt.Sprintf("d4:from36:%s2:to%d:%s4:type3:gete", strings.Repeat("\x00", 36), n, (key + "kk")[:n])
		}},
		{"bytes of a nonce", 16, func(n int) string {
			return fmt.Sprintf("d5:nonce%d:%s4:type4:pinge", n, strings.Repeat("n", n))
		}},
	}
}

// TestListsAtAndPastEachBound: at its bound a list is read, whatever becomes of
// it then; one more is malformed.
func TestListsAtAndPastEachBound(t *testing.T) {
	for _, l := range lists() {
		t.Run(l.name, func(t *testing.T) {
			besiege(t, 0, func(t *testing.T, w *world) {
				at := w.call()
				at.raw([]byte(l.of(l.most)))
				at.wantFaults(session.FaultMalformed, 0)
				past := w.call()
				past.raw([]byte(l.of(l.most + 1)))
				past.wantBanned(session.FaultMalformed, 1)
			})
		})
	}
}

// TestHelloAtAndPastItsBounds: the same for what a hello may hold.
func TestHelloAtAndPastItsBounds(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		if s := w.call(func(h *wire.Hello) { h.UserAgent = strings.Repeat("a", wire.MaxUserAgent) }); !s.Open() {
			t.Errorf("the longest user agent: %v", s.Reason())
		}
		long, err := wire.Encode(helloOf(w, strings.Repeat("a", wire.MaxUserAgent)))
		if err != nil {
			t.Fatal(err)
		}
		long = bytes.Replace(long, []byte("2:ua64:"), []byte("2:ua65:a"), 1)
		w.calls++
		if s := w.callSaying(w.calls, long); !errors.Is(s.Reason(), session.FaultMalformed) {
			t.Errorf("a longer one: %v", s.Reason())
		}
		var keys strings.Builder
		for i := range wire.MaxKeys {
			fmt.Fprintf(&keys, "3:x%02di1e", i)
		}
		plain, err := wire.Encode(helloOf(w, "a"))
		if err != nil {
			t.Fatal(err)
		}
		w.calls++
		many := append(bytes.TrimSuffix(plain, []byte("e")), keys.String()+"e"...)
		if s := w.callSaying(w.calls, many); !errors.Is(s.Reason(), session.FaultMalformed) {
			t.Errorf("a hello of many keys: %v", s.Reason())
		}
	})
}

func helloOf(w *world, agent string) *wire.Hello {
	return &wire.Hello{
		Version: wire.Version, Rules: 1, Net: w.net.Genesis.ID(), UserAgent: agent, State: w.state(), Nonce: [16]byte{0xfe},
	}
}
