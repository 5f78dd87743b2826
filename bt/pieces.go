package bt

import (
	"sync"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// PieceState is what is known of a piece.
type PieceState uint8

// The states of a piece.
const (
	Missing  PieceState = iota // not there
	Partial                    // some of its blocks are
	Checking                   // what is on disk has not been hashed yet
	Complete                   // there, and it passed the hash check
)

// pieces is what of a torrent is there and what is wanted. It lives as long as the torrent, also while that is
// paused, and is told of everything by the storage (watch.go), so that to ask it costs nothing of the library.
// Its lock is a leaf.
type pieces struct {
	mu   sync.Mutex
	info *checked.Info // nil until it is known
	wish               // what is wanted

	have, known bitset // hashed and whole; hashed at all
	present     int    // pieces in have
	bytes       int64  // content in have, without padding
	partial     map[int]int64
	lacking     int   // pieces that are wanted and not there
	corrupt     int64 // bytes of pieces that were received whole and failed the hash check

	written int64 // bytes of blocks

	needsSeal bool          // done waits for the files to be in place, see seal.go
	sealed    bool          // they are
	ripe      chan struct{} // has an element when they should be put there

	finished bool
	done     chan struct{} // closed while finished
	turned   chan struct{} // closed when finished changes, or whether every piece is there
	arrived  chan struct{} // closed at the next change that a reader may wait for; nil when none does
	changed  chan struct{} // has an element when priorities are to be told to the library
}

func newPieces() *pieces {
	return &pieces{
		partial: make(map[int]int64), done: make(chan struct{}), turned: make(chan struct{}),
		changed: make(chan struct{}, 1), ripe: make(chan struct{}, 1),
	}
}

// begin gives the info, once.
func (p *pieces) begin(info *checked.Info) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := info.Pieces()
	p.info, p.have, p.known = info, newBitset(n), newBitset(n)
	p.wish.begin(info)
	p.count()
}

// count counts what lacks anew.
func (p *pieces) count() {
	p.lacking = 0
	for i, level := range p.level {
		if level != levelSkip && !p.have.has(i) {
			p.lacking++
		}
	}
	p.settle()
}

// settle opens or closes done after a change.
func (p *pieces) settle() {
	if p.lacking > 0 {
		p.sealed = false
	} else if p.needsSeal && !p.sealed {
		p.ripen()
	}
	finished := p.info != nil && p.lacking == 0 && (p.sealed || !p.needsSeal)
	if finished == p.finished {
		return
	}
	p.finished = finished
	p.turn()
	if finished {
		close(p.done)
	} else {
		p.done = make(chan struct{})
	}
	p.kick()
}

// turn wakes who watches.
func (p *pieces) turn() {
	close(p.turned)
	p.turned = make(chan struct{})
}

// kick makes the steersman look. It never blocks.
func (p *pieces) kick() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// set notes what a hash check or the memory of one says of a piece.
func (p *pieces) set(i int, known, have bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.put(i, known)
	if have {
		delete(p.partial, i)
	}
	if !p.have.put(i, have) {
		return
	}
	step := 1
	if !have {
		step = -1
	}
	p.present += step
	p.bytes += int64(step) * p.content(i)
	if p.level[i] != levelSkip {
		p.lacking -= step
	}
	if p.present == len(p.level) || p.present == len(p.level)-1 {
		p.turn()
	}
	p.moved(i, have)
	p.settle()
}

// moved tells those who follow the progress.
func (p *pieces) moved(i int, have bool) {
	if p.arrived != nil {
		close(p.arrived)
		p.arrived = nil
	}
	if !have || p.follows(i) {
		p.touch(i, i+1)
		p.kick()
	}
}

// failed notes that a piece did not pass the hash check.
func (p *pieces) failed(i int) {
	p.mu.Lock()
	if size := p.info.PieceSize(i); p.partial[i] >= size {
		p.corrupt += size
	}
	delete(p.partial, i)
	p.mu.Unlock()
	p.set(i, true, false)
}

// wrote notes that so many bytes of a piece were written.
func (p *pieces) wrote(i, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written += int64(n)
	p.partial[i] = min(p.partial[i]+int64(n), p.info.PieceSize(i))
}

// forgetPartial notes that the blocks of unfinished pieces are no longer known.
func (p *pieces) forgetPartial() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.partial)
}

// content is how many bytes of a piece are not padding.
func (p *pieces) content(i int) int64 {
	if !p.padded {
		return p.info.PieceSize(i)
	}
	var n int64
	for _, part := range p.info.Parts(i) {
		if !p.info.Files[part.File].Pad {
			n += part.Length
		}
	}
	return n
}

// completed is the bytes of content that are there, unfinished pieces among them, and of that what is wanted.
func (p *pieces) completed() (all, wanted int64) {
	all = p.bytes
	for i, n := range p.partial {
		all += min(n, p.content(i))
	}
	if p.skipped == 0 {
		return all, all
	}
	for f := range p.files {
		if p.prio[f] != Skip {
			wanted += p.ofFile(f)
		}
	}
	return all, wanted
}

// ofFile is the bytes of a file that are there.
func (p *pieces) ofFile(f int) int64 {
	file := &p.info.Files[p.files[f]]
	if file.Length == 0 {
		return 0
	}
	begin, end := p.span(file)
	n := int64(p.have.count(begin, end)) * p.info.PieceLength
	// The pieces at both ends may reach beyond the file.
	if p.have.has(begin) {
		n -= file.Offset - int64(begin)*p.info.PieceLength
	}
	if p.have.has(end - 1) {
		n -= int64(end)*p.info.PieceLength - (file.Offset + file.Length)
	}
	for i, got := range p.partial {
		if begin <= i && i < end {
			n += min(got, p.shared(file, i))
		}
	}
	return min(n, file.Length)
}

// shared is how many bytes of a piece belong to a file.
func (p *pieces) shared(f *checked.File, piece int) int64 {
	begin := int64(piece) * p.info.PieceLength
	return min(begin+p.info.PieceLength, f.Offset+f.Length) - max(begin, f.Offset)
}

// span is the pieces of a file that is not empty, begin to end-1.
func (p *pieces) span(f *checked.File) (begin, end int) {
	return int(f.Offset / p.info.PieceLength), int((f.Offset+f.Length-1)/p.info.PieceLength) + 1
}

// states is the state of each piece; nil while the info is not known.
func (p *pieces) states() []PieceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.info == nil {
		return nil
	}
	states := make([]PieceState, len(p.level))
	for i := range states {
		switch {
		case p.have.has(i):
			states[i] = Complete
		case !p.known.has(i):
			states[i] = Checking
		case p.partial[i] > 0:
			states[i] = Partial
		}
	}
	return states
}

// whole says whether every piece is there.
func (p *pieces) whole() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info != nil && p.present == len(p.level)
}

// doneChannel is closed while everything wanted is there.
func (p *pieces) doneChannel() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// watch says whether everything wanted and everything at all is there, and returns a channel that is closed when that
// changes.
func (p *pieces) watch() (finished, whole bool, turned <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finished, p.present == len(p.level), p.turned
}

// received is a count that moves with each block.
func (p *pieces) received() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written
}

// number is how many pieces there are; zero while the info is not known.
func (p *pieces) number() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.level)
}
