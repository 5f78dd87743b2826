package bt

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"sync"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/announce"
)

// TrackerStatus is one tracker of a torrent: its URL, tier, state, message, times and numbers.
type TrackerStatus = announce.Status

// TrackerState is how a tracker does.
type TrackerState = announce.State

// unknownLeft is what trackers are told is missing of a torrent whose size is not known, in bytes: something, so
// that it does not pass for complete.
const unknownLeft = 16 << 10

// openTrackers starts the announcers, when the engine listens: that of torrents that a user added, and that of trackers
// which strangers named, who shall not choose whom in the local network we ask.
func (e *Engine) openTrackers() {
	userAgent := e.cfg.Version
	if e.cfg.Tor != "" {
		userAgent = torUserAgent
	}
	var overWebSocket func(context.Context, *url.URL, announce.Request) (announce.Answer, error)
	if e.web != nil {
		overWebSocket = e.web.Announce
	}
	cfg := announce.Config{
		WebSocket: overWebSocket,
		PeerID:    e.client.PeerID(), UserAgent: userAgent, Logger: e.log,
		Port: e.announcedPort, Refuse: e.refuseTracker,
		DialContext: e.sockets.DialContext, Proxy: e.sockets.HTTPProxy(), ListenPacket: e.sockets.ListenPacket,
	}
	e.trackers = announce.New(cfg)
	cfg.Allow, cfg.WebSocket = Public, nil // which dials elsewhere
	e.strangers = announce.New(cfg)
}

// announcedPort is the port we can be reached at. Trackers want one even of those who cannot be: 1 stands for it.
func (e *Engine) announcedPort() uint16 {
	if mapped, _ := e.Mapped(); mapped.IsValid() {
		return mapped.Port()
	}
	if port := e.addr.Port(); port != 0 {
		return port
	}
	return 1
}

// refuseTracker says why a tracker is not asked, or nothing.
func (e *Engine) refuseTracker(u *url.URL) string {
	switch {
	case e.cfg.DisableTrackers:
		return "trackers are switched off"
	case u.Scheme == "udp" && !e.sockets.UDP():
		return "a UDP tracker cannot be reached through a proxy; use one over HTTP"
	}
	return ""
}

// closeTrackers says farewell to the trackers.
func (e *Engine) closeTrackers(ctx context.Context) {
	var closing sync.WaitGroup
	closing.Go(func() { e.strangers.Close(ctx) })
	e.trackers.Close(ctx)
	closing.Wait()
}

// announceTo makes an ordinary torrent known to the announcer. Its rounds begin and end announcing. The trackers
// of a magnet link, of which it does not say the tiers, are all announced to.
func (t *Torrent) announceTo(o *origin) *announce.Torrent {
	return t.e.trackers.Add(announce.Options{
		Infohash: t.infohash, Trackers: o.trackers, All: o.info == nil, Paused: true,
		Stats: t.announceStats,
		Found: func(addrs []netip.AddrPort) { t.book.found(addrs, torrent.PeerSourceTracker) },
	})
}

// announceStats is what trackers are told.
func (t *Torrent) announceStats() announce.Stats {
	p := t.Progress()
	s := announce.Stats{Uploaded: p.Uploaded, Downloaded: p.Downloaded, Left: p.Length - p.Completed}
	finished := p.Length > 0 && p.WantedCompleted == p.Wanted
	s.Partial, s.Lonely = finished && s.Left > 0, !finished && p.Peers == 0
	if p.Length == 0 && t.InfoBytes() == nil {
		s.Left = unknownLeft
	}
	return s
}

// announceComplete tells the trackers that everything is there. What was on disk was no download.
func (t *Torrent) announceComplete() {
	if t.Progress().Downloaded > 0 {
		t.trackers.Completed()
	} else {
		t.trackers.Announce()
	}
}

// Trackers is how every tracker does, in the order in which they are tried.
func (t *Torrent) Trackers() []TrackerStatus { return t.trackers.Trackers() }

// SetTrackers replaces the trackers by tiers of URLs (BEP 12). Those that stay keep their state.
func (t *Torrent) SetTrackers(tiers [][]string) { t.trackers.SetTrackers(tiers) }

// Announce announces to the trackers as soon as they allow, those too that failed.
func (t *Torrent) Announce() { t.trackers.Announce() }

// Announce announces the swarm to trackers, HTTP or UDP, and dials the peers they name.
func (sw *Swarm) Announce(trackers ...string) {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	for _, u := range trackers {
		if !slices.Contains(sw.mu.tracked, u) {
			sw.mu.tracked = append(sw.mu.tracked, u)
		}
	}
	if sw.mu.trackers != nil {
		sw.mu.trackers.SetTrackers([][]string{sw.mu.tracked})
		return
	}
	sw.mu.trackers = sw.e.trackers.Add(announce.Options{
		Infohash: sw.s.infohash, Trackers: [][]string{sw.mu.tracked}, All: true,
		Stats: func() announce.Stats { return announce.Stats{Left: unknownLeft} },
		Found: func(addrs []netip.AddrPort) { sw.s.book.found(addrs, torrent.PeerSourceTracker) },
	})
}

// Trackers is how every tracker of the swarm does.
func (sw *Swarm) Trackers() []TrackerStatus {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	if sw.mu.trackers == nil {
		return nil
	}
	return sw.mu.trackers.Trackers()
}

// leaveTrackers tells the swarm's trackers that it was left.
func (sw *Swarm) leaveTrackers() {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	if sw.mu.trackers != nil {
		sw.mu.trackers.Close()
	}
}
