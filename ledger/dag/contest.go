package dag

// spend is who spends one output. Those of one transaction form a list, at most
// tx.MaxOutputs long.
type spend struct {
	index uint32 // of the output
	by    uint32 // the only spender, or contestBit | the place of a contest
	next  uint32 // spend plus one
}

const contestBit = 1 << 31

// spent returns the spend of an outpoint, nil when nothing spends it. It is
// good until the next spend is made.
func (d *DAG) spent(o outpoint) *spend {
	for at := d.nodes[o.tx].spends; at != 0; {
		s := &d.spendings[at-1]
		if s.index == o.index {
			return s
		}
		at = s.next
	}
	return nil
}

// contest is an outpoint with two spenders or more.
type contest struct {
	out      outpoint
	spenders []uint32
	// first[v] is v's first ballot plus one; nil while nobody said anything,
	// and once the contest is settled.
	first   []uint32
	ballots []ballot
	place   uint32 // in DAG.disputes
	settled bool   // a spender is confirmed or the spent transaction dead
}

// ballot is one thing that a voter said, each only once, in order.
type ballot struct {
	target uint32
	next   uint32 // the voter's next ballot plus one
}

// contest returns the contest over o, nil when fewer than two spend it.
func (d *DAG) contest(o outpoint) *contest {
	if s := d.spent(o); s != nil && s.by&contestBit != 0 {
		return &d.contests[s.by&^contestBit]
	}
	return nil
}

func (d *DAG) spenders(o outpoint) []uint32 {
	s := d.spent(o)
	switch {
	case s == nil:
		return nil
	case s.by&contestBit != 0:
		return d.contests[s.by&^contestBit].spenders
	default:
		return []uint32{s.by}
	}
}

func (d *DAG) confirmedRival(o outpoint, x uint32) bool {
	for _, s := range d.spenders(o) {
		if s != x && d.nodes[s].is(confirmed) {
			return true
		}
	}
	return false
}

// settled: whatever is still said on o decides nothing. That is so when a
// spender is confirmed, or when what o belongs to is dead and so is every
// spender. It does not hold once a third has forked.
func (d *DAG) settled(o outpoint) bool {
	if d.exact {
		return false
	}
	if d.nodes[o.tx].is(dead) {
		return true
	}
	s := d.spent(o)
	switch {
	case s == nil:
		return false
	case s.by&contestBit != 0:
		return d.contests[s.by&^contestBit].settled
	default:
		return d.nodes[s.by].is(confirmed)
	}
}

// spend registers x as a spender of o. The second one makes a contest of it:
// what was said so far was said for the first, since no witness in T can have
// the newcomer in its past.
func (d *DAG) spend(o outpoint, x uint32) {
	s := d.spent(o)
	switch {
	case s == nil:
		n := &d.nodes[o.tx]
		d.spendings = append(d.spendings, spend{o.index, x, n.spends})
		n.spends = uint32(len(d.spendings))
	case s.by&contestBit != 0:
		c := &d.contests[s.by&^contestBit]
		c.spenders = append(c.spenders, x)
	default:
		d.dispute(o, s, x)
	}
}

func (d *DAG) dispute(o outpoint, s *spend, second uint32) {
	first := s.by
	c := contest{out: o, spenders: []uint32{first, second}, settled: d.settled(o)}
	if !c.settled {
		d.castAll(&c, first)
		c.place = uint32(len(d.disputes))
		d.disputes = append(d.disputes, uint32(len(d.contests)))
	}
	s.by = contestBit | uint32(len(d.contests))
	d.contests = append(d.contests, c)
}

// castAll turns the votes that x has on c's outpoint into ballots.
func (d *DAG) castAll(c *contest, x uint32) {
	votes := d.set(d.state(x), d.inputOf(x, c.out))
	for v := range uint32(len(d.voters)) {
		if has(votes, v) {
			c.cast(v, x, len(d.voters))
		}
	}
}

// cast appends a ballot of v. It reports false when v said so before.
func (c *contest) cast(v, target uint32, voters int) bool {
	if c.first == nil {
		c.first = make([]uint32, voters)
	}
	at := &c.first[v]
	for *at != 0 {
		b := &c.ballots[*at-1]
		if b.target == target {
			return false
		}
		at = &b.next
	}
	*at = uint32(len(c.ballots)) + 1
	c.ballots = append(c.ballots, ballot{target: target})
	return true
}

// vote records what v said on a contested outpoint.
func (d *DAG) vote(v uint32, c *contest, target uint32) {
	if c.cast(v, target, len(d.voters)) {
		d.advance(v, c)
	}
}

// advance lets those ballots of v count before which v named only the dead.
func (d *DAG) advance(v uint32, c *contest) {
	if c.first == nil {
		return
	}
	for at := c.first[v]; at != 0; {
		b := c.ballots[at-1]
		d.count(v, b.target, d.inputOf(b.target, c.out))
		if !d.nodes[b.target].is(dead) {
			return
		}
		at = b.next
	}
}

// liveVote returns the spender that v's word on the contest stands for now:
// the first it named that is not dead.
func (d *DAG) liveVote(v uint32, c *contest) (uint32, bool) {
	if c.first == nil {
		return none, false
	}
	for at := c.first[v]; at != 0; at = c.ballots[at-1].next {
		if t := c.ballots[at-1].target; !d.nodes[t].is(dead) {
			return t, true
		}
	}
	return none, false
}

// named reports whether v has said target on the contest.
func (c *contest) named(v, target uint32) bool {
	if c.first == nil {
		return false
	}
	for at := c.first[v]; at != 0; at = c.ballots[at-1].next {
		if c.ballots[at-1].target == target {
			return true
		}
	}
	return false
}
