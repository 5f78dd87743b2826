package files

import "sync"

// DefaultOpen is how many files a [Pool] keeps open: with a socket for each connection it stays within 1,024
// descriptors, which is what a process gets without asking.
const DefaultOpen = 256

// Pool bounds how many files are open at once, over all torrents. The one used longest ago is closed for another.
type Pool struct {
	max     int
	buffers *buffers

	mu   sync.Mutex
	open int
	ring handle // the newest is ring.next, the oldest ring.prev
}

// NewPool returns a pool of at most max open files, [DefaultOpen] if 0. A file in use is not closed: as many more may
// be open for a moment as goroutines read and write at once.
func NewPool(max int) *Pool {
	if max <= 0 {
		max = DefaultOpen
	}
	p := &Pool{max: max, buffers: newBuffers()}
	p.ring.next, p.ring.prev = &p.ring, &p.ring
	return p
}

// handle is an open file.
type handle struct {
	file     File
	owner    *file // nil when it is no longer the owner's: the last to use it closes it
	writable bool

	// guarded by Pool.mu
	users      int
	next, prev *handle
}

// Open is how many files are open.
func (p *Pool) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// get returns the open file of f, nil if there is none that will do.
func (p *Pool) get(f *file, write bool) *handle {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := f.handle
	if h == nil || write && !h.writable {
		return nil
	}
	h.users++
	if p.ring.next != h {
		h.unlink()
		p.link(h)
	}
	return h
}

// put makes opened the open file of f and returns it in use, or the one that another put there in the meantime.
func (p *Pool) put(f *file, opened File, writable bool) *handle {
	p.mu.Lock()
	if h := f.handle; h != nil && (h.writable || !writable) {
		h.users++
		p.mu.Unlock()
		opened.Close()
		return h
	}
	old := p.detach(f)
	h := &handle{file: opened, owner: f, writable: writable, users: 1}
	f.handle = h
	p.link(h)
	p.open++
	idle := p.excess()
	p.mu.Unlock()
	closeAll(append(idle, old))
	return h
}

// excess takes out the oldest files that nobody uses, as many as there are too many.
func (p *Pool) excess() []*handle {
	var idle []*handle
	for h := p.ring.prev; p.open > p.max && h != &p.ring; {
		older := h.prev
		if h.users == 0 {
			idle = append(idle, p.detach(h.owner))
		}
		h = older
	}
	return idle
}

// done ends a use.
func (p *Pool) done(h *handle) {
	p.mu.Lock()
	h.users--
	last := h.users == 0 && h.owner == nil
	p.mu.Unlock()
	if last {
		h.file.Close()
	}
}

// drop closes the file of f as soon as nobody uses it; the next use opens it anew.
func (p *Pool) drop(f *file) {
	p.mu.Lock()
	h := p.detach(f)
	p.mu.Unlock()
	closeAll([]*handle{h})
}

// detach takes the open file from its owner. It returns it if the caller is to close it.
func (p *Pool) detach(f *file) *handle {
	h := f.handle
	if h == nil {
		return nil
	}
	h.unlink()
	h.owner, f.handle = nil, nil
	p.open--
	if h.users > 0 {
		return nil
	}
	return h
}

func (p *Pool) link(h *handle) {
	h.prev, h.next = &p.ring, p.ring.next
	h.prev.next, h.next.prev = h, h
}

func (h *handle) unlink() { h.prev.next, h.next.prev = h.next, h.prev }

func closeAll(handles []*handle) {
	for _, h := range handles {
		if h != nil {
			h.file.Close() // what was written is synced by name, not by handle
		}
	}
}
