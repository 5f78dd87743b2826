package bt

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	pp "github.com/anacrolix/torrent/peer_protocol"
)

// BEP 3: the slots go to the best peers, judged again every ten seconds, but for one, which goes to another peer
// every thirty, whatever it gives: the optimistic one.
const (
	chokeEvery      = 10 * time.Second
	optimisticEvery = 3 // rounds
)

// SetUploadSlots changes how many peers of a torrent are uploaded to at a time; 0 is no limit.
func (e *Engine) SetUploadSlots(n int) {
	e.slots.Store(int64(max(n, 0)))
	for s, complete := range e.shapers() {
		s.setSlots(max(n, 0), complete)
	}
	select {
	case e.rechoke <- struct{}{}:
	default:
	}
}

// shapers are those of the live torrents, and which of these are complete.
func (e *Engine) shapers() map[*shaper]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make(map[*shaper]bool)
	for _, s := range e.mu.slots {
		if s.shape != nil {
			all[s.shape] = s.complete.Load()
		}
	}
	return all
}

// chokeLoop judges the peers of all torrents until the engine closes. It sleeps while there is no limit.
func (e *Engine) chokeLoop() {
	tick := time.NewTicker(chokeEvery)
	defer tick.Stop()
	for round := 0; ; {
		if e.slots.Load() == 0 {
			tick.Stop()
		}
		select {
		case <-e.ctx.Done():
			return
		case <-e.rechoke:
			tick.Reset(chokeEvery)
			continue
		case <-tick.C:
		}
		round++
		for s := range e.shapers() {
			s.judge(round%optimisticEvery == 0)
		}
	}
}

// setSlots changes the number of slots of a torrent. Of connections that came while there was no limit it is known
// that the library has unchoked them when the torrent is complete; else they go on without a limit until they end.
func (s *shaper) setSlots(n int, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n == s.slots {
		return
	}
	s.slots = n
	for _, p := range s.peers {
		if !p.filtering && complete {
			p.unchoked, p.told, p.filtering = true, true, true
			p.wire.SetFilter(func(m []byte) []byte { return s.sends(p, m) })
		}
		p.hold(n > 0)
	}
	s.fill()
}

// hold takes the slot from a peer, or gives it one.
func (p *shaped) hold(held bool) {
	if p.filtering {
		p.held = held
		p.tell()
	}
}

// tell lets the peer know when it is choked or unchoked by now. All such messages go this way, so that they
// keep their order.
func (p *shaped) tell() {
	if now := p.unchoked && !p.held; now != p.told {
		p.told = now
		id := pp.Choke
		if now {
			id = pp.Unchoke
		}
		p.wire.Inject(message(id))
	}
}

// fill gives free slots to peers that are interested. s.mu is held.
func (s *shaper) fill() {
	free := s.slots
	if free == 0 {
		return
	}
	for _, p := range s.peers {
		if !p.held && p.interested {
			free--
		}
	}
	for _, p := range s.peers {
		switch {
		case !p.interested:
			p.hold(true)
		case p.held && free > 0:
			p.hold(false)
			free--
		}
	}
}

// judge gives the slots to the peers that exchange most with us, and the last one to the optimistic one.
func (s *shaper) judge(rotate bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots == 0 {
		return
	}
	var list []*shaped
	rate := make(map[*shaped]int64)
	for _, p := range s.peers {
		if p.interested {
			up, down := p.wire.Rates()
			list, rate[p] = append(list, p), up+down
		}
	}
	slices.SortFunc(list, func(a, b *shaped) int { return cmp.Compare(rate[b], rate[a]) })
	best := slices.Clone(list[:min(len(list), s.slots)])
	if rest := list[len(best):]; len(rest) > 0 {
		lucky := rest[rand.IntN(len(rest))]
		if !rotate {
			lucky = s.optimistic(list[len(best)-1:])
		}
		best[len(best)-1] = lucky
	}
	for _, p := range list {
		p.hold(!slices.Contains(best, p))
	}
}

// optimistic is the peer of the list that has a slot already, else the first.
func (s *shaper) optimistic(list []*shaped) *shaped {
	for _, p := range list {
		if !p.held {
			return p
		}
	}
	return list[0]
}
