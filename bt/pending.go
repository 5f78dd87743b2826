package bt

import "sync"

// messageHead is what BitTorrent and BEP 10 put before a payload: length, message and extension ids.
const messageHead = 4 + 1 + 1

// pending counts what was sent and has not left. The library tells only how many bytes the socket took in
// all, ours and its own; whenever that is as much as we sent, the count begins anew, so that the difference
// never grows by what the library sends itself.
type pending struct {
	mu   sync.Mutex
	sent int64 // since base
	base int64 // of the socket's count
	left int64 // sent less taken, at the last look
	new  int64 // sent since the last look
}

func (p *pending) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent += int64(n + messageHead)
	p.new += int64(n + messageHead)
}

// fits says whether n more bytes are too few to look.
func (p *pending) fits(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left+p.new+int64(n) <= pendingLook
}

// look returns what is pending when the socket has taken so many bytes in all.
func (p *pending) look(written int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.new = p.sent-(written-p.base), 0
	if p.left <= 0 {
		p.sent, p.base, p.left = 0, written, 0
	}
	return p.left
}
