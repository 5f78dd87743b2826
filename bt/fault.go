package bt

import "fmt"

// fail pauses the torrent with a reason that [Torrent.Fault] gives until [Torrent.Resume]. It does not wait. The first
// reason stays.
func (t *Torrent) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.fault != nil {
		return
	}
	t.mu.fault = fmt.Errorf("%w: %w", ErrStorage, err)
	close(t.mu.faulted)
	t.mu.paused = true
	if t.mu.stop != nil {
		t.mu.stop()
	}
	t.turn()
	t.e.log.Warn("a torrent is paused: its files cannot be used", "name", t.mu.name, "err", err)
}

// forgive forgets the reason. t.mu is held.
func (t *Torrent) forgive() {
	if t.mu.fault == nil {
		return
	}
	t.mu.fault = nil
	t.mu.faulted = make(chan struct{})
	t.pieces.ripen()
}

// Fault is why the torrent was paused by itself: an error of kind [ErrStorage] that names the file, or of kind
// files.ErrNoSpace; nil if it was not. What was received stays. [Torrent.Resume] tries again.
func (t *Torrent) Fault() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.fault
}

// Faulted is closed while there is a [Torrent.Fault]. After Resume another channel takes its place.
func (t *Torrent) Faulted() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.faulted
}
