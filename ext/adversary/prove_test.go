package adversary_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/prove"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// TestFalseProofs: who proves what is not so loses his session, and is banned; the
// asker is told that nobody could, not the lie.
func TestFalseProofs(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		mine := trie.Trie{}.Insert(trie.DepthKey(1, [32]byte{1}), 5).Insert(trie.DepthKey(2, [32]byte{2}), 6)
		key := trie.DepthKey(3, [32]byte{3})
		forged := mine.Insert(key, 1).Prove(key) // of a trie with the key in it
		s := w.call(func(h *wire.Hello) { h.Features |= wire.FeatureProof })
		done := make(chan error)
		go func() {
			_, err := w.alice.Prove(t.Context(), mine.Root(), key)
			done <- err
		}()
		synctest.Wait()
		for _, req := range sessiontest.Only[*wire.ProofReq](s.hear()) {
			s.say(&wire.Proof{Root: req.Root, Data: forged.Append(nil)})
		}
		if err := <-done; !errors.Is(err, prove.ErrNotHeld) {
			t.Errorf("the question ended with %v", err)
		}
		s.wantBanned(session.FaultProof, 1)
	})
}

// TestProofRequestsForEverything: a stranger who asks as fast as credit lets him is
// answered at the rate; meanwhile the honest pair pays.
func TestProofRequestsForEverything(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call(func(h *wire.Hello) { h.Features |= wire.FeatureProof })
		s.greedy = true
		root := w.alice.ledger.Snapshot().T.Root()
		began, answers := time.Now(), 0
		for i := range 4 * prove.RequestBurst {
			key := [36]byte(trie.DepthKey(uint32(i), [32]byte{byte(i)}))
			if !s.say(&wire.ProofReq{Root: root, Key: &key}) {
				break
			}
			if i%prove.RequestsPerSecond == 0 {
				sessiontest.Advance(100 * time.Millisecond)
				answers += len(sessiontest.Only[*wire.Proof](s.hear()))
			}
		}
		w.pay()
		answers += len(sessiontest.Only[*wire.Proof](s.hear()))
		most := prove.RequestBurst + prove.RequestsPerSecond*(1+int(time.Since(began).Seconds()))
		if answers > most || answers < prove.RequestBurst {
			t.Errorf("%d answers; at most %d may be given", answers, most)
		}
		if f := w.alice.faults.of(s.number); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}
