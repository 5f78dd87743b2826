package client

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/bt"
)

// starters is how many torrents are started or stopped at a time.
const starters = 16

// run looks at the torrents when something happened, and from time to time.
func (c *Client) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var next time.Time // when to look although nothing happens
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.kick:
			next = time.Time{}
		case <-timer.C:
		}
		now := time.Now()
		if up, down := c.engine.Rates(); up > 0 || down > 0 || !now.Before(next) {
			next = now.Add(c.replan())
		}
		timer.Reset(min(lookEvery, max(time.Until(next), 0)))
	}
}

// replan looks at every torrent, decides which ones run, and carries it out. It returns when to look again.
func (c *Client) replan() time.Duration {
	c.plan.Lock()
	defer c.plan.Unlock()
	seen := c.poll()
	now := time.Now()
	todo, busy := c.decide(seen, now)
	c.carryOut(todo)
	until := c.limit(now)
	c.reportAll()
	c.tell()
	wait := idleEvery
	if busy {
		wait = lookEvery
	}
	if !until.IsZero() {
		wait = min(wait, max(until.Sub(now), 0))
	}
	return wait
}

// limit gives the engine the limits that are in force, and says when that may change.
func (c *Client) limit(now time.Time) (until time.Time) {
	c.mu.Lock()
	limits, alt, until := c.mu.settings.limits(now)
	changed := limits != c.mu.limits
	c.mu.limits, c.mu.alt = limits, alt
	c.mu.Unlock()
	if changed {
		c.engine.SetLimits(bt.Limits(limits))
		c.log.Info("rate limits", "up", limits.Up, "down", limits.Down, "alternative", alt)
	}
	return until
}

// sight is what a torrent looked like.
type sight struct {
	live     live
	progress bt.Progress
	done     bool
	opening  bool
	hashing  bool
	fault    error
	ended    bool
	err      error
}

// poll asks the engine about the torrents that it has. No lock is held.
func (c *Client) poll() map[*entry]sight {
	c.mu.Lock()
	seen := make(map[*entry]sight, len(c.mu.queue))
	for _, e := range c.mu.queue {
		if e.live != nil {
			seen[e] = sight{live: e.live}
		}
	}
	c.mu.Unlock()
	for e, s := range seen {
		s.opening = s.live.Opening() // first: what is seen of it is right when it is over
		s.progress = s.live.Progress()
		s.done = isDone(s.live.Done())
		_, total := s.live.Checking()
		s.hashing, s.fault = total > 0, s.live.Fault()
		if isDone(s.live.Ended()) {
			s.ended, s.err = true, s.live.Err()
		}
		seen[e] = s
	}
	return seen
}

// order is what is to be done with a torrent.
type order struct {
	e    *entry
	live live
	run  bool
}

// decide takes note of what was seen and says what is to be done. Busy means that it changes within seconds.
func (c *Client) decide(seen map[*entry]sight, now time.Time) (todo []order, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	queue := make([]candidate, len(c.mu.queue))
	for i, e := range c.mu.queue {
		if s, ok := seen[e]; ok && s.live == e.live {
			busy = e.note(s, now) || busy
			c.score(e)
		}
		queue[i] = candidate{
			wants: e.wants() && e.live != nil, forced: e.rec.Forced, seed: e.complete(),
			stalled: e.running && now.Sub(e.moved) >= StallAfter,
		}
	}
	for i, run := range choose(queue, c.mu.settings.quota()) {
		e := c.mu.queue[i]
		if run == e.running {
			continue
		}
		e.running, e.moved = run, now
		if e.live != nil {
			todo = append(todo, order{e, e.live, run})
		}
	}
	return todo, busy || len(todo) > 0
}

