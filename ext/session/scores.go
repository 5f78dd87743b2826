package session

import (
	"net/netip"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/book"
)

// MaxScores bounds the places whose score is remembered when their sessions are over: about 80 KiB.
// When it is reached the lowest makes room.
const MaxScores = 1024

// scores remembers what a place has done wrong from one session to the next, so that hanging up and
// calling again forgives nothing.
type scores struct {
	mu struct {
		sync.Mutex
		of map[netip.Prefix]score
	}
}

func newScores() *scores {
	s := &scores{}
	s.mu.of = make(map[netip.Prefix]score)
	return s
}

// take returns what is known of a place, for a session that begins.
func (s *scores) take(addr netip.Addr, now time.Time) score {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.mu.of[book.Place(addr)]
	if !ok {
		return score{since: now}
	}
	known.forgive(now)
	return known
}

// keep remembers what a session ended with, unless another session of the place ended with more.
func (s *scores) keep(addr netip.Addr, sc score, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := book.Place(addr)
	known, ok := s.mu.of[place]
	known.forgive(now)
	if sc.forgive(now); sc.points < known.points {
		sc = known
	}
	if sc.points == 0 {
		delete(s.mu.of, place)
		return
	}
	if !ok && len(s.mu.of) >= MaxScores {
		s.evict(now)
	}
	s.mu.of[place] = sc
}

// evict removes the lowest score, and all that were forgiven.
func (s *scores) evict(now time.Time) {
	var lowest netip.Prefix
	least := 0
	for p, sc := range s.mu.of {
		if sc.forgive(now); sc.points == 0 {
			delete(s.mu.of, p)
		} else if least == 0 || sc.points < least {
			lowest, least = p, sc.points
		}
	}
	if len(s.mu.of) >= MaxScores {
		delete(s.mu.of, lowest)
	}
}
