package catchup

import (
	"context"
	"fmt"
	"sync"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
)

// Bounds of a download: memory is at most Window*MaxSegment.
const (
	// segmentTxs is how many transactions a segment of the depth order is
	// planned to hold: some eight frames, ten of them in a verification batch.
	segmentTxs = 1000
	// Window is how many segments are being fetched or wait for their turn.
	Window = 8
	// fetchersPerPeer is how many segments one peer is asked for at once. Each
	// asks frame by frame, and while every core verifies an answer takes
	// milliseconds to come through: one at a time leaves the cores idle.
	fetchersPerPeer = 3
	// MaxSegment bounds the bytes of one segment; a peer that sends more is cut
	// off there and reconciliation brings the rest.
	MaxSegment = 4 << 20
	// OffersAhead is how many segments the ledger has in hand at once, so that
	// it verifies one while it writes another.
	OffersAhead = 3
	// behind is by how many transactions a peer must be ahead before ranges
	// are streamed instead of negotiated; a sync finds fewer with less.
	behind = 2048
)

// download streams the depth order from several peers at once: each fetches
// segments, and they enter the ledger in order. Nothing needs trust: each
// transaction hashes to its id, and what a peer leaves out is found by the
// reconciliation that follows.
type download struct {
	ledger *ledger.Ledger

	mu       sync.Mutex
	cond     *sync.Cond
	next     uint32 // depth at which the next new segment starts
	top      uint32 // the last depth to fetch
	step     uint32 // depths a segment
	segments []*segment
	workers  map[string]*session.Session // by the source they feed under
	over     bool
}

type segment struct {
	from, to uint32 // depths, both included
	txs      [][]byte
	taken    bool
	done     bool
	source   string
}

// newDownload plans the way from our depth to the peer's.
func newDownload(l *ledger.Ledger, peer wire.State) *download {
	d := &download{ledger: l, top: peer.Depth, workers: make(map[string]*session.Session)}
	d.cond = sync.NewCond(&d.mu)
	if own := l.Snapshot(); own.Transactions() > 1 {
		d.next = own.Depth // this depth may be incomplete
	}
	d.step = uint32(max(1, segmentTxs*uint64(peer.Depth)/max(1, peer.Count)))
	return d
}

// work fetches segments from one peer, one after the other, until none is left
// or it fails. Several of these run for a peer.
func (d *download) work(ctx context.Context, s *session.Session) error {
	for {
		seg := d.claim(ctx, s)
		if seg == nil {
			return context.Cause(ctx)
		}
		txs, err := d.fetch(ctx, s, seg)
		d.complete(seg, txs, err)
		if err != nil {
			return err
		}
	}
}

// enter counts a worker, and wakes it when its ctx ends.
func (d *download) enter(ctx context.Context, s *session.Session) (stop func() bool) {
	d.mu.Lock()
	d.workers[gossip.SourceOf(s)] = s
	d.mu.Unlock()
	return d.wakeAtEnd(ctx)
}

func (d *download) wakeAtEnd(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.cond.Broadcast()
	})
}

func (d *download) leave(s *session.Session, stop func() bool) {
	stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.workers, gossip.SourceOf(s))
	d.cond.Broadcast()
}

// abandon ends the download for its workers.
func (d *download) abandon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over, d.segments = true, nil
	d.cond.Broadcast()
}

// blame scores the peer behind a source for an invalid transaction.
func (d *download) blame(source string) {
	d.mu.Lock()
	s := d.workers[source]
	d.mu.Unlock()
	if s != nil {
		s.Fault(session.FaultInvalid)
	}
}

// claim returns a segment that nobody fetches, opening new ones as far as the
// window allows; nil when there is nothing left to do.
func (d *download) claim(ctx context.Context, s *session.Session) *segment {
	reach := s.Peer().Depth
	d.mu.Lock()
	defer d.mu.Unlock()
	for ctx.Err() == nil && !d.over {
		for _, seg := range d.segments {
			if !seg.taken && seg.to <= reach {
				seg.taken, seg.source = true, gossip.SourceOf(s)
				return seg
			}
		}
		if d.next > d.top && !d.unclaimed() {
			return nil
		}
		if d.next <= d.top && d.next <= reach && len(d.segments) < Window {
			d.open()
			continue
		}
		if !d.moving() {
			return nil // what is left is beyond this peer, and nobody else is at it
		}
		d.cond.Wait()
	}
	return nil
}

