package sim

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// delivery is a frame on its way to one end of a connection.
type delivery struct {
	to    *conn
	frame []byte
	late  bool // it was held back
	at    time.Time
}

// mail carries all frames of a network, one at a time.
type mail struct {
	wake chan struct{}

	mu   sync.Mutex
	sent []delivery // in this instant, in no order

	// The rest belongs to run.
	queue deliveries
	taken map[time.Time]struct{} // instants at which a frame arrives
}

func newMail() *mail {
	return &mail{wake: make(chan struct{}, 1), taken: make(map[time.Time]struct{})}
}

// send takes up a frame.
func (m *mail) send(d delivery) {
	m.mu.Lock()
	m.sent = append(m.sent, d)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// resend takes up frames that were held back.
func (m *mail) resend(all []delivery) {
	for _, d := range all {
		d.late = true
		m.send(d)
	}
}

// rest is how long the mail waits for the instant to be over: a bubble's clock
// moves when nobody in it can go on.
const rest = time.Nanosecond

func (m *mail) run(ctx context.Context) {
	for {
		timer := time.NewTimer(m.nextDue())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-m.wake:
			time.Sleep(rest)
			m.post()
		case <-timer.C:
			m.deliver(time.Now())
		}
		timer.Stop()
	}
}

// idle is how long the mail sleeps when nothing is on its way.
const idle = time.Hour

func (m *mail) nextDue() time.Duration {
	if len(m.queue) == 0 {
		return idle
	}
	return time.Until(m.queue[0].at)
}

// post gives the frames of the last instant their times of arrival. Their order
// is that of the links, then that of the types of message, then the sender's:
// those of one type come from one goroutine.
func (m *mail) post() {
	m.mu.Lock()
	sent := m.sent
	m.sent = nil
	m.mu.Unlock()
	slices.SortStableFunc(sent, func(a, b delivery) int {
		return cmp.Or(
			cmp.Compare(a.to.link.number, b.to.link.number),
			cmp.Compare(a.to.end, b.to.end),
			cmp.Compare(a.rank(), b.rank()),
		)
	})
	for _, d := range sent {
		d.at = m.arrival(d.to)
		heap.Push(&m.queue, d)
	}
}

// apart is the least time between two arrivals: more than rest, so that each
// instant is over before the next.
const apart = 4 * time.Nanosecond

// arrival draws when a frame sent now comes to an end of a connection.
func (m *mail) arrival(to *conn) time.Time {
	cfg, w := &to.link.network.cfg, &to.link.ways[to.end]
	at := time.Now().Add(w.latency + time.Duration(w.rng.Int64N(int64(cfg.jitter())+1)))
	if !at.After(w.last) {
		at = w.last.Add(apart)
	}
	at = at.Truncate(apart)
	for _, taken := m.taken[at]; taken; _, taken = m.taken[at] {
		at = at.Add(apart)
	}
	m.taken[at], w.last = struct{}{}, at
	return at
}

// deliver hands over what is due.
func (m *mail) deliver(now time.Time) {
	for len(m.queue) > 0 && !m.queue[0].at.After(now) {
		d := heap.Pop(&m.queue).(delivery)
		delete(m.taken, d.at)
		if !d.to.link.hold(d) {
			d.to.arrive(d.frame)
		}
	}
}

// rank orders frames that were sent in one instant: what was held back first,
// as it was, then by type of message.
func (d *delivery) rank() string {
	if d.late {
		return ""
	}
	m, err := wire.Decode(d.frame)
	if err != nil {
		return ""
	}
	return m.Type()
}

// deliveries is a heap, the next one first.
type deliveries []delivery

func (d deliveries) Len() int           { return len(d) }
func (d deliveries) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d deliveries) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push is heap.Interface's.
func (d *deliveries) Push(x any) { *d = append(*d, x.(delivery)) }

// Pop is heap.Interface's.
func (d *deliveries) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}
