package ledger

import (
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

// pool holds what is outside T: transactions whose parents are missing, those
// dated ahead of the clock, and the ids of what was refused. Only the intake
// touches it. Every part is bounded (limits.go).
type pool struct {
	waiting map[tx.ID]*parked
	wanted  map[tx.ID]*wanted
	sources map[string][]tx.ID // ids in order of arrival; may hold gone ones
	counts  map[string]int     // how many of each source really wait
	held    []heldItem
	dropped map[tx.ID]error
	order   []tx.ID // dropped ids, oldest first
	changed bool    // since wants was last asked
}

type parked struct {
	item    *item
	missing []tx.ID
}

type wanted struct {
	want     Want
	children []*item
}

type heldItem struct {
	item *item
	due  time.Time
}

func newPool() *pool {
	return &pool{
		waiting: make(map[tx.ID]*parked),
		wanted:  make(map[tx.ID]*wanted),
		sources: make(map[string][]tx.ID),
		counts:  make(map[string]int),
		dropped: make(map[tx.ID]error),
	}
}

// park lets an item wait for its missing parents and returns the item that
// stands for it: the first one, when it waits already.
func (p *pool) park(it *item, missing []Want) *item {
	id := it.tx.ID()
	if first := p.waiting[id]; first != nil {
		first.item.waiters = append(first.item.waiters, it.waiters...)
		return first.item
	}
	p.changed = true
	p.makeRoom(it.source)
	entry := &parked{item: it}
	for _, w := range missing {
		entry.missing = append(entry.missing, w.ID)
		if p.wanted[w.ID] == nil {
			p.wanted[w.ID] = &wanted{want: w}
		}
		p.wanted[w.ID].children = append(p.wanted[w.ID].children, it)
	}
	p.waiting[id] = entry
	p.sources[it.source] = append(p.sources[it.source], id)
	p.counts[it.source]++
	return it
}

// makeRoom evicts one transaction when the newcomer's source, or the pool, is
// full: the oldest of that source, or of the one that holds most.
func (p *pool) makeRoom(source string) {
	switch {
	case p.counts[source] >= MaxWaitingPerSource:
		p.evictOldest(source)
	case len(p.waiting) >= MaxWaiting:
		p.evictOldest(p.greediest())
	}
}

func (p *pool) greediest() string {
	var most string
	for source, n := range p.counts {
		if n > p.counts[most] || n == p.counts[most] && source < most {
			most = source
		}
	}
	return most
}

func (p *pool) evictOldest(source string) {
	for _, id := range p.sources[source] {
		if entry := p.waiting[id]; entry != nil && entry.item.source == source {
			entry.item.evicted = true
			p.remove(entry.item)
			return
		}
	}
}

// remove forgets a waiting item.
func (p *pool) remove(it *item) {
	id := it.tx.ID()
	entry := p.waiting[id]
	if entry == nil || entry.item != it {
		return
	}
	p.changed = true
	delete(p.waiting, id)
	p.forget(it.source, id)
	for _, parent := range entry.missing {
		w := p.wanted[parent]
		if w == nil {
			continue
		}
		w.children = slices.DeleteFunc(w.children, func(c *item) bool { return c == it })
		if len(w.children) == 0 {
			delete(p.wanted, parent)
		}
	}
}

func (p *pool) forget(source string, id tx.ID) {
	ids := p.sources[source]
	if i := slices.Index(ids, id); i >= 0 {
		p.sources[source] = slices.Delete(ids, i, i+1)
	}
	if p.counts[source]--; p.counts[source] == 0 {
		delete(p.counts, source)
		delete(p.sources, source)
	}
}

// release takes out what waited for parent and misses nothing else, or, when
// the parent was refused, everything that waited for it is the caller's to
// drop.
func (p *pool) release(parent tx.ID) []*item {
	w := p.wanted[parent]
	if w == nil {
		return nil
	}
	delete(p.wanted, parent)
	p.changed = true
	var free []*item
	for _, child := range w.children {
		entry := p.waiting[child.tx.ID()]
		entry.missing = slices.DeleteFunc(entry.missing, func(id tx.ID) bool { return id == parent })
		if len(entry.missing) == 0 || p.dropped[parent] != nil {
			p.remove(child)
			free = append(free, child)
		}
	}
	return free
}

// missing returns what a waiting transaction waits for.
func (p *pool) missing(id tx.ID) []Want {
	entry := p.waiting[id]
	if entry == nil {
		return nil
	}
	out := make([]Want, len(entry.missing))
	for i, parent := range entry.missing {
		out[i] = p.wanted[parent].want
	}
	return out
}

// hold keeps a transaction until it is due; past the bound the one that is due
// last goes.
func (p *pool) hold(it *item, due time.Time) {
	if slices.ContainsFunc(p.held, func(h heldItem) bool { return h.item.tx.ID() == it.tx.ID() }) {
		return
	}
	at, _ := slices.BinarySearchFunc(p.held, due, func(h heldItem, t time.Time) int { return h.due.Compare(t) })
	p.held = slices.Insert(p.held, at, heldItem{it, due})
	if len(p.held) > MaxHeld {
		p.held = p.held[:MaxHeld]
	}
}

// takeDue returns the held transactions whose time has come.
func (p *pool) takeDue(now time.Time) []*item {
	var due []*item
	for len(p.held) > 0 && !p.held[0].due.After(now) {
		due = append(due, p.held[0].item)
		p.held = p.held[1:]
	}
	return due
}

// heldWitnesses returns the held witnesses that reference a transaction.
func (p *pool) heldWitnesses(id tx.ID) []*item {
	var out []*item
	for _, h := range p.held {
		if h.vouchesFor(id) {
			out = append(out, h.item)
		}
	}
	return out
}

func (h heldItem) vouchesFor(id tx.ID) bool {
	return h.item.tx.Kind == tx.KindWitness && slices.Contains(h.item.tx.Refs, id)
}

// takeHeld takes out a held transaction and the held witnesses that reference
// it.
func (p *pool) takeHeld(id tx.ID) []*item {
	var out []*item
	p.held = slices.DeleteFunc(p.held, func(h heldItem) bool {
		wanted := h.item.tx.ID() == id || h.vouchesFor(id)
		if wanted {
			out = append(out, h.item)
		}
		return wanted
	})
	return out
}

// idleCheck is how long the intake sleeps when nothing is held.
const idleCheck = time.Hour

// nextDue returns how long it is until a held transaction is due.
func (p *pool) nextDue(now time.Time) time.Duration {
	if len(p.held) == 0 {
		return idleCheck
	}
	return max(0, p.held[0].due.Sub(now))
}

// refuse remembers that a transaction is invalid and why.
func (p *pool) refuse(id tx.ID, why error) {
	if p.dropped[id] != nil {
		return
	}
	if len(p.order) == MaxDropped {
		delete(p.dropped, p.order[0])
		p.order = p.order[1:]
	}
	p.dropped[id] = why
	p.order = append(p.order, id)
}

// refused returns why a transaction was refused, nil when it was not.
func (p *pool) refused(id tx.ID) error { return p.dropped[id] }

// wants lists what is missing, for readers outside the intake.
func (p *pool) wants() wantSet {
	p.changed = false
	set := wantSet{missing: make([]Want, 0, len(p.wanted)), waiting: make(map[tx.ID]time.Time, len(p.waiting))}
	for id, w := range p.wanted {
		if p.waiting[id] == nil { // what waits itself was brought already
			set.missing = append(set.missing, w.want)
		}
	}
	for id, entry := range p.waiting {
		set.waiting[id] = p.wanted[entry.missing[0]].want.Since
	}
	slices.SortFunc(set.missing, func(a, b Want) int { return a.Since.Compare(b.Since) })
	return set
}

// wantSet is what waits and what it waits for, as of the last round.
type wantSet struct {
	missing []Want
	waiting map[tx.ID]time.Time // since when
}

// wantList hands the newest wantSet to readers and wakes whoever looks for
// missing transactions.
type wantList struct {
	mu     sync.Mutex
	set    wantSet
	notify chan struct{}
}

func (w *wantList) publish(set wantSet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set = set
	if w.notify != nil {
		close(w.notify)
		w.notify = nil
	}
}

// notWaiting returns those of ids that do not wait.
func (w *wantList) notWaiting(ids []tx.ID) []tx.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]tx.ID, 0, len(ids))
	for _, id := range ids {
		if _, waits := w.set.waiting[id]; !waits {
			out = append(out, id)
		}
	}
	return out
}

// Wants returns the missing ancestors, longest missing first, and a channel
// that is closed when the list has changed.
func (l *Ledger) Wants() ([]Want, <-chan struct{}) {
	w := &l.wants
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.notify == nil {
		w.notify = make(chan struct{})
	}
	return w.set.missing, w.notify
}
