package proofs

import (
	"bytes"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Conflict is an output that two proofs spend differently.
type Conflict struct {
	Spent tx.ID  `json:"spent"`
	Index uint32 `json:"index"`
	// Spenders are two or more, ascending.
	Spenders []tx.ID `json:"spenders"`
}

// Contradict returns the outputs that a transaction of one proof spends and
// another of the other, ordered by output. Both proofs may be true: both
// transactions then are in the ledger, and at most one will ever be confirmed.
// Proofs of two networks never contradict each other. Neither needs to have
// been verified, so a forged one may be among the causes.
func Contradict(a, b *Proof) []Conflict {
	if a.Genesis.ID() != b.Genesis.ID() {
		return nil
	}
	spends := make(map[tx.Outpoint][]tx.ID)
	for _, t := range a.all() {
		for _, in := range t.In {
			spends[in] = append(spends[in], t.ID())
		}
	}
	found := make(map[tx.Outpoint][]tx.ID)
	for _, t := range b.all() {
		for _, in := range t.In {
			mine := spends[in]
			if len(mine) > 1 || len(mine) == 1 && mine[0] != t.ID() || found[in] != nil {
				found[in] = append(append(found[in], mine...), t.ID())
			}
		}
	}
	return conflicts(found)
}

func conflicts(found map[tx.Outpoint][]tx.ID) []Conflict {
	var all []Conflict
	for o, by := range found {
		slices.SortFunc(by, func(a, b tx.ID) int { return bytes.Compare(a[:], b[:]) })
		all = append(all, Conflict{Spent: o.Tx, Index: o.Index, Spenders: slices.Compact(by)})
	}
	slices.SortFunc(all, func(a, b Conflict) int {
		x, y := tx.Outpoint{Tx: a.Spent, Index: a.Index}.Bytes(), tx.Outpoint{Tx: b.Spent, Index: b.Index}.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	return all
}
