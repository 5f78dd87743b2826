package dag

import "github.com/torrenttx/ttx/ledger/tx"

// open is the state of one transaction that is not closed.
type open struct {
	tx uint32
	// support is the stake of those who vote for it on all inputs, and of the
	// forked.
	support uint64
	// bits holds sets of voters, DAG.words each: whose witnesses have it in
	// their past, then, for each input, whose vote on it counts now.
	bits []uint64
}

// work holds what has to be looked at again before Add returns, and scratch
// space.
type work struct {
	try, kill, close []uint32
	changes          []change
	forks            []uint32 // newly forked voters
	stack, fresh     []uint32
}

// enter applies the rule to a node that is in the graph, parents entered.
func (d *DAG) enter(x uint32) {
	d.entered = x + 1
	d.openSlot(x)
	switch d.nodes[x].kind {
	case tx.KindGenesis:
		d.mark(x, confirmed)
	case tx.KindTransfer:
		d.enterTransfer(x)
	case tx.KindWitness:
		d.enterWitness(x)
	}
	d.work.close = append(d.work.close, x)
	d.drain()
}

// drain applies the rules until nothing changes. The order does not matter for
// the result (a least fixpoint); closing comes last because it frees state.
func (d *DAG) drain() {
	w := &d.work
	for {
		switch {
		case len(w.kill) > 0:
			d.kill(pop(&w.kill))
		case len(w.try) > 0:
			d.tryConfirm(pop(&w.try))
		case len(w.close) > 0:
			d.tryClose(pop(&w.close))
		default:
			return
		}
	}
}

func pop(s *[]uint32) uint32 {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}

// openSlot gives x fresh state, in the place of a closed one if there is any.
func (d *DAG) openSlot(x uint32) {
	n := &d.nodes[x]
	need := d.words * (1 + int(n.ins))
	if len(d.freeOpen) == 0 {
		d.open = append(d.open, open{})
		d.freeOpen = append(d.freeOpen, uint32(len(d.open)-1))
	}
	slot := pop(&d.freeOpen)
	bits := d.open[slot].bits
	if cap(bits) >= need {
		bits = bits[:need]
		clear(bits)
	} else {
		bits = make([]uint64, need)
	}
	d.open[slot] = open{tx: x, support: d.forked, bits: bits}
	n.open = slot + 1
}

func (d *DAG) closeSlot(x uint32) {
	slot := d.nodes[x].open - 1
	d.nodes[x].open = 0
	if cap(d.open[slot].bits) > maxKeptWords*d.words {
		d.open[slot].bits = nil
	}
	d.open[slot].tx = none
	d.freeOpen = append(d.freeOpen, slot)
}

// none is no index.
const none = ^uint32(0)

// maxKeptWords bounds what a freed slot keeps for its successor, in voter sets:
// transfers of up to three inputs.
const maxKeptWords = 4

// state returns x's open state, nil when x is closed.
func (d *DAG) state(x uint32) *open {
	if d.nodes[x].open == 0 {
		return nil
	}
	return &d.open[d.nodes[x].open-1]
}

// set returns the voters that have x in their past (k = -1), or whose vote on
// input k counts now.
func (d *DAG) set(o *open, k int) []uint64 {
	at := d.words * (k + 1)
	return o.bits[at : at+d.words]
}

func has(set []uint64, v uint32) bool { return set[v/64]>>(v%64)&1 != 0 }

func put(set []uint64, v uint32) { set[v/64] |= 1 << (v % 64) }

func (d *DAG) enterTransfer(x uint32) {
	doomed := false
	for k := range int(d.nodes[x].ins) {
		o := d.input(x, k)
		d.spend(o, x)
		doomed = doomed || d.nodes[o.tx].is(dead) || d.confirmedRival(o, x)
	}
	if doomed {
		d.work.kill = append(d.work.kill, x)
	}
	// The forked alone may suffice.
	d.work.try = append(d.work.try, x)
}

func (d *DAG) enterWitness(w uint32) {
	v, seq := d.witness(w)
	chain := d.chains[v]
	if int(seq) == len(chain) {
		d.chains[v] = append(chain, w)
	}
	switch _, forked := d.forks[v]; {
	case forked:
	case int(seq) < len(chain):
		d.fork(v, chain[seq], w)
	default:
		d.listen(v, w)
	}
}

