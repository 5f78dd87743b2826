package dag

// The flag clashes is kept up with every Add, so that a status costs nothing:
// without voters the ancestry of a payment stays undecided for ever, and to
// look for a rival all the way down would take longer with every payment. A
// node is flagged when it gets into a conflict and unflagged when it gets out,
// so that the work is in the conflicts that come and go.

// trackClashes brings the flags up to date with what the Add of x changed.
func (d *DAG) trackClashes(x uint32) {
	for _, c := range d.work.changes {
		d.release(c.tx)
	}
	if !d.nodes[x].live() {
		return
	}
	if d.hasLiveRival(x, none) {
		d.flag(x)
		for k := range int(d.nodes[x].ins) {
			for _, s := range d.spenders(d.input(x, k)) {
				d.flag(s)
			}
		}
	} else if d.spendsClash(x) {
		d.flag(x)
	}
}

// flag marks x and what is live and spends from it.
func (d *DAG) flag(x uint32) {
	stack := append(d.work.stack[:0], x)
	for len(stack) > 0 {
		y := pop(&stack)
		if n := &d.nodes[y]; n.live() && !n.is(clashes) {
			n.flags |= clashes
			for c := range d.spendingChildren(y) {
				stack = append(stack, c)
			}
		}
	}
	d.work.stack = stack
}

// release takes x, which has been decided, out of its conflicts, and with it
// those that were in conflict only through it.
func (d *DAG) release(x uint32) {
	d.nodes[x].flags &^= clashes
	stack := d.pushTouched(d.work.stack[:0], x)
	for len(stack) > 0 {
		y := pop(&stack)
		if !d.nodes[y].is(clashes) || d.hasLiveRival(y, none) || d.spendsClash(y) {
			continue
		}
		d.nodes[y].flags &^= clashes
		for c := range d.spendingChildren(y) {
			stack = append(stack, c)
		}
	}
	d.work.stack = stack
}

// pushTouched appends those whose conflict x may have been: its rivals and
// what spends from it.
func (d *DAG) pushTouched(stack []uint32, x uint32) []uint32 {
	for k := range int(d.nodes[x].ins) {
		if c := d.contest(d.input(x, k)); c != nil {
			stack = append(stack, c.spenders...)
		}
	}
	for c := range d.spendingChildren(x) {
		stack = append(stack, c)
	}
	return stack
}

// spendsClash reports whether x spends from what is flagged.
func (d *DAG) spendsClash(x uint32) bool {
	for k := range int(d.nodes[x].ins) {
		if d.nodes[d.input(x, k).tx].is(clashes) {
			return true
		}
	}
	return false
}
