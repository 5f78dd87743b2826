package dag

import (
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Word is a status in one word.
type Word string

// The status words of transactions in T. Of those that fit, the first in the
// order of finality.md, section 4, is taken.
const (
	// Disputed: confirmed and dead, possible only past a third of forked
	// stake.
	Disputed Word = "disputed"
	// Confirmed: final while less than a third of the stake has forked.
	Confirmed Word = "confirmed"
	// Rejected: a rival is confirmed.
	Rejected Word = "rejected"
	// Orphaned: something it descends from by spending is dead.
	Orphaned Word = "orphaned"
	// Conflicted: undecided, and it or an undecided one it spends from has a
	// rival that is not dead.
	Conflicted Word = "conflicted"
	// Pending: undecided, nothing against it. Witnesses stay pending: they are
	// votes, and nobody votes on votes.
	Pending Word = "pending"
)

// Status is what the rule says of a transaction.
type Status struct {
	Word Word
	// Stake supports it, of Total in the table. Both are zero unless it is
	// pending or conflicted: what is decided is counted no further.
	Stake, Total uint64
	// Rivals spend one of its inputs too, dead ones included, in the order of
	// the first input shared and then of Add.
	Rivals []tx.ID
}

// Status returns the status of a transaction of T, the zero Status for others.
func (d *DAG) Status(id tx.ID) Status {
	x, ok := d.index.find(d.ids, id)
	if !ok {
		return Status{}
	}
	s := Status{Word: d.word(x), Rivals: d.names(d.rivals(x))}
	if d.nodes[x].live() {
		s.Stake, s.Total = d.state(x).support, d.total
	}
	return s
}

func (d *DAG) word(x uint32) Word {
	n := &d.nodes[x]
	switch {
	case n.flags&settledFlags == settledFlags:
		return Disputed
	case n.is(confirmed):
		return Confirmed
	case n.is(dead) && d.beaten(x):
		return Rejected
	case n.is(dead):
		return Orphaned
	case n.is(clashes):
		return Conflicted
	default:
		return Pending
	}
}

// beaten reports whether a rival of x is confirmed.
func (d *DAG) beaten(x uint32) bool {
	for k := range int(d.nodes[x].ins) {
		if d.confirmedRival(d.input(x, k), x) {
			return true
		}
	}
	return false
}

func (d *DAG) rivals(x uint32) []uint32 {
	var out []uint32
	for k := range int(d.nodes[x].ins) {
		c := d.contest(d.input(x, k))
		if c == nil {
			continue
		}
		for _, s := range c.spenders {
			if s != x && (k == 0 || !slices.Contains(out, s)) {
				out = append(out, s)
			}
		}
	}
	return out
}

// Fork returns the first two witnesses of one number that a forked voter has
// in T.
func (d *DAG) Fork(voter tx.Key) (a, b tx.ID, ok bool) {
	v, known := d.byKey[voter]
	pair, ok := d.forks[v]
	if !known || !ok {
		return a, b, false
	}
	return d.ids[pair[0]], d.ids[pair[1]], true
}

// Forked returns the stake of the exposed voters, F.
func (d *DAG) Forked() uint64 { return d.forked }

// Total returns the stake of the whole table.
func (d *DAG) Total() uint64 { return d.total }

// Voters returns the voter table, which the caller must not change.
func (d *DAG) Voters() []tx.Voter { return d.voters }

// Witness names one witness of a voter.
type Witness struct {
	ID  tx.ID
	Seq uint64
	// Time is its `t`, in milliseconds since 1970.
	Time int64
}

// LatestWitness returns the highest-numbered witness of a voter, of several
// (a fork) the first.
func (d *DAG) LatestWitness(voter tx.Key) (Witness, bool) {
	v, ok := d.byKey[voter]
	if !ok || len(d.chains[v]) == 0 {
		return Witness{}, false
	}
	last := len(d.chains[v]) - 1
	return Witness{ID: d.ids[d.chains[v][last]], Seq: uint64(last), Time: d.latest[v]}, true
}
