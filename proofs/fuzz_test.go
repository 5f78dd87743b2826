package proofs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func addVectors(f *testing.F) {
	names, err := filepath.Glob("testdata/*.torrent")
	if err != nil || len(names) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// FuzzDecode: every file is refused with a kind, or comes back from its
// encoding as it was and has a verdict or a refusal.
func FuzzDecode(f *testing.F) {
	addVectors(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			if KindOf(err) == "" {
				t.Fatalf("a refusal without a kind: %v", err)
			}
			return
		}
		again, err := p.Encode()
		if err != nil {
			t.Fatalf("what was decoded is not encoded: %v", err)
		}
		q, err := Decode(again)
		if err != nil {
			t.Fatalf("what was encoded is not decoded: %v", err)
		}
		if !bytes.Equal(p.body(), q.body()) || p.Subject.ID() != q.Subject.ID() {
			t.Fatal("another proof")
		}
		v, err := q.Verify(Options{})
		if err != nil && KindOf(err) == "" {
			t.Fatalf("a refusal without a kind: %v", err)
		}
		if err == nil {
			v.consistent(t)
		}
	})
}

// consistent requires what holds of every verdict.
func (v *Verdict) consistent(t *testing.T) {
	t.Helper()
	for name, s := range map[string]Share{"witnessed": v.Witnessed, "named": v.Named, "claimed_t": v.ClaimedT, "claimed_u": v.ClaimedU} {
		if s.Stake > s.Total {
			t.Errorf("%s by more than all: %+v", name, s)
		}
	}
	if v.Named.Stake > v.Witnessed.Stake || v.ClaimedU.Stake > v.ClaimedT.Stake {
		t.Errorf("a part exceeds the whole: %+v", v)
	}
	if (v.Level == Confirmed) != (v.By != "") || (v.Ancestry == ToGap) != (v.GapCount > 0) || v.Checked > v.Transactions {
		t.Errorf("a contradiction: %+v", v)
	}
	if len(v.Missing()) == 0 && v.By != ByGenesis {
		t.Error("nothing is said to be missing")
	}
}

// FuzzStatement: whatever stands in the places of paths and roots, only what a
// voter signed is counted.
func FuzzStatement(f *testing.F) {
	s := newScene()
	w := s.later[0]
	f.Add(s.roots[w.Claim.TRoot].Prove(s.depthKey(s.second)).Append(nil), false)
	f.Add(s.roots[w.Claim.URoot].Prove(keyOf(tx.Outpoint{Tx: s.second.ID()})).Append(nil), true)
	truth := [2]trie.Trie{s.roots[w.Claim.TRoot], s.roots[w.Claim.URoot]}
	f.Fuzz(func(t *testing.T, raw []byte, u bool) {
		path, err := trie.ParseProof(raw)
		if err != nil {
			return
		}
		p := s.proof(s.second, s.first, w)
		st, of := Statement{Witness: 1, T: []trie.Proof{path}}, truth[0]
		if u {
			st, of = Statement{Witness: 1, U: []trie.Proof{path}}, truth[1]
		}
		p.Statements = []Statement{st}
		v, err := p.Verify(Options{})
		if err != nil {
			return
		}
		if weight, ok := of.Get(path.Key); !ok || weight != path.Weight {
			t.Fatalf("counted what is not under the root: %x", raw)
		}
		if v.ClaimedT.Stake > 1 || v.ClaimedU.Stake > 1 {
			t.Fatalf("one voter counts for %d", v.ClaimedT.Stake)
		}
	})
}
