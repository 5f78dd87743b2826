package transport

import (
	"net"
	"sync/atomic"
	"time"
)

// Group is what connections share: a torrent's, or all of an engine.
type Group struct {
	up, down lane
}

// lane is one direction of a group.
type lane struct {
	bucket *bucket
	meter  meter
	total  atomic.Int64
}

func newGroup() *Group {
	return &Group{up: lane{bucket: newBucket()}, down: lane{bucket: newBucket()}}
}

// SetLimits changes the limits at once.
func (g *Group) SetLimits(l Limits) {
	now := time.Now()
	g.up.bucket.setRate(l.Up, now)
	g.down.bucket.setRate(l.Down, now)
}

// Limits is what was set.
func (g *Group) Limits() Limits {
	return Limits{Up: g.up.bucket.rate.Load(), Down: g.down.bucket.rate.Load()}
}

// Rates is bytes a second over the last few seconds, protocol included.
func (g *Group) Rates() (up, down int64) {
	now := time.Now()
	return g.up.meter.rate(now), g.down.meter.rate(now)
}

// Totals is the bytes that passed since the group was made, protocol included.
func (g *Group) Totals() (up, down int64) { return g.up.total.Load(), g.down.total.Load() }

// flow is one direction of a connection. It belongs to the goroutine that reads, or writes.
type flow struct {
	meter   meter
	upward  bool
	tickets [2]int64 // drawn of the engine's and the torrent's bucket
}

// lanes are the engine's and the torrent's, which may be unknown.
func (f *flow) lanes(c *Conn) (all, one *lane) {
	g := c.group.Load()
	if f.upward {
		all = &c.t.all.up
		if g != nil {
			one = &g.up
		}
		return all, one
	}
	all = &c.t.all.down
	if g != nil {
		one = &g.down
	}
	return all, one
}

// await waits for the connection's turn and returns as much of b as may pass in it: all of it without a limit.
func (f *flow) await(c *Conn, b []byte) ([]byte, error) {
	all, one := f.lanes(c)
	for i, l := range [...]*lane{all, one} {
		if l == nil {
			continue
		}
		rate := l.bucket.rate.Load()
		if rate == 0 {
			continue
		}
		if !l.bucket.wait(f.tickets[i], c.done) {
			return nil, net.ErrClosed
		}
		b = b[:min(len(b), quantumOf(rate))]
	}
	return b, nil
}

// passed counts n bytes and charges them where there is a limit.
func (f *flow) passed(c *Conn, n int) {
	if n <= 0 {
		return
	}
	now := time.Now()
	f.meter.add(n, now)
	all, one := f.lanes(c)
	for i, l := range [...]*lane{all, one} {
		if l == nil {
			continue
		}
		l.meter.add(n, now)
		l.total.Add(int64(n))
		if l.bucket.rate.Load() != 0 {
			f.tickets[i] = l.bucket.charge(n, now)
		}
	}
}
