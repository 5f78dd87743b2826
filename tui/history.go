package tui

import "time"

const (
	// maxSamples is how many seconds of rates are kept of a torrent.
	maxSamples = 240
	// sampleEvery is the least time between two of them.
	sampleEvery = 900 * time.Millisecond
	// maxHistories bounds the torrents whose rates are kept: a window of the largest
	// list and as many that left it, 1,000 times 240 samples of 16 bytes, 4 MB.
	maxHistories = 2 * maxWindow
)

// history keeps the last rates of the torrents that were on the screen.
type history struct {
	of   map[string]*samples
	last time.Time
}

// samples are rates, the newest last.
type samples struct {
	down, up []int64
	at       time.Time
}

func newHistory() *history { return &history{of: map[string]*samples{}} }

// note keeps the rates of a snapshot. Torrents that were not seen for long give way.
func (h *history) note(now time.Time, list []Torrent) {
	if now.Sub(h.last) < sampleEvery {
		return
	}
	h.last = now
	for i := range list {
		h.add(now, &list[i])
	}
	for id, s := range h.of {
		if len(h.of) <= maxHistories {
			break
		}
		if s.at.Before(now) {
			delete(h.of, id)
		}
	}
}

func (h *history) add(now time.Time, t *Torrent) {
	s := h.of[t.ID]
	if s == nil {
		s = &samples{}
		h.of[t.ID] = s
	}
	s.at = now
	s.down, s.up = keep(s.down, t.Down), keep(s.up, t.Up)
}

// keep appends a value and lets the oldest go.
func keep(values []int64, v int64) []int64 {
	if len(values) == maxSamples {
		copy(values, values[1:])
		values = values[:maxSamples-1]
	}
	return append(values, v)
}

// rates are the last ones of a torrent.
func (h *history) rates(id string) (down, up []int64) {
	if s := h.of[id]; s != nil {
		return s.down, s.up
	}
	return nil, nil
}
