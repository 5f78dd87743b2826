package bt

import "fmt"

// SetPriorities changes how much files are wanted, by their index in [Torrent.Files]; the others keep what they
// have. Before the info is known it takes any index, and those that turn out not to exist are ignored. An error is of
// kind ErrMalformed: there is no such file or priority.
func (t *Torrent) SetPriorities(change map[int]Priority) error {
	if err := t.pieces.setPriorities(change); err != nil {
		return fmt.Errorf("torrent %x: %w", t.infohash, err)
	}
	return t.choose()
}

func checkPriorities(change map[int]Priority, files int) error {
	for f, prio := range change {
		if f < 0 || f >= files {
			return fmt.Errorf("%w: there is no file %d, of %d", ErrMalformed, f, files)
		}
		if prio < Skip || prio > High {
			return fmt.Errorf("%w: there is no priority %d", ErrMalformed, prio)
		}
	}
	return nil
}

// SetSequential makes pieces come in order: those that come next of what is wanted before all others.
func (t *Torrent) SetSequential(on bool) { t.pieces.setOrder(func(w *wish) { w.sequential = on }) }

// SetFirstLast makes the first and last piece of each wanted file come first, where players look.
func (t *Torrent) SetFirstLast(on bool) { t.pieces.setOrder(func(w *wish) { w.firstLast = on }) }
