package gossip

import (
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// worthSaying leaves out what admission keeps quiet (finality.md, 6): a spend
// of an outpoint that two others spend already and that nobody supports, and
// what a voter signs after it was caught signing a number twice.
// Reconciliation carries it all the same, so that sets become equal.
func (g *Gossip) worthSaying(items []ledger.Item) []ledger.Item {
	out := items[:0:0]
	g.ledger.Read(func(d *dag.DAG) {
		for _, it := range items {
			if !g.crowded(d, it) {
				out = append(out, it)
			}
		}
	})
	return out
}

func (g *Gossip) crowded(d *dag.DAG, it ledger.Item) bool {
	if it.Kind == tx.KindWitness {
		return forkedBefore(d, it)
	}
	if it.Kind != tx.KindTransfer {
		return false
	}
	for _, in := range d.Inputs(it.ID) {
		if len(d.Spenders(in)) > MaxAnnouncedRivals {
			return d.Status(it.ID).Stake == 0
		}
	}
	return false
}

// forkedBefore reports whether a witness is its voter's and not one of the two
// that show the fork.
func forkedBefore(d *dag.DAG, it ledger.Item) bool {
	a, b, forked := d.Fork(it.Voter)
	return forked && it.ID != a && it.ID != b
}

// evidence returns the pairs that one event brought to light: the first two
// spends of an outpoint, the two witnesses of a fork.
func (g *Gossip) evidence(event ledger.Event) [][][]byte {
	var pairs [][2]tx.ID
	g.ledger.Read(func(d *dag.DAG) {
		for _, it := range event.Accepted {
			for _, in := range d.Inputs(it.ID) {
				if s := d.Spenders(in); len(s) == 2 && s[1] == it.ID {
					pairs = append(pairs, [2]tx.ID{s[0], s[1]})
				}
			}
		}
		for _, voter := range event.Forked {
			if a, b, ok := d.Fork(voter); ok {
				pairs = append(pairs, [2]tx.ID{a, b})
			}
		}
	})
	var out [][][]byte
	for _, p := range pairs {
		a, errA := g.ledger.Raw(p[0])
		b, errB := g.ledger.Raw(p[1])
		if errA == nil && errB == nil {
			out = append(out, [][]byte{a, b})
		}
	}
	return out
}
