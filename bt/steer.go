package bt

import (
	"context"
	"maps"

	"github.com/anacrolix/torrent"
)

// steerBatch is how many pieces are told to the library under one of its locks. Under it the library notes the
// pieces that changed in a map, which it goes through whenever it lets go of its lock, and Go's maps never shrink:
// after 65,536 pieces in one step every block of every torrent took 20 us longer.
const steerBatch = 128

// order is a priority for pieces begin to end-1.
type order struct {
	begin, end int
	was, prio  torrent.PiecePriority
}

// steer tells the library of priorities, all at first and then what changes, until ctx ends.
func (t *Torrent) steer(ctx context.Context, s *slot) {
	t.pieces.restart()
	for {
		for o, ok := t.pieces.next(); ok && ctx.Err() == nil; o, ok = t.pieces.next() {
			obey(s.t, o)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.pieces.changed:
		}
	}
}

// obey sets priorities. What is in one step for many pieces goes in one step.
func obey(lib *torrent.Torrent, o order) {
	switch {
	case o.prio == torrent.PiecePriorityNone:
		lib.CancelPieces(o.begin, o.end)
	case o.prio == torrent.PiecePriorityNormal && o.was == torrent.PiecePriorityNone:
		lib.DownloadPieces(o.begin, o.end) // which only raises
	default:
		for i := o.begin; i < o.end; i++ {
			lib.Piece(i).SetPriority(o.prio)
		}
	}
}

// restart forgets what the library was told: it is another one.
func (p *pieces) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = make([]torrent.PiecePriority, len(p.level))
	p.dirty = p.dirty[:0]
	p.touch(0, len(p.level))
}

// next is the next run of pieces whose priority is not what the library was told, and notes that it now is.
// Pieces that are there are left alone: a lost one comes back by set.
func (p *pieces) next() (order, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance()
	for len(p.dirty) > 0 {
		r := &p.dirty[0]
		for r[0] < r[1] && p.settled(r[0]) {
			r[0]++
		}
		if r[0] == r[1] {
			p.dirty = p.dirty[1:]
			continue
		}
		o := order{begin: r[0], was: p.told[r[0]], prio: p.target(r[0], p.info)}
		for r[0] < r[1] && r[0]-o.begin < steerBatch && p.told[r[0]] == o.was && !p.settled(r[0]) &&
			p.target(r[0], p.info) == o.prio {
			p.told[r[0]] = o.prio
			r[0]++
		}
		o.end = r[0]
		return o, true
	}
	return order{}, false
}

// settled says whether there is nothing to tell of a piece.
func (p *pieces) settled(i int) bool { return p.have.has(i) || p.told[i] == p.target(i, p.info) }

// advance moves the window of a sequential download to the first wanted piece that is missing.
func (p *pieces) advance() {
	if !p.sequential {
		return
	}
	at := p.cursor
	for at < len(p.level) && (p.level[at] == levelSkip || p.have.has(at)) {
		at++
	}
	if at == p.cursor {
		return
	}
	n := p.window(p.info)
	p.touch(p.cursor, min(p.cursor+n, len(p.level)))
	p.cursor = at
	p.touch(at, min(at+n, len(p.level)))
}

// setPriorities changes what is wanted of files.
func (p *pieces) setPriorities(change map[int]Priority) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.info == nil {
		if err := checkPriorities(change, MaxTorrentFiles); err != nil {
			return err
		}
		merged := maps.Clone(p.given)
		if merged == nil {
			merged = make(map[int]Priority)
		}
		maps.Copy(merged, change)
		p.given = merged
		return nil
	}
	if err := checkPriorities(change, len(p.files)); err != nil {
		return err
	}
	for f, prio := range change {
		p.prio[f] = prio
	}
	p.weigh(p.info)
	p.count()
	p.kick()
	return nil
}

// setOrder changes in which order pieces are wanted.
func (p *pieces) setOrder(change func(w *wish)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.wish)
	if p.info != nil {
		p.cursor = 0
		p.touch(0, len(p.level))
		p.kick()
	}
}
