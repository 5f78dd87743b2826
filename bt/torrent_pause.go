package bt

import "context"

// Pause closes the torrent's connections and files and stops announces and uploads; it returns when that is done.
// What is known of the torrent stays, blocks of unfinished pieces excepted, which are fetched again. A paused torrent
// costs its infohash, its info and two bits a piece.
func (t *Torrent) Pause() {
	t.mu.Lock()
	if !t.mu.paused {
		t.mu.paused = true
		t.turn()
	}
	if t.mu.stop != nil {
		t.mu.stop()
	}
	for t.mu.paused && t.mu.stop != nil {
		changed := t.mu.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-t.ended:
			return
		}
		t.mu.Lock()
	}
	t.mu.Unlock()
}

// Resume ends a pause, also one that a [Torrent.Fault] made. It does not wait.
func (t *Torrent) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.paused {
		t.mu.paused = false
		t.forgive()
		t.turn()
	}
}

// Paused says whether the torrent is paused.
func (t *Torrent) Paused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.paused
}

// turn tells those who wait that something changed. t.mu is held.
func (t *Torrent) turn() {
	close(t.mu.changed)
	t.mu.changed = make(chan struct{})
}

// nextRound waits while the torrent is paused and returns the context of a round, or false at the end of the torrent.
func (t *Torrent) nextRound() (context.Context, bool) {
	for {
		t.mu.Lock()
		if !t.mu.paused && !t.mu.held && t.ctx.Err() == nil {
			ctx, stop := context.WithCancel(t.ctx)
			t.mu.stop = stop
			t.turn()
			t.mu.Unlock()
			return ctx, true
		}
		changed := t.mu.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-t.ctx.Done():
			return nil, false
		}
	}
}

// endRound takes the torrent out of the library. What it counted is kept.
func (t *Torrent) endRound() {
	s := t.slot()
	var last counts
	if s.t != nil {
		last = countsOf(s.t)
	}
	parked := t.e.park(s)
	t.pieces.forgetPartial()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.s = parked
	t.mu.past = t.mu.past.plus(last)
	t.mu.stop()
	t.mu.stop = nil
	t.turn()
}

// Seed allows or forbids uploading; it is allowed at first.
func (t *Torrent) Seed(allow bool) {
	t.mu.Lock()
	t.mu.mute = !allow
	t.mu.Unlock()
	s := t.slot()
	if !s.live() {
		return
	}
	if allow {
		s.t.AllowDataUpload()
	} else {
		s.t.DisallowDataUpload()
	}
}
