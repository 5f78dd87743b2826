package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Verdict is what became of a transaction that was offered.
type Verdict uint8

// The verdicts. Accepted and Known mean that it is on disk.
const (
	// Accepted: solid, applied and durable.
	Accepted Verdict = iota + 1
	// Known: it was in T already.
	Known
	// Waiting: parents are missing; Outcome.Missing names them.
	Waiting
	// Evicted: parents are missing and the pool of what waits is full; offer it
	// again once they are there.
	Evicted
	// Held: dated more than MaxAhead ahead of the local clock.
	Held
	// Invalid: refused for ever; Outcome.Err says why.
	Invalid
	// Failed: the disk did not take it yet. It is kept in memory, and accepted
	// as soon as the disk takes it; to offer it again is no harm.
	Failed
)

// Outcome is the verdict on one offered transaction.
type Outcome struct {
	// ID is zero when the bytes are not a transaction.
	ID      tx.ID
	Verdict Verdict
	// Missing are the parents it waits for.
	Missing []Want
	// Err wraps ErrInvalid or ErrStore; nil otherwise.
	Err error
}

// Want is a transaction that something waiting needs.
type Want struct {
	ID tx.ID
	// Infohash is what the child claims; a wrong claim makes the child
	// invalid once the parent is there.
	Infohash tx.Infohash
	// Source brought the child.
	Source string
	// Since is when it was first missed.
	Since time.Time
}

// item is one transaction on its way in.
type item struct {
	tx      *tx.Tx
	source  string
	burn    uint64
	err     error
	waiters []waiter
	// evicted is set when the pool had to let it go, vouched when it enters
	// before its time.
	evicted, vouched bool
}

// request is one call of Add.
type request struct {
	items    []*item // nil where decoding failed
	mu       sync.Mutex
	outcomes []Outcome
	open     int
	done     chan struct{}
}

// waiter is one place in a request's answer.
type waiter struct {
	req   *request
	index int
}

func (w waiter) complete(o Outcome) {
	w.req.mu.Lock()
	defer w.req.mu.Unlock()
	w.req.outcomes[w.index] = o
	if w.req.open--; w.req.open == 0 {
		close(w.req.done)
	}
}

// Add offers raw transactions, in any order, and returns a verdict on each,
// parallel to raws. It returns once every accepted one is durable. source
// names who brought them (a peer, "local"); the bounds on what waits are kept
// for each source. The ledger takes ownership of the byte slices.
//
// The error is the context's, ErrClosed, or ErrStore while the disk refuses
// writes; what is wrong with one transaction is in its Outcome.
func (l *Ledger) Add(ctx context.Context, source string, raws ...[]byte) ([]Outcome, error) {
	offer, err := l.Offer(ctx, source, raws...)
	if err != nil {
		return nil, err
	}
	return offer.Wait(ctx)
}

// Offer is Add without the wait for its verdicts: offers made one after the
// other are taken in that order, so that a long download keeps the cores busy.
type Offer struct {
	l   *Ledger
	req *request
}

// Offer decodes the transactions and hands them to the ledger; see Add.
func (l *Ledger) Offer(ctx context.Context, source string, raws ...[]byte) (*Offer, error) {
	if err := l.intake.failure(); err != nil {
		return nil, err
	}
	req := l.decode(source, raws)
	if req.open == 0 {
		close(req.done)
		return &Offer{l, req}, nil
	}
	select {
	case l.intake.requests <- req:
		return &Offer{l, req}, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("offer %d transactions: %w", len(raws), context.Cause(ctx))
	case <-l.stopped:
		return nil, ErrClosed
	}
}

// Wait returns the verdicts; see Add.
func (o *Offer) Wait(ctx context.Context) ([]Outcome, error) {
	select {
	case <-o.req.done:
		return o.req.outcomes, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("await %d transactions: %w", len(o.req.items), context.Cause(ctx))
	case <-o.l.stopped:
		return nil, ErrClosed
	}
}