// note takes over what was seen of a torrent, and says whether it moves.
func (e *entry) note(s sight, now time.Time) (busy bool) {
	before := e.progress
	e.progress, e.done, e.opening, e.hashing = s.progress, s.done, s.opening, s.hashing
	down, up := s.progress.Downloaded-before.Downloaded, s.progress.Uploaded-before.Uploaded
	if down > 0 || up > 0 {
		e.rec.Downloaded += down
		e.rec.Uploaded += up
		e.moved = now
		e.counted = true
	}
	if s.progress.Completed != before.Completed {
		e.dirty = true
	}
	if e.state() == StateSeeding && !e.looked.IsZero() {
		e.seeded += now.Sub(e.looked)
		whole := e.seeded.Truncate(time.Second)
		e.rec.SeedingSeconds += int64(whole / time.Second)
		e.aged = true
		e.seeded -= whole
	}
	e.looked = now
	if s.done && e.rec.CompletedAt == 0 {
		e.rec.CompletedAt = now.Unix()
		e.dirty = true
		e.news = append(e.news, EventComplete)
	}
	if s.fault != nil && e.running {
		e.err, e.running = s.fault, false
	}
	switch {
	case s.ended && errors.Is(s.err, errSecondName):
		e.live, e.running = nil, false // another takes its place
	case s.ended:
		e.fail(cmp.Or(s.err, bt.ErrClosed))
	}
	return down > 0 || up > 0 || s.opening || s.hashing || e.running && !s.done
}

// fail stops the torrent with a reason.
func (e *entry) fail(err error) {
	e.err, e.live, e.running, e.done, e.opening, e.hashing = err, nil, false, false, false, false
	e.progress.Peers, e.progress.Known = 0, 0
}

// score ends a seed that reached a goal. Client.mu is held.
func (c *Client) score(e *entry) {
	if e.state() != StateSeeding || e.rec.GoalsOff || e.rec.Forced {
		return
	}
	if c.mu.settings.goals(e.rec.Goals).reached(e.ratio(), e.rec.SeedingSeconds) {
		e.rec.Finished = true
		e.dirty = true
	}
}

// carryOut starts and stops torrents.
func (c *Client) carryOut(todo []order) {
	var g errgroup.Group
	g.SetLimit(starters)
	for _, o := range todo {
		g.Go(func() error {
			if o.run {
				o.live.Resume()
			} else {
				o.live.Pause()
			}
			return nil
		})
	}
	_ = g.Wait() // none fails
}

// reportAll reports the torrents that are complete, and where they belong.
func (c *Client) reportAll() {
	var done []*entry
	c.mu.Lock()
	for _, e := range c.mu.queue {
		if !e.rec.Reported && e.rec.CompletedAt > 0 && e.doing == "" && e.err == nil && e.complete() {
			done = append(done, e)
		}
	}
	c.mu.Unlock()
	for _, e := range done {
		c.report(e)
	}
}

// tell publishes what changed since the last time.
func (c *Client) tell() {
	var events []Event
	c.mu.Lock()
	for _, e := range c.mu.queue {
		events = append(events, e.changes()...)
	}
	c.mu.Unlock()
	c.events.publish(events...)
}

// changes are the events of a torrent since it was last asked.
func (e *entry) changes() (events []Event) {
	now := e.state()
	if now != e.shown {
		if e.shown != "" {
			e.news = append(e.news, EventState)
		}
		e.shown = now
	}
	for _, kind := range e.news {
		ev := Event{Kind: kind, ID: e.id, Name: e.name(), State: now}
		if e.err != nil {
			ev.Error = e.err.Error()
		}
		events = append(events, ev)
	}
	e.news = nil
	return events
}

// watch makes the planner run when something happens to a torrent that it should not wait a second for.
func (c *Client) watch(l live) {
	c.spawn(func() {
		for _, happens := range []<-chan struct{}{l.GotInfo(), l.Done()} {
			select {
			case <-happens:
				c.look()
			case <-l.Ended():
				c.look()
				return
			case <-c.ctx.Done():
				return
			}
		}
	})
}

// load gives a torrent to the engine, paused; the planner lets it run. The torrent's turn is held.
func (c *Client) load(e *entry, src bt.Source) error {
	l, err := c.engine.Add(src)
	c.mu.Lock()
	if err != nil {
		e.fail(err)
		c.mu.Unlock()
		return err
	}
	if e.removed || c.mu.closed {
		c.mu.Unlock()
		l.Drop()
		return fmt.Errorf("torrent %s: %w", e.id, bt.ErrClosed)
	}
	e.live, e.err, e.progress, e.opening = l, nil, bt.Progress{}, l.Opening()
	c.mu.Unlock()
	c.watch(l)
	return c.tune(e)
}
