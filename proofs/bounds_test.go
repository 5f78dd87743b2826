package proofs

import (
	"bytes"
	"errors"
	"testing"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// TestFlips: no file that differs in a bit from one that proves a payment
// confirmed, and carries nothing more than it needs, proves it too.
func TestFlips(t *testing.T) {
	s := newScene()
	byRule := s.proof(s.second, append(s.votes, s.first)...)
	byClaims := s.proof(s.second, s.later...)
	for _, w := range s.later {
		s.state(t, byClaims, w, true, s.second)
	}
	for _, p := range []*Proof{byRule, byClaims} {
		good, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if level := judgedBytes(good); level != Confirmed {
			t.Fatalf("as it is: %s", level)
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			if judgedBytes(bad) == Confirmed {
				t.Errorf("byte %d may be another", i)
			}
		}
	}
}

// judgedBytes is the level of a file, empty when it is refused.
func judgedBytes(b []byte) Level {
	p, err := Decode(b)
	if err != nil {
		return ""
	}
	v, err := p.Verify(Options{})
	if err != nil {
		return ""
	}
	return v.Level
}

// unsigned returns well-formed witnesses that nobody signed.
func unsigned(t *testing.T, w *world, n int) []*tx.Tx {
	t.Helper()
	all := make([]*tx.Tx, n)
	for i := range all {
		all[i] = &tx.Tx{
			Kind: tx.KindWitness, Voter: tx.PublicKey(w.Voters[0]), Seq: uint64(i) + 1, Claim: &tx.Claim{},
			Refs: []tx.ID{{1}}, ParentHashes: make([]tx.Infohash, 1),
		}
		if err := all[i].Seal(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// spends returns well-formed transfers of 64 inputs that exist nowhere.
func spends(t *testing.T, n, inputs int) []*tx.Tx {
	t.Helper()
	all := make([]*tx.Tx, n)
	for i := range all {
		one := &tx.Tx{
			Kind: tx.KindTransfer, Refs: []tx.ID{{2}}, ParentHashes: make([]tx.Infohash, 2),
			Out: []tx.Output{{Amount: 1, Lock: ledgertest.NewNetwork(1, 0).Genesis.Out[0].Lock}},
		}
		for k := range inputs {
			one.In = append(one.In, tx.Outpoint{Tx: tx.ID{1}, Index: uint32(i*64 + k)})
			one.Witnesses = append(one.Witnesses, tx.SignatureWitness(tx.Signature{}))
		}
		if err := one.Seal(); err != nil {
			t.Fatal(err)
		}
		all[i] = one
	}
	return all
}

// TestBounds: what is as large as allowed is read, and one more is refused.
func TestBounds(t *testing.T) {
	w := newWorld(1, 4)
	many := unsigned(t, w, MaxTransactions+1)
	said := func(n int) (all []Statement) {
		path := w.t.Insert(w.depthKey(w.Network.Genesis), 0).Prove(w.depthKey(w.Network.Genesis))
		path.Steps = nil
		for i := range n {
			all = append(all, Statement{Witness: i})
			all[i].T = append(all[i].T, path)
		}
		return all
	}
	coins := spends(t, MaxPaths+1, 1)
	of := func(n int, key func(i int) trie.Key) (paths []trie.Proof) {
		for i := range n {
			paths = append(paths, said(1)[0].T[0])
			paths[i].Key = key(i)
		}
		sortPaths(paths)
		return paths
	}
	for _, c := range []struct {
		name string
		make func(over int) *Proof
	}{
		{"paths under t_root", func(over int) *Proof {
			paths := of(MaxPaths+over, func(i int) trie.Key { return trie.DepthKey(uint32(i), many[0].ID()) })
			return &Proof{Chain: many[:1], Statements: []Statement{{T: paths}}}
		}},
		{"paths under u_root", func(over int) *Proof {
			paths := of(MaxPaths+over, func(i int) trie.Key { return keyOf(ledgertest.Coin(coins[i])) })
			return &Proof{Chain: append(many[:1:1], coins...), Statements: []Statement{{U: paths}}}
		}},
		{"transactions", func(over int) *Proof { return &Proof{Chain: many[:MaxTransactions+over]} }},
		{"statements", func(over int) *Proof {
			return &Proof{Chain: many[:MaxStatements+1], Statements: said(MaxStatements + over)}
		}},
		{"signatures", func(over int) *Proof {
			return &Proof{Chain: append(spends(t, MaxSignatures/64, 64), many[:over]...)}
		}},
	} {
		for over := range 2 {
			p := c.make(over)
			p.Subject, p.Genesis = w.Network.Genesis, w.Network.Genesis
			_, err := Decode(unchecked(t, p, p.body()))
			if over == 0 && err != nil || over == 1 && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s, %d more: %v", c.name, over, err)
			}
			if _, err := p.Encode(); over == 1 && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: encoded: %v", c.name, err)
			}
		}
	}
	if _, err := Decode(make([]byte, MaxFile+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("the file: %v", err)
	}
}

// TestVerify_ListsAreBounded: a verdict on a file of many gaps and conflicts
// lists some and counts all.
func TestVerify_ListsAreBounded(t *testing.T) {
	w := newWorld(40, 4)
	var coins []tx.Outpoint
	for i := range 40 {
		coins = append(coins, w.GenesisCoin(i))
	}
	subject := w.Spend("all", coins)
	p := &Proof{Subject: subject, Genesis: w.Network.Genesis}
	for _, coin := range coins {
		p.Chain = append(p.Chain, w.Spend("one", []tx.Outpoint{coin}))
	}
	v := judged(t, p)
	if len(v.Conflicts) != MaxConflicts || v.ConflictCount != 40 || v.Level != Conflicted {
		t.Errorf("%s, %d of %d conflicts", v.Level, len(v.Conflicts), v.ConflictCount)
	}
	var gone []tx.Outpoint
	for _, t := range p.Chain {
		gone = append(gone, ledgertest.Coin(t))
	}
	v = judged(t, &Proof{Subject: w.Spend("gaps", gone[:8], w.Network.Genesis), Genesis: w.Network.Genesis})
	if v.GapCount != 8 || v.Level != Incomplete {
		t.Errorf("%s, %d gaps", v.Level, v.GapCount)
	}
}
