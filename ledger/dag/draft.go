package dag

import (
	"iter"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Say is what a witness says on one outpoint.
type Say struct {
	Outpoint tx.Outpoint
	// Target is the spender it names, meaningful when Named.
	Target tx.ID
	Named  bool
	// Was is what the draft said before the last Try, when WasNamed.
	Was      tx.ID
	WasNamed bool
	// Live: the target is not decided.
	Live bool
	// Fresh: the voter has not said this on the outpoint yet.
	Fresh bool
	// Contested: more than one transaction of T spends the outpoint.
	Contested bool
}

// Draft is the next witness of a voter while its refs are being chosen. It
// answers what the witness would say. It is good until the next Add.
type Draft struct {
	d     *DAG
	voter uint32
	seq   uint64
	refs  []uint32
	seen  map[uint32]struct{} // in its past, but in that of no earlier one
	says  map[outpoint]uint32 // as far as seen or refs touch it; may be none
	last  trial
}

// trial is what the last Try did, for Undo.
type trial struct {
	done bool
	seen []uint32
	says map[outpoint]uint32 // what was said before; absent is unsaid
}

// unsaid stands for an outpoint that the draft did not touch before.
const unsaid = none - 1

// NewDraft begins the next witness of a voter, on its latest. It reports false
// when the table has no such voter, or T shows that it forked.
func (d *DAG) NewDraft(voter tx.Key) (*Draft, bool) {
	v, ok := d.byKey[voter]
	if _, forked := d.forks[v]; !ok || forked {
		return nil, false
	}
	w := &Draft{
		d: d, voter: v, seq: uint64(len(d.chains[v])),
		seen: make(map[uint32]struct{}), says: make(map[outpoint]uint32),
	}
	if w.seq > 0 {
		w.refs = []uint32{d.chains[v][w.seq-1]}
	}
	return w, true
}

// Seq returns the number of the witness.
func (w *Draft) Seq() uint64 { return w.seq }

// Refs returns the refs chosen so far, the voter's previous witness first.
func (w *Draft) Refs() []tx.ID { return w.d.names(w.refs) }

// Try adds a ref and returns what that changed on outpoints that are not
// settled, in the order of the walk. Undo takes it back; without Undo it stays.
// A ref that the draft has already, or that is not in T, changes nothing.
func (w *Draft) Try(ref tx.ID) []Say {
	w.last = trial{says: make(map[outpoint]uint32)}
	r, ok := w.d.index.find(w.d.ids, ref)
	if !ok || slices.Contains(w.refs, r) {
		return nil
	}
	w.last.done = true
	w.refs = append(w.refs, r)
	w.walk(r)
	var out []Say
	for _, x := range w.last.seen {
		out = w.sayAll(out, x)
	}
	return w.sayAll(out, r)
}

// Undo takes the last Try back.
func (w *Draft) Undo() {
	if !w.last.done {
		return
	}
	w.refs = w.refs[:len(w.refs)-1]
	for _, x := range w.last.seen {
		delete(w.seen, x)
	}
	for o, t := range w.last.says {
		if t == unsaid {
			delete(w.says, o)
		} else {
			w.says[o] = t
		}
	}
	w.last = trial{}
}

// walk takes what r has in its past, and the voter had not, into the draft's.
func (w *Draft) walk(r uint32) {
	stack := []uint32{r}
	for len(stack) > 0 {
		x := pop(&stack)
		if w.hasSeen(x) {
			continue
		}
		w.seen[x] = struct{}{}
		w.last.seen = append(w.last.seen, x)
		for p := range w.d.parents(x) {
			stack = append(stack, p)
		}
	}
}

// hasSeen reports whether x is in the draft's past, or closed.
func (w *Draft) hasSeen(x uint32) bool {
	if o := w.d.state(x); o == nil || has(w.d.set(o, -1), w.voter) {
		return true
	}
	_, seen := w.seen[x]
	return seen
}

// sayAll evaluates the draft on every input of x.
func (w *Draft) sayAll(out []Say, x uint32) []Say {
	for k := range int(w.d.nodes[x].ins) {
		o := w.d.input(x, k)
		if _, done := w.last.says[o]; done || w.d.settled(o) {
			continue
		}
		was, touched := w.says[o]
		if !touched {
			was = unsaid
		}
		now := w.target(o)
		w.last.says[o], w.says[o] = was, now
		if was == unsaid {
			was = none
		}
		if now != was {
			out = append(out, w.say(o, was, now))
		}
	}
	return out
}

// target is finality.md, section 2, for the draft.
func (w *Draft) target(o outpoint) uint32 {
	var direct, past only
	for _, r := range w.refs {
		if w.d.spends(r, o) {
			direct.see(r)
		}
	}
	if t := direct.one(); t != none {
		return t
	}
	for _, s := range w.d.spenders(o) {
		if w.hasSeen(s) {
			past.see(s)
		}
	}
	return past.one()
}

func (w *Draft) say(o outpoint, was, now uint32) Say {
	s := Say{Outpoint: w.d.named(o), Contested: w.d.contest(o) != nil}
	if was != none {
		s.Was, s.WasNamed = w.d.ids[was], true
	}
	if now != none {
		s.Target, s.Named = w.d.ids[now], true
		s.Live = w.d.nodes[now].live()
		s.Fresh = !w.d.hasSaid(w.voter, o, now)
	}
	return s
}

// hasSaid reports whether v has named x on the unsettled outpoint o, whether
// that counts now or not.
func (d *DAG) hasSaid(v uint32, o outpoint, x uint32) bool {
	if c := d.contest(o); c != nil {
		return c.named(v, x)
	}
	return has(d.set(d.state(x), d.inputOf(x, o)), v)
}

// Supports reports whether a voter's votes count for an undecided transfer on
// all of its inputs.
func (d *DAG) Supports(voter tx.Key, id tx.ID) bool {
	v, known := d.byKey[voter]
	x, ok := d.index.find(d.ids, id)
	return known && ok && d.nodes[x].live() && d.votesAll(d.state(x), v)
}

// LiveVote returns what a voter's word on an outpoint stands for: the first
// spender it named there that is not dead. It reports false when there is none,
// or nothing that is said there matters any more.
func (d *DAG) LiveVote(voter tx.Key, o tx.Outpoint) (tx.ID, bool) {
	v, known := d.byKey[voter]
	x, ok := d.index.find(d.ids, o.Tx)
	out := outpoint{x, o.Index}
	if !known || !ok || d.settled(out) {
		return tx.ID{}, false
	}
	if c := d.contest(out); c != nil {
		t, ok := d.liveVote(v, c)
		if !ok {
			return tx.ID{}, false
		}
		return d.ids[t], true
	}
	for _, s := range d.spenders(out) {
		if !d.nodes[s].is(dead) && d.hasSaid(v, out, s) {
			return d.ids[s], true
		}
	}
	return tx.ID{}, false
}

// Support returns the stake behind an undecided transfer; live is false for
// everything else.
func (d *DAG) Support(id tx.ID) (stake uint64, live bool) {
	x, ok := d.index.find(d.ids, id)
	if !ok || !d.nodes[x].live() {
		return 0, false
	}
	return d.state(x).support, true
}

// Disputes yields the outpoints that two or more transactions spend, and on
// which nothing is settled, in no particular order.
func (d *DAG) Disputes() iter.Seq[tx.Outpoint] {
	return func(yield func(tx.Outpoint) bool) {
		for _, i := range d.disputes {
			if !yield(d.named(d.contests[i].out)) {
				return
			}
		}
	}
}
