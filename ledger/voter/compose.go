package voter

import (
	"cmp"
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxDirect bounds the refs of one witness that settle conflicts, so that
	// some are left for tips.
	maxDirect = 5
	// maxWeighed bounds the tips that are compared for one witness: half of
	// them the oldest, half the newest. Each costs a walk over what it carries.
	maxWeighed = 32
	// maxRefused bounds how many refused tips are replaced by their parents,
	// whose walks are nearly as long.
	maxRefused = 16
)

// composer chooses the refs of one witness.
type composer struct {
	d     *dag.DAG
	draft *dag.Draft
	ripe  func(tx.ID) bool
	p     []rival
	meant map[tx.ID]struct{} // the ids of p
	taken map[tx.Outpoint]struct{}
	gain  int // says that are new, and count for something
	// lenient allows a word for what dies if a member of p wins.
	lenient bool
}

func newComposer(v *Voter, d *dag.DAG, draft *dag.Draft) *composer {
	c := &composer{d: d, draft: draft, ripe: v.ripe, p: v.prefer(d), meant: make(map[tx.ID]struct{}), taken: make(map[tx.Outpoint]struct{})}
	for _, r := range c.p {
		c.meant[r.id] = struct{}{}
		for _, o := range r.in {
			c.taken[o] = struct{}{}
		}
	}
	return c
}

func (c *composer) compose() {
	c.addDirect()
	tips := c.weigh(c.draft.Frontier(c.ripe))
	places := tx.MaxRefs - len(c.draft.Refs())
	heaviest := slices.SortedStableFunc(slices.Values(tips), func(a, b tip) int { return cmp.Compare(b.gain, a.gain) })
	c.fill(heaviest, (places+1)/2)
	c.fill(tips, places/2)
}

// addDirect refers to the members of P for which one contested input has no
// live vote of mine. What can only be named together with a word for one of its
// rivals comes last: a rival in its past, on an outpoint where nothing in P
// stands. That rival dies if the member wins; without the word nobody could ever
// name the member.
func (c *composer) addDirect() {
	left := c.nameMembers(maxDirect)
	c.lenient = true
	c.nameMembers(left)
	c.lenient = false
}

// nameMembers names at most left members and returns how many more may be. One
// may be refused until another is in, which settles what the first one's past
// leaves open; so it goes round until nothing is added.
func (c *composer) nameMembers(left int) int {
	for again := true; again; {
		again = false
		for i := range c.p {
			if r := &c.p[i]; r.wants && left > 0 && c.try(r.id) > 0 {
				r.wants, again = false, true
				left--
			}
		}
	}
	return left
}

// tip is a place to refer to, and how much it carries.
type tip struct {
	id   tx.ID
	gain int
}

// weigh returns those that carry something, oldest first. What would say
// something that is not meant is replaced by its parents.
func (c *composer) weigh(ids []tx.ID) []tip {
	if len(ids) > maxWeighed {
		ids = slices.Concat(ids[:maxWeighed/2], ids[len(ids)-maxWeighed/2:])
	}
	var out []tip
	seen := make(map[tx.ID]struct{})
	refused := 0
	for len(ids) > 0 {
		id := ids[0]
		ids = ids[1:]
		if _, again := seen[id]; again {
			continue
		}
		seen[id] = struct{}{}
		switch gain := c.try(id); {
		case gain > 0:
			c.draft.Undo()
			c.gain -= gain
			out = append(out, tip{id, gain})
		case gain < 0 && refused < maxRefused:
			refused++
			ids = append(c.d.Parents(id), ids...)
		}
	}
	return out
}

// fill adds up to n tips that still carry something.
func (c *composer) fill(tips []tip, n int) {
	for _, t := range tips {
		if n == 0 {
			return
		}
		if c.try(t.id) > 0 {
			n--
		}
	}
}

// try adds a ref if that says something new, and nothing that is not meant. It
// returns how much, 0 for nothing, -1 for a ref that must not be.
func (c *composer) try(id tx.ID) int {
	gain := 0
	for _, s := range c.draft.Try(id) {
		if !c.allowed(s) {
			c.draft.Undo()
			return -1
		}
		if s.Named && s.Live && s.Fresh {
			gain++
		}
	}
	if gain == 0 {
		c.draft.Undo()
	}
	c.gain += gain
	return gain
}

// allowed: never sign what is not meant. On a contested outpoint a new word
// has to be for a member of P, or for the dead; and none that is for a member
// may be lost again.
func (c *composer) allowed(s dag.Say) bool {
	if _, meant := c.meant[s.Was]; s.WasNamed && meant {
		return false
	}
	if !s.Named || !s.Contested || !s.Live || !s.Fresh {
		return true
	}
	_, meant := c.meant[s.Target]
	return meant || c.lenient && c.doomed(s.Target) && c.waited(s.Outpoint)
}

// waited reports whether the first two spenders of a contested outpoint are ripe:
// then nothing else is going to stand there.
func (c *composer) waited(o tx.Outpoint) bool {
	first := c.d.Spenders(o)[:2]
	return c.ripe(first[0]) && c.ripe(first[1])
}

// doomed reports whether a transaction clashes with a member of P.
func (c *composer) doomed(id tx.ID) bool {
	return slices.ContainsFunc(c.d.Inputs(id), func(o tx.Outpoint) bool {
		_, taken := c.taken[o]
		return taken
	})
}
