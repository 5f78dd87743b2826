package dag

import "github.com/torrenttx/ttx/ledger/tx"

// mark sets confirmed or dead, and notes the change for the Delta.
func (d *DAG) mark(x uint32, f flags) {
	n := &d.nodes[x]
	if !n.is(touched) {
		d.work.changes = append(d.work.changes, change{x, n.flags & settledFlags})
	}
	n.flags |= f | touched
}

// tryConfirm confirms x when its spent parents are and two thirds support it.
func (d *DAG) tryConfirm(x uint32) {
	o := d.state(x)
	if o == nil || d.nodes[x].is(confirmed) || !d.enough(o.support) {
		return
	}
	for k := range int(d.nodes[x].ins) {
		if !d.nodes[d.input(x, k).tx].is(confirmed) {
			return
		}
	}
	d.mark(x, confirmed)
	for k := range int(d.nodes[x].ins) {
		out := d.input(x, k)
		for _, s := range d.spenders(out) {
			if s != x {
				d.work.kill = append(d.work.kill, s)
			}
		}
		d.settle(out)
	}
	d.work.close = append(d.work.close, x)
	for c := range d.spendingChildren(x) {
		if c < d.entered {
			d.work.try = append(d.work.try, c)
		}
	}
}

// kill marks x dead: the votes behind it in the contests it stood in count
// from now on, and what spends from it dies too.
func (d *DAG) kill(x uint32) {
	if d.nodes[x].is(dead) {
		return
	}
	d.mark(x, dead)
	for k := range int(d.nodes[x].ins) {
		if c := d.contest(d.input(x, k)); c != nil && c.first != nil {
			for v := range uint32(len(d.voters)) {
				d.advance(v, c)
			}
		}
	}
	d.work.close = append(d.work.close, x)
	for c := range d.spendingChildren(x) {
		if c >= d.entered {
			continue
		}
		d.work.kill = append(d.work.kill, c)
		for k := range int(d.nodes[c].ins) {
			if o := d.input(c, k); o.tx == x {
				d.settle(o)
			}
		}
	}
}

// settle lets go of what is kept for an outpoint on which nothing can change.
func (d *DAG) settle(o outpoint) {
	if d.exact {
		return
	}
	d.work.close = append(d.work.close, d.spenders(o)...)
	c := d.contest(o)
	if c == nil || c.settled {
		return
	}
	c.settled, c.first, c.ballots = true, nil, nil
	last := d.disputes[len(d.disputes)-1]
	d.disputes[c.place] = last
	d.contests[last].place = c.place
	d.disputes = d.disputes[:len(d.disputes)-1]
}

// tryClose closes x when every input is settled and every parent closed: then
// no walk needs to come here again. Being confirmed is not enough, since a
// confirmed transaction may have an undecided one in its past by reference.
func (d *DAG) tryClose(x uint32) {
	if d.exact || d.nodes[x].is(closed) {
		return
	}
	for k := range int(d.nodes[x].ins) {
		if !d.settled(d.input(x, k)) {
			return
		}
	}
	for p := range d.parents(x) {
		if !d.nodes[p].is(closed) {
			return
		}
	}
	d.nodes[x].flags |= closed
	d.closeSlot(x)
	for c := range d.children(x) {
		if c < d.entered {
			d.work.close = append(d.work.close, c)
		}
	}
}

// fork exposes v: a and b are two witnesses of one number. Its stake counts
// for everything from now on.
func (d *DAG) fork(v, a, b uint32) {
	d.forks[v] = [2]uint32{a, b}
	d.forked += d.voters[v].Stake
	d.work.forks = append(d.work.forks, v)
	for i := range d.open {
		o := &d.open[i]
		if o.tx == none || d.nodes[o.tx].kind != tx.KindTransfer || d.votesAll(o, v) {
			continue
		}
		o.support += d.voters[v].Stake
		d.work.try = append(d.work.try, o.tx)
	}
}

// Alarm reports whether a third of the stake or more has forked: then nothing
// should be paid until a checkpoint, and two rivals may both be confirmed.
func (d *DAG) Alarm() bool { return d.total > 0 && 3*d.forked >= d.total }

// recompute applies the rule anew without ever closing anything: past a third
// of forked stake, what was final can clash, and the result has to stay a
// function of T.
func (d *DAG) recompute() {
	before := make([]flags, len(d.nodes))
	for x := range d.nodes {
		before[x] = d.nodes[x].flags & settledFlags
	}
	for _, c := range d.work.changes {
		before[c.tx] = c.before
	}
	forks := d.work.forks
	d.exact = true
	d.reset()
	for x := range uint32(len(before)) {
		d.enter(x)
	}
	d.work.forks = forks
	d.work.changes = d.work.changes[:0]
	for x := range d.nodes {
		d.nodes[x].flags &= settledFlags
		if d.nodes[x].flags != before[x] {
			d.work.changes = append(d.work.changes, change{uint32(x), before[x]})
		}
	}
	for _, i := range d.disputes {
		for _, s := range d.contests[i].spenders {
			if d.nodes[s].live() && d.hasLiveRival(s, none) {
				d.flag(s)
			}
		}
	}
}
