package lsd

import "time"

// Pauses of BEP 14.
const (
	// MessageEvery is the least pause between two messages, TorrentEvery between two of one torrent.
	MessageEvery = time.Minute
	TorrentEvery = 5 * time.Minute
)

// schedule is which torrent is announced when. Those that never were come first, then the longest ago.
type schedule struct {
	torrents map[[20]byte]time.Time // of the last announce, zero if none
	last     time.Time              // of the last message
}

// next is the infohashes to announce now, and how long there are none otherwise; 0 is for ever.
func (s *schedule) next(now time.Time) (list [][20]byte, wait time.Duration) {
	if wait := s.last.Add(MessageEvery).Sub(now); !s.last.IsZero() && wait > 0 && len(s.torrents) > 0 {
		return nil, wait
	}
	soonest := time.Time{}
	for h, at := range s.torrents {
		due := at.Add(TorrentEvery)
		switch {
		case at.IsZero() || !due.After(now):
			list = append(list, h)
		case soonest.IsZero() || due.Before(soonest):
			soonest = due
		}
	}
	list = s.oldest(list)
	if len(list) > 0 {
		return list, MessageEvery
	}
	if soonest.IsZero() {
		return nil, 0
	}
	return nil, soonest.Sub(now)
}

// oldest is the MaxInfohashes of a list that were announced the longest ago.
func (s *schedule) oldest(list [][20]byte) [][20]byte {
	for i := range list[:min(len(list), MaxInfohashes)] {
		for j := i + 1; j < len(list); j++ {
			if s.torrents[list[j]].Before(s.torrents[list[i]]) {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return list[:min(len(list), MaxInfohashes)]
}

// renew makes all torrents due, as on a network that has not heard of them.
func (s *schedule) renew() {
	for h := range s.torrents {
		s.torrents[h] = time.Time{}
	}
}

// sent notes an announce.
func (s *schedule) sent(now time.Time, list [][20]byte) {
	s.last = now
	for _, h := range list {
		if _, ok := s.torrents[h]; ok {
			s.torrents[h] = now
		}
	}
}
