package bt

import (
	"math/rand/v2"
	"slices"

	pp "github.com/anacrolix/torrent/peer_protocol"
)

// offeredAtOnce is how many pieces a peer is told of at a time: a second one, so that it need not wait when
// it has the first.
const offeredAtOnce = 2

// superseed is what the super-seeding (BEP 16) of a torrent knows. shaper.mu guards it.
type superseed struct {
	seen []int // how many peers have a piece or were offered it; its length is the number of pieces
}

// SetSuperSeeding changes whether new peers are told of one piece after the other, another once the last was
// seen at a third peer, so that a first seed sends little twice (BEP 16). It holds for peers that connect
// while everything is there. Switched off, those to which it applied are hung up on, and come back.
func (t *Torrent) SetSuperSeeding(on bool) { t.shape.setSuper(on, t.e.chores.add) }

// SuperSeeding says whether it is on.
func (t *Torrent) SuperSeeding() bool {
	t.shape.mu.Lock()
	defer t.shape.mu.Unlock()
	return t.shape.super
}

func (s *shaper) setSuper(on bool, later func(func())) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.super = on
	if on {
		return
	}
	for _, p := range s.peers {
		if p.super {
			later(p.lk.close)
		}
	}
}

// setPieces tells how many pieces there are, once it is known.
func (s *shaper) setPieces(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seeds.seen == nil {
		s.seeds.seen = make([]int, n)
	}
}

// conceal is what a peer is told in place of what we have.
func (s *shaper) conceal(p *shaped, id pp.MessageType) []byte {
	if id == pp.Have {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seeds.offer(p)
	if p.fast {
		return message(pp.HaveNone) // BEP 6: one such message must come first
	}
	return nil
}

// learn takes in what a peer says it has. s.mu is held.
func (s *shaper) learn(p *shaped, m *pp.Message) {
	n := len(s.seeds.seen)
	if n == 0 {
		return
	}
	if p.has == nil {
		p.has = make([]bool, n)
	}
	switch m.Type {
	case pp.Have:
		if i := int(m.Index); i < n {
			s.has(p, i)
		}
	case pp.Bitfield:
		for i := range min(n, len(m.Bitfield)) {
			if m.Bitfield[i] {
				s.has(p, i)
			}
		}
	case pp.HaveAll:
		for i := range n {
			s.has(p, i)
		}
	}
	if p.super {
		s.seeds.offer(p)
	}
}

// has notes that a peer has a piece. Others to which we offered it have passed it on, and get the next; so does
// the only peer, who has nobody to pass it on to.
func (s *shaper) has(p *shaped, piece int) {
	if p.has[piece] {
		return
	}
	p.has[piece] = true
	s.seeds.seen[piece]++
	for _, other := range s.peers {
		if other != p || len(s.peers) == 1 {
			s.seeds.passedOn(other, piece)
		}
	}
}

// passedOn takes a piece off a peer's offers and makes another.
func (d *superseed) passedOn(p *shaped, piece int) {
	for i, o := range p.offered {
		if o == piece {
			p.offered = slices.Delete(p.offered, i, i+1)
			d.seen[piece]--
			d.offer(p)
			return
		}
	}
}

// offer tells a peer of the pieces that the fewest have, up to offeredAtOnce.
func (d *superseed) offer(p *shaped) {
	for len(p.offered) < offeredAtOnce {
		piece := d.rarest(p)
		if piece < 0 {
			return
		}
		d.seen[piece]++
		p.offered = append(p.offered, piece)
		p.offers[piece] = true
		p.wire.Inject(message(pp.Have, uint32(piece)))
	}
}

// rarest is a piece that the fewest have, of those the peer neither has nor was told of; −1 if there is none.
func (d *superseed) rarest(p *shaped) int {
	if p.offers == nil {
		p.offers = make([]bool, len(d.seen))
	}
	best, n := -1, len(d.seen)
	if n == 0 {
		return -1
	}
	for i, start := 0, rand.IntN(n); i < n; i++ {
		piece := (start + i) % n
		if p.offers[piece] || p.has != nil && p.has[piece] {
			continue
		}
		if best < 0 || d.seen[piece] < d.seen[best] {
			best = piece
		}
	}
	return best
}

// forget takes back what a peer that is gone had and was offered.
func (d *superseed) forget(p *shaped) {
	for i, has := range p.has {
		if has {
			d.seen[i]--
		}
	}
	for _, piece := range p.offered {
		d.seen[piece]--
	}
}