// decode decodes on every core what is not in T yet.
func (l *Ledger) decode(source string, raws [][]byte) *request {
	req := &request{
		items:    make([]*item, len(raws)),
		outcomes: make([]Outcome, len(raws)),
		done:     make(chan struct{}),
	}
	var g errgroup.Group
	g.SetLimit(l.workers)
	for lo := 0; lo < len(raws); lo += decodeChunk {
		hi := min(lo+decodeChunk, len(raws))
		g.Go(func() error {
			for i := lo; i < hi; i++ {
				req.items[i], req.outcomes[i] = decodeOne(source, raws[i])
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // the workers return nil
	for _, it := range req.items {
		if it != nil {
			req.open++
		}
	}
	return req
}

// decodeChunk is what one worker decodes in a go: about 50 us of work.
const decodeChunk = 16

func decodeOne(source string, raw []byte) (*item, Outcome) {
	t, err := tx.DecodeKnown(raw) // its keys are checked with its signatures
	if err != nil {
		return nil, Outcome{Verdict: Invalid, Err: fmt.Errorf("%w: %w", ErrInvalid, err)}
	}
	return &item{tx: t, source: source}, Outcome{}
}

// intake orders and verifies. Its goroutine owns the pool; pending and failing
// are shared with the applier.
type intake struct {
	l        *Ledger
	requests chan *request
	pool     *pool
	crew     crew

	mu      sync.Mutex
	pending map[tx.ID]*item // verified or about to be, not yet durable
	failing error           // set while the disk refuses writes
}

func newIntake(l *Ledger) *intake {
	return &intake{l: l, requests: make(chan *request), pool: newPool(), pending: make(map[tx.ID]*item)}
}

func (in *intake) failure() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.failing
}

func (in *intake) run(ctx context.Context) {
	for {
		timer := time.NewTimer(in.pool.nextDue(in.l.now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case req := <-in.requests:
			in.process(ctx, in.gather(req))
		case <-timer.C:
			in.process(ctx, nil)
		}
		timer.Stop()
	}
}

// gather takes more requests that are there already, so that small payments
// share one verification and one fsync.
func (in *intake) gather(first *request) []*request {
	reqs, n := []*request{first}, len(first.items)
	for n < MaxBatch {
		select {
		case req := <-in.requests:
			reqs, n = append(reqs, req), n+len(req.items)
		default:
			return reqs
		}
	}
	return reqs
}

// process places what was offered and what has become due, then verifies what
// is ready in batches.
func (in *intake) process(ctx context.Context, reqs []*request) {
	round := &round{in: in, now: in.l.now()}
	for _, it := range in.pool.takeDue(round.now) {
		round.place(it)
	}
	for _, req := range reqs {
		for i, it := range req.items {
			if it != nil {
				it.waiters = append(it.waiters, waiter{req, i})
				round.place(it)
			}
		}
	}
	for len(round.ready) > 0 {
		n := min(len(round.ready), MaxBatch)
		batch := round.ready[:n:n]
		round.ready = round.ready[n:]
		in.verify(ctx, batch)
	}
	round.report()
}

// verify checks a batch on every core and hands what is valid to the applier.
func (in *intake) verify(ctx context.Context, batch []*item) {
	in.crew.each(len(batch), verifyChunk, func(i int) { batch[i].err = in.check(batch[i]) })
	valid := batch[:0:0]
	for _, it := range batch {
		if in.sound(it) {
			valid = append(valid, it)
		}
	}
	if len(valid) == 0 {
		return
	}
	select {
	case in.l.apply <- valid:
	case <-ctx.Done():
	}
}

// verifyChunk is what one worker verifies in a go: under a millisecond, so
// that the cores end a batch together.
const verifyChunk = 4

// check verifies one transaction against its parents.
func (in *intake) check(it *item) error {
	if err := it.tx.Verify(in.l.genesis, in.parent); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	// Last, since whoever has signed has paid for each key by its bytes.
	if err := it.tx.CheckKeys(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	it.burn = it.tx.Burn(in.parent)
	return nil
}

// parent finds a parent among what is being verified, or in T.
func (in *intake) parent(id tx.ID) *tx.Tx {
	in.mu.Lock()
	it := in.pending[id]
	in.mu.Unlock()
	if it != nil {
		return it.tx
	}
	t, err := in.l.load(id)
	if err != nil {
		return nil
	}
	return t
}

// errParentRefused marks what stands on a refused parent.
var errParentRefused = fmt.Errorf("%w: a parent was refused", ErrInvalid)

// sound reports whether an item and its parents passed; what did not is
// dropped for ever, with everything that waits on it.
func (in *intake) sound(it *item) bool {
	if it.err == nil {
		for _, p := range it.tx.Parents() {
			if in.pool.refused(p) != nil {
				it.err = errParentRefused
				break
			}
		}
	}
	if it.err == nil {
		return true
	}
	in.drop(it)
	return false
}

func (in *intake) drop(it *item) {
	id := it.tx.ID()
	in.pool.refuse(id, it.err)
	if !in.awaited(it) {
		in.l.refuseLate(it)
	}
	in.finish([]*item{it}, Outcome{Verdict: Invalid, Err: it.err})
	for _, child := range in.pool.release(id) {
		child.err = errParentRefused
		in.pool.remove(child)
		in.drop(child)
	}
}

// awaited reports whether somebody hears the verdict.
func (in *intake) awaited(it *item) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(it.waiters) > 0
}

// finish answers everyone who waits for these items. The applier calls it too.
func (in *intake) finish(items []*item, o Outcome) {
	in.mu.Lock()
	switch o.Verdict {
	case Failed:
		in.failing = o.Err
	case Accepted:
		in.failing = nil
	}
	waiters := make([][]waiter, len(items))
	for i, it := range items {
		if o.Verdict != Failed { // a failed one stays on its way: nobody may hear Known
			delete(in.pending, it.tx.ID())
		}
		waiters[i], it.waiters = it.waiters, nil
	}
	in.mu.Unlock()
	for i, it := range items {
		o.ID = it.tx.ID()
		for _, w := range waiters[i] {
			w.complete(o)
		}
	}
}

// known reports whether T holds id.
func (l *Ledger) known(id tx.ID) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.mu.dag.Has(id)
}
