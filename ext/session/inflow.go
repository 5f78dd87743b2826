package session

import "sync"

// inflow counts what the peer sends against what it was granted.
type inflow struct {
	mu struct {
		sync.Mutex
		allowed int64 // what the peer may still send
		handled int64 // what was handled and not yet granted again
	}
}

// newInflow starts with what is left after the peer's hello.
func newInflow(hs *handshake) *inflow {
	f := &inflow{}
	f.mu.allowed = InitialCredit - int64(hs.received)
	f.mu.handled = int64(hs.received)
	return f
}

// received takes a frame of n bytes into account and reports whether the peer was allowed to send it.
func (f *inflow) received(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.allowed -= int64(n)
	return f.mu.allowed >= 0
}

// done gives back the credit of a frame that holds no memory any more. It returns what to grant now,
// which is nothing until it is worth a grant.
func (f *inflow) done(n int) (grant int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.handled += int64(n)
	if f.mu.handled < grantStep {
		return 0
	}
	grant, f.mu.handled = f.mu.handled, 0
	f.mu.allowed += grant
	return grant
}
