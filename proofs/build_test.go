package proofs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func built(t *testing.T, src Source, subject *tx.Tx, chain Chain) (*Proof, Verdict) {
	t.Helper()
	p, err := Build(t.Context(), src, subject.ID(), BuildOptions{Chain: chain})
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return p, judged(t, p)
}

// forgetful is a source that has no trie.
type forgetful struct{ *world }

func (forgetful) Prove(context.Context, trie.Hash, trie.Key) (trie.Proof, error) {
	return trie.Proof{}, errors.New("nobody knows the root")
}

// lying is a source that answers every question with a path of another key.
type lying struct{ *world }

func (l lying) Prove(_ context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	key[35]++
	return l.world.Prove(context.Background(), root, key)
}

func TestBuild(t *testing.T) {
	s := newScene()
	s.vote([]*tx.Tx{s.third}, 0, 1, 2)
	for _, c := range []struct {
		name     string
		src      Source
		subject  *tx.Tx
		chain    Chain
		level    Level
		ancestry Ancestry
	}{
		{"the genesis", s, s.Network.Genesis, Full, Confirmed, ToGenesis},
		{"no chain", s, s.second, None, Confirmed, ToClaims},
		{"recent", s, s.second, Recent, Confirmed, ToClaims},
		{"full", s, s.second, Full, Confirmed, ToClaims},
		{"no chain, no tries", forgetful{s.world}, s.second, None, Incomplete, ToGap},
		{"recent, no tries", forgetful{s.world}, s.second, Recent, Witnessed, ToGenesis},
		{"full, no tries", forgetful{s.world}, s.second, Full, Confirmed, ToGenesis},
		{"full, a liar asked", lying{s.world}, s.second, Full, Confirmed, ToGenesis},
		{"a witness", s, s.votes[4], Full, Claimed, ToClaims},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, v := built(t, c.src, c.subject, c.chain)
			if v.Level != c.level || v.Ancestry != c.ancestry {
				t.Errorf("%s, %s; want %s, %s\n%q", v.Level, v.Ancestry, c.level, c.ancestry, v.Words())
			}
		})
	}
}

// TestBuild_Recent: the chain stops at the first ancestors that are claimed.
func TestBuild_Recent(t *testing.T) {
	w := newWorld(2, 4)
	last := w.Network.Genesis
	var line []*tx.Tx
	for i := range 20 {
		last = w.pay(fmt.Sprint("payment ", i), last)
		line = append(line, last)
	}
	w.vote([]*tx.Tx{last}, 0, 1, 2, 3)
	p, v := built(t, w, last, Recent)
	if !slices.Contains(p.Chain, line[18]) || slices.Contains(p.Chain, line[17]) {
		t.Errorf("the chain has %d transactions", len(p.Chain))
	}
	if v.Level != Claimed || !v.Signed {
		t.Errorf("%s, signed %v", v.Level, v.Signed)
	}
	full, _ := built(t, w, last, Full)
	for _, ancestor := range line[:19] {
		if !slices.Contains(full.Chain, ancestor) {
			t.Error("a full chain lacks an ancestor")
		}
	}
}

// TestBuild_Conflict: both sides and who stands on them.
func TestBuild_Conflict(t *testing.T) {
	w := newWorld(2, 4)
	a := w.pay("a", w.Network.Genesis)
	b := w.pay("b", w.Network.Genesis)
	w.vote([]*tx.Tx{a}, 0, 1)
	w.vote([]*tx.Tx{b}, 2, 3)
	for _, subject := range []*tx.Tx{a, b} {
		for _, chain := range []Chain{None, Recent, Full} {
			_, v := built(t, w, subject, chain)
			if v.Level != Conflicted || len(v.Conflicts) != 1 || v.Conflicts[0].Rivals[0].Witnessed.Stake != 2 || v.Witnessed.Stake != 2 {
				t.Errorf("%s: %s, %+v", chain, v.Level, v.Conflicts)
			}
		}
	}
}

// TestBuild_DeadRival: a confirmed payment is not put into doubt by a rival that
// lost.
func TestBuild_DeadRival(t *testing.T) {
	s := newScene()
	rival := s.add(s.Spend("late", []tx.Outpoint{ledgertest.Coin(s.first)}, s.first))
	if _, v := built(t, s, s.second, Recent); v.Level == Conflicted {
		t.Error("a dead rival makes a conflict")
	}
	if _, v := built(t, s, rival, Full); v.Level != Conflicted || v.Rule == nil || v.Rule.Status != "rejected" {
		t.Errorf("the rival: %s, %+v", v.Level, v.Rule)
	}
}

func TestBuild_Errors(t *testing.T) {
	s := newScene()
	if _, err := Build(t.Context(), s, tx.ID{1}, BuildOptions{}); err == nil {
		t.Error("a proof of what is not there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, s, s.second.ID(), BuildOptions{Chain: Full}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestBuild_AsksLittle: a root that nobody has is asked for once.
func TestBuild_AsksLittle(t *testing.T) {
	s := newScene()
	clear(s.roots)
	s.asked = 0
	built(t, s, s.second, Recent)
	claimed := make(map[[32]byte]bool)
	for _, t := range s.order {
		if t.Claim != nil {
			claimed[t.Claim.TRoot], claimed[t.Claim.URoot] = true, true
		}
	}
	if s.asked > len(claimed) {
		t.Errorf("asked %d times about %d roots", s.asked, len(claimed))
	}
}
