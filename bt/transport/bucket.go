package transport

import (
	"sync"
	"sync/atomic"
	"time"
)

// Limits are bytes a second, protocol included; zero is none.
type Limits struct{ Up, Down int64 }

// What passes at a time under a limit, and in advance of it. A connection takes its turn after the others when
// its quantum is used up, so that all get the same; a quantum of a 64th of a second keeps the turns short, also
// when the limit is low and the connections are many. The burst of a tenth of a second covers timers that
// fire late.
const (
	minQuantum = 256
	maxQuantum = 128 << 10
	minBurst   = 16 << 10
)

func quantumOf(rate int64) int { return int(min(max(rate/64, minQuantum), maxQuantum)) }
func burstOf(rate int64) int64 { return max(rate/10, minBurst) }

// bucket is a rate limit that many connections share, first come, first served. Whoever passes bytes is
// charged and draws a ticket; he may go on when the ticket is paid for. Time comes in as a value.
type bucket struct {
	rate atomic.Int64 // zero is none; written under mu

	mu      sync.Mutex
	charged int64         // bytes of all tickets
	paid    float64       // of them, at last
	last    time.Time     // when paid was brought up to date
	changed chan struct{} // closed when the rate changes
}

func newBucket() *bucket { return &bucket{changed: make(chan struct{})} }

// setRate changes the limit for all, also for those who wait.
func (b *bucket) setRate(rate int64, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.payLocked(now)
	if b.rate.Load() == 0 {
		b.paid = float64(b.charged) // nothing is owed from before
	}
	b.rate.Store(max(rate, 0))
	close(b.changed)
	b.changed = make(chan struct{})
}

// payLocked pays for what the time since last allows; not ahead, beyond the burst that delay gives.
func (b *bucket) payLocked(now time.Time) {
	elapsed := now.Sub(b.last).Seconds()
	b.last = now
	if elapsed > 0 {
		b.paid += elapsed * float64(b.rate.Load())
	}
	b.paid = min(b.paid, float64(b.charged))
}

// charge notes n bytes and returns the ticket.
func (b *bucket) charge(n int, now time.Time) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.payLocked(now)
	b.charged += int64(n)
	return b.charged
}

// delay is how long the holder of a ticket has to wait yet, unless the rate changes.
func (b *bucket) delay(ticket int64, now time.Time) (time.Duration, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rate := b.rate.Load()
	if rate == 0 {
		return 0, nil
	}
	b.payLocked(now)
	owed := float64(ticket-burstOf(rate)) - b.paid
	if owed <= 0 {
		return 0, nil
	}
	return time.Duration(owed / float64(rate) * float64(time.Second)), b.changed
}

// wait returns when the ticket is paid for, or false when done closes before.
func (b *bucket) wait(ticket int64, done <-chan struct{}) bool {
	for {
		left, changed := b.delay(ticket, time.Now())
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-done:
			timer.Stop()
			return false
		}
	}
}
