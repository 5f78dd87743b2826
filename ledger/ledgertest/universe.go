package ledgertest

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Shape says what a random universe looks like. Probabilities are in percent.
type Shape struct {
	Voters, MaxStake int
	Steps            int
	// Witnesses is how many of the steps are votes.
	Witnesses int
	// Conflicts is how often a transfer takes any output instead of an unspent
	// one. Repeated over few outputs this makes nested and cyclic conflicts.
	Conflicts int
	// MaxInputs of a transfer.
	MaxInputs int
	// Forkers voters begin anew from an old witness, Forks of the time.
	Forkers, Forks int
	// Sight is how often a parent is a recent tip rather than anything.
	Sight int
	// Late transfers, which nobody can have voted for, end the universe. They
	// are rivals of anything.
	Late int
}

// RandomShape draws a shape. With forkers below a third of the stake in about
// half of the cases, and any number of them in the others.
func RandomShape(r *rand.Rand) Shape {
	s := Shape{
		Voters: 1 + r.IntN(7), MaxStake: 1 + r.IntN(4), Steps: 10 + r.IntN(40),
		Witnesses: 30 + r.IntN(50), Conflicts: r.IntN(70), MaxInputs: 1 + r.IntN(3),
		Sight: r.IntN(101), Late: r.IntN(4),
	}
	if r.IntN(2) == 0 {
		s.Forkers, s.Forks = r.IntN(s.Voters+1), 5+r.IntN(40)
	}
	return s
}

// Universe is a set T and its voter table. Entries stand after their parents.
type Universe struct {
	Voters  []tx.Voter
	Entries []dag.Entry
}

// Generate draws a universe. Equal random streams give equal universes.
func Generate(r *rand.Rand, s Shape) Universe {
	g := &generator{r: r, shape: s, own: make([][]dag.Entry, s.Voters)}
	for v := range s.Voters {
		g.u.Voters = append(g.u.Voters, tx.Voter{Key: tx.Key(g.id(1_000_000 + v)), Stake: uint64(1 + r.IntN(s.MaxStake))})
	}
	g.add(dag.Entry{Kind: tx.KindGenesis}, 3+r.IntN(3))
	for range s.Steps {
		if s.Voters > 0 && r.IntN(100) < s.Witnesses {
			g.witness(r.IntN(s.Voters))
		} else {
			g.transfer(s.Conflicts)
		}
	}
	for range s.Late {
		g.transfer(100)
	}
	return g.u
}

type generator struct {
	r       *rand.Rand
	shape   Shape
	u       Universe
	salt    uint64
	own     [][]dag.Entry // witnesses by voter
	outputs []tx.Outpoint
	unspent []tx.Outpoint
}

// id draws ids that look like hashes, so that their order is arbitrary.
func (g *generator) id(n int) tx.ID {
	if g.salt == 0 {
		g.salt = g.r.Uint64() | 1
	}
	b := binary.BigEndian.AppendUint64(nil, g.salt)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(n)))
}

func (g *generator) add(e dag.Entry, outputs int) dag.Entry {
	e.ID = g.id(len(g.u.Entries))
	e.Time = int64(1000 * len(g.u.Entries))
	g.u.Entries = append(g.u.Entries, e)
	for i := range outputs {
		o := tx.Outpoint{Tx: e.ID, Index: uint32(i)}
		g.outputs, g.unspent = append(g.outputs, o), append(g.unspent, o)
	}
	return e
}

func (g *generator) transfer(conflicts int) {
	var e dag.Entry
	e.Kind = tx.KindTransfer
	for range 1 + g.r.IntN(g.shape.MaxInputs) {
		pool := g.unspent
		if len(pool) == 0 || g.r.IntN(100) < conflicts {
			pool = g.outputs
		}
		if o := pool[g.r.IntN(len(pool))]; !slices.Contains(e.In, o) {
			e.In = append(e.In, o)
		}
	}
	g.unspent = slices.DeleteFunc(g.unspent, func(o tx.Outpoint) bool { return slices.Contains(e.In, o) })
	e.Refs = g.refs(nil, 1+g.r.IntN(3), nil)
	g.add(e, 1+g.r.IntN(2))
}

func (g *generator) witness(v int) {
	e := dag.Entry{Kind: tx.KindWitness, Voter: g.u.Voters[v].Key}
	prev := len(g.own[v]) - 1
	if v < g.shape.Forkers && g.r.IntN(100) < g.shape.Forks {
		prev = g.r.IntN(len(g.own[v])+1) - 1
	}
	avoid := func(id tx.ID) bool { return false }
	if prev >= 0 {
		e.Seq = g.own[v][prev].Seq + 1
		e.Refs = []tx.ID{g.own[v][prev].ID}
	} else {
		avoid = func(id tx.ID) bool {
			return slices.ContainsFunc(g.own[v], func(w dag.Entry) bool { return w.ID == id })
		}
	}
	e.Refs = g.refs(e.Refs, 1+g.r.IntN(5), avoid)
	g.own[v] = append(g.own[v], g.add(e, 0))
}

// refs appends up to n parents: anything, or what is recent.
func (g *generator) refs(refs []tx.ID, n int, avoid func(tx.ID) bool) []tx.ID {
	all := g.u.Entries
	for range n {
		pool := all
		if g.r.IntN(100) < g.shape.Sight {
			pool = all[max(0, len(all)-8):]
		}
		id := pool[g.r.IntN(len(pool))].ID
		if !slices.Contains(refs, id) && (avoid == nil || !avoid(id)) {
			refs = append(refs, id)
		}
	}
	if len(refs) == 0 {
		refs = append(refs, all[0].ID)
	}
	return refs
}

// Shuffled returns the entries in a random order in which parents come first.
// Every prefix of it is a set that a node may hold at some time.
func (u Universe) Shuffled(r *rand.Rand) []dag.Entry {
	missing := make([]int, len(u.Entries))
	children := map[tx.ID][]int{}
	var ready []int
	for i, e := range u.Entries {
		parents := parentIDs(e)
		missing[i] = len(parents)
		for _, p := range parents {
			children[p] = append(children[p], i)
		}
		if len(parents) == 0 {
			ready = append(ready, i)
		}
	}
	out := make([]dag.Entry, 0, len(u.Entries))
	for len(ready) > 0 {
		k := r.IntN(len(ready))
		i := ready[k]
		ready[k] = ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		out = append(out, u.Entries[i])
		for _, c := range children[u.Entries[i].ID] {
			if missing[c]--; missing[c] == 0 {
				ready = append(ready, c)
			}
		}
	}
	return out
}

func parentIDs(e dag.Entry) []tx.ID {
	var out []tx.ID
	add := func(id tx.ID) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, in := range e.In {
		add(in.Tx)
	}
	for _, r := range e.Refs {
		add(r)
	}
	return out
}