// unclaimed reports whether a segment is or may again be free.
func (d *download) unclaimed() bool {
	for _, seg := range d.segments {
		if !seg.done {
			return true
		}
	}
	return false
}

// moving reports whether somebody fetches, or the feed has something to take:
// then waiting makes sense.
func (d *download) moving() bool {
	for i, seg := range d.segments {
		if seg.taken && !seg.done || i == 0 && seg.done {
			return true
		}
	}
	return false
}

func (d *download) open() {
	to := d.top
	if d.top-d.next >= d.step {
		to = d.next + d.step - 1
	}
	d.segments = append(d.segments, &segment{from: d.next, to: to})
	d.next = to + 1
}

func (d *download) complete(seg *segment, txs [][]byte, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	seg.txs, seg.done, seg.taken = txs, err == nil, err == nil
	d.cond.Broadcast()
}

// fetch gets all frames of a segment from one peer.
func (d *download) fetch(ctx context.Context, s *session.Session, seg *segment) ([][]byte, error) {
	from, to := before(seg.from), last(seg.to)
	var txs [][]byte
	size := 0
	for size < MaxSegment {
		answer, err := s.Request(ctx, &wire.Get{From: from, To: to})
		if err != nil {
			return nil, fmt.Errorf("fetch depths %d to %d: %w", seg.from, seg.to, err)
		}
		got, ok := answer.(*wire.Tx)
		if !ok || len(got.Txs) == 0 && len(txs) == 0 {
			// Every depth up to the largest holds a transaction.
			s.Fault(session.FaultUseless)
			return nil, fmt.Errorf("%w: depths %d to %d are said to be empty", session.FaultUseless, seg.from, seg.to)
		}
		if got.Short() {
			s.Fault(session.FaultUseless)
			return nil, fmt.Errorf("%w: a short part of depths %d to %d", session.FaultUseless, seg.from, seg.to)
		}
		for _, raw := range got.Txs {
			size += len(raw)
		}
		txs = append(txs, got.Txs...)
		if got.Next == nil {
			break
		}
		from = *got.Next
	}
	return txs, nil
}

// before is the largest key below a depth, last the largest one within it.
func before(depth uint32) trie.Key {
	if depth == 0 {
		return trie.Key{}
	}
	return last(depth - 1)
}

func last(depth uint32) trie.Key { return trie.DepthKey(depth, trie.TopKey().ID()) }

// feed gives the segments to the ledger in order until all are in or no worker
// is left. fault hears of what was invalid.
func (d *download) feed(ctx context.Context, fault func(source string)) error {
	defer d.wakeAtEnd(ctx)()
	var ahead []fed
	defer func() {
		for _, f := range ahead {
			_ = f.settle(ctx, fault)
		}
	}()
	for {
		seg := d.first(ctx)
		if seg == nil {
			return context.Cause(ctx)
		}
		offer, err := d.ledger.Offer(ctx, seg.source, seg.txs...)
		if err != nil {
			return fmt.Errorf("take depths %d to %d: %w", seg.from, seg.to, err)
		}
		if ahead = append(ahead, fed{offer, seg.source}); len(ahead) > OffersAhead {
			if err := ahead[0].settle(ctx, fault); err != nil {
				return err
			}
			ahead = ahead[1:]
		}
	}
}

// first waits for the first segment to be complete and takes it out.
func (d *download) first(ctx context.Context) *segment {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ctx.Err() == nil {
		if len(d.segments) > 0 && d.segments[0].done {
			seg := d.segments[0]
			d.segments = d.segments[1:]
			d.cond.Broadcast()
			return seg
		}
		if len(d.workers) == 0 || len(d.segments) == 0 && d.next > d.top {
			return nil
		}
		d.cond.Wait()
	}
	return nil
}

// fed is a segment that the ledger has in hand.
type fed struct {
	offer  *ledger.Offer
	source string
}

func (f fed) settle(ctx context.Context, fault func(source string)) error {
	outcomes, err := f.offer.Wait(ctx)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Verdict == ledger.Invalid {
			fault(f.source)
			break
		}
	}
	return nil
}
