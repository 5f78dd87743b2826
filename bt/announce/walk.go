package announce

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// walk announces a group (BEP 12): its trackers in the order of the tiers until one works, which moves to the
// front of its tier.
func (a *Announcer) walk(g *group) {
	order := a.inOrder(g)
	asked := len(order)
	for i, tr := range order {
		if a.step(g, tr) {
			asked = i + 1
			break
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g.busy = false
	for _, tr := range order[asked:] {
		if tr.state == Working {
			tr.state = Waiting // it was needed when those before it failed
		}
		tr.next = time.Time{}
	}
	a.plan(g, nextOf(order[:asked]))
}

func (a *Announcer) inOrder(g *group) []*tracker {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Concat(g.tiers...)
}

// nextOf is when one of the trackers may be asked again, zero if never.
func nextOf(trackers []*tracker) (next time.Time) {
	for _, tr := range trackers {
		switch {
		case tr.state == Working && tr.completed:
			return time.Now()
		case tr.state != Disabled:
			next = sooner(next, tr.earliest)
		}
	}
	return next
}

// step announces to one tracker of a group if it is its time, and says whether that is enough for the group.
func (a *Announcer) step(g *group, tr *tracker) (enough bool) {
	select {
	case <-tr.turn:
		defer func() { tr.turn <- struct{}{} }()
	case <-a.walks.Done():
		return true
	}
	stats := g.t.opt.Stats()
	req, ask, enough := a.prepare(g, tr, stats)
	if !ask {
		return enough
	}
	answer, err := a.protocols[tr.parsed.Scheme].announce(a.walks, tr.parsed, req)
	enough = a.settle(g, tr, req.Event, answer, err, stats)
	if err != nil {
		return enough
	}
	if len(answer.Peers) > 0 {
		g.t.opt.Found(answer.Peers)
	}
	a.scrape(g.t, tr)
	return enough
}

// prepare makes the request to a tracker if it is to be asked now.
func (a *Announcer) prepare(g *group, tr *tracker, stats Stats) (req Request, ask, enough bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case g.dead || g.t.paused || g.t.closed || a.mu.closed:
		return req, false, true
	case tr.state == Disabled:
		return req, false, false
	case time.Now().Before(tr.earliest) && !(tr.completed && tr.state == Working):
		return req, false, g.enough(tr, stats)
	}
	tr.state, tr.next = Announcing, time.Time{}
	req = a.request(g.t, tr, stats)
	req.Event = tr.event(stats.Partial)
	req.NumWant = NumWant
	return req, true, false
}

// enough says whether a tracker spares the group the next one. One that knows nobody, or one address, which
// may be our own, does not when we have no peer.
func (g *group) enough(tr *tracker, stats Stats) bool {
	return tr.state == Working && (!stats.Lonely || g.t.private || tr.peers > 1)
}

// request is what all announces have. a.mu is held.
func (a *Announcer) request(t *Torrent, tr *tracker, stats Stats) Request {
	return Request{
		Infohash: t.opt.Infohash, PeerID: a.cfg.PeerID, Port: a.cfg.Port(), Key: a.key,
		Uploaded: max(stats.Uploaded, 0), Downloaded: max(stats.Downloaded, 0), Left: max(stats.Left, 0),
		TrackerID: tr.id, IPv6: a.cfg.IPv6(),
	}
}

// settle notes what a tracker said.
func (a *Announcer) settle(g *group, tr *tracker, said Event, answer Answer, err error, stats Stats) (enough bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if err != nil {
		if errors.Is(err, ErrClosed) || errors.Is(err, context.Canceled) {
			tr.state = Waiting
			return true
		}
		tr.failed(now, err)
		tr.completed = tr.completed && tr.started
		a.cfg.Logger.Debug("a tracker failed", "tracker", tr.parsed.Host, "err", err)
		return false
	}
	if said == Completed {
		tr.completed = false
	}
	tr.started = true
	tr.worked(now, answer, rand.Float64())
	a.noteExternal(answer.External)
	g.promote(tr)
	return g.enough(tr, stats)
}

// promote moves a tracker to the front of its tier.
func (g *group) promote(tr *tracker) {
	for _, tier := range g.tiers {
		if i := slices.Index(tier, tr); i > 0 {
			copy(tier[1:i+1], tier[:i])
			tier[0] = tr
		}
	}
}

// scrape asks for the numbers that the announce did not have.
func (a *Announcer) scrape(t *Torrent, tr *tracker) {
	a.mu.Lock()
	wanted := tr.wantsScrape(time.Now()) && !a.mu.closed
	a.mu.Unlock()
	if !wanted {
		return
	}
	counts, err := a.protocols[tr.parsed.Scheme].scrape(a.walks, tr.parsed, t.opt.Infohash)
	a.mu.Lock()
	defer a.mu.Unlock()
	tr.scrapeAt = time.Now().Add(ScrapeEvery)
	if err != nil {
		tr.scrapeBad++
		return
	}
	tr.scrapeBad = 0
	tr.counts = Counts{
		known(counts.Seeders, tr.counts.Seeders), known(counts.Leechers, tr.counts.Leechers),
		known(counts.Downloaded, tr.counts.Downloaded),
	}
}

// sayFarewell tells a tracker that we left, unless we are back already.
func (a *Announcer) sayFarewell(f farewell) {
	select {
	case <-f.tr.turn:
		defer func() { f.tr.turn <- struct{}{} }()
	case <-a.ctx.Done():
		return
	}
	stats := f.t.opt.Stats()
	a.mu.Lock()
	if !f.tr.leaving || !f.tr.started {
		f.tr.leaving = false
		a.mu.Unlock()
		return
	}
	req := a.request(f.t, f.tr, stats)
	req.Event = Stopped
	a.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(a.ctx, StopTimeout, ErrTimeout)
	defer cancel()
	_, err := a.protocols[f.tr.parsed.Scheme].announce(ctx, f.tr.parsed, req)
	a.mu.Lock()
	defer a.mu.Unlock()
	f.tr.started, f.tr.leaving, f.tr.completed = false, false, false
	if f.tr.state == Working {
		f.tr.state = Waiting
	}
	if err != nil {
		a.cfg.Logger.Debug("a tracker was not told that we left", "tracker", f.tr.parsed.Host, "err", err)
	}
}