// listen finds what a new witness of v says that v had not said before.
func (d *DAG) listen(v, w uint32) {
	refs := d.refs(w)
	fresh := d.walk(v, w)
	for _, x := range fresh {
		d.hear(v, x, refs)
	}
	for _, r := range refs {
		if d.nodes[r].kind == tx.KindTransfer && d.state(r) != nil {
			d.hear(v, r, refs)
		}
	}
}

// walk marks what the witness w of v has in its past, and returns the
// transfers that v's earlier witnesses had not. It stops at what is marked or
// closed. (Not at what is confirmed: such a one may have an undecided
// transaction among its refs.)
func (d *DAG) walk(v, w uint32) []uint32 {
	put(d.set(d.state(w), -1), v)
	stack, fresh := d.work.stack[:0], d.work.fresh[:0]
	stack = append(stack, d.refs(w)...)
	for len(stack) > 0 {
		x := pop(&stack)
		o := d.state(x)
		if o == nil || has(d.set(o, -1), v) {
			continue
		}
		put(d.set(o, -1), v)
		if d.nodes[x].kind == tx.KindTransfer {
			fresh = append(fresh, x)
		}
		for p := range d.parents(x) {
			stack = append(stack, p)
		}
	}
	d.work.stack, d.work.fresh = stack, fresh
	return fresh
}

// hear evaluates, on every input of x, what a witness of v with these refs
// says.
func (d *DAG) hear(v, x uint32, refs []uint32) {
	for k := range int(d.nodes[x].ins) {
		o := d.input(x, k)
		if d.settled(o) {
			continue
		}
		c := d.contest(o)
		if c == nil {
			d.count(v, x, k)
			continue
		}
		if t := d.says(v, c, refs); t != none {
			d.vote(v, c, t)
		}
	}
}

// says is the rule of finality.md, section 2, for the newest witness of v: a
// single direct reference, else a single spender in its past, else nothing.
func (d *DAG) says(v uint32, c *contest, refs []uint32) uint32 {
	direct, past := only{}, only{}
	for _, r := range refs {
		if d.spends(r, c.out) {
			direct.see(r)
		}
	}
	if t := direct.one(); t != none {
		return t
	}
	for _, s := range c.spenders {
		if has(d.set(d.state(s), -1), v) {
			past.see(s)
		}
	}
	return past.one()
}

// only remembers whether it saw exactly one transaction, however often.
type only struct {
	tx    uint32 // plus one
	mixed bool
}

func (o *only) see(x uint32) {
	o.mixed = o.mixed || o.tx != 0 && o.tx != x+1
	o.tx = x + 1
}

func (o *only) one() uint32 {
	if o.mixed || o.tx == 0 {
		return none
	}
	return o.tx - 1
}

func (d *DAG) spends(x uint32, o outpoint) bool { return d.inputOf(x, o) >= 0 }

// inputOf returns which input of x spends o, -1 for none.
func (d *DAG) inputOf(x uint32, o outpoint) int {
	for k := range int(d.nodes[x].ins) {
		if d.input(x, k) == o {
			return k
		}
	}
	return -1
}

// count lets v's vote for x on input k count from now on.
func (d *DAG) count(v, x uint32, k int) {
	o := d.state(x)
	if o == nil || has(d.set(o, k), v) {
		return
	}
	put(d.set(o, k), v)
	if !d.votesAll(o, v) {
		return
	}
	if _, forked := d.forks[v]; forked {
		return // counted since the fork
	}
	o.support += d.voters[v].Stake
	if d.enough(o.support) {
		d.work.try = append(d.work.try, x)
	}
}

// votesAll reports whether v's votes for o's transaction count on every input.
func (d *DAG) votesAll(o *open, v uint32) bool {
	for k := range int(d.nodes[o.tx].ins) {
		if !has(d.set(o, k), v) {
			return false
		}
	}
	return true
}

// enough: two thirds. Stakes sum to less than 2^62, so this cannot overflow.
func (d *DAG) enough(support uint64) bool { return d.total > 0 && 3*support >= 2*d.total }
