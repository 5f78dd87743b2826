package bt

import (
	"context"
	"fmt"
	"maps"

	"github.com/torrenttx/ttx/bt/files"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// info is the torrent's info, nil until it is known.
func (t *Torrent) info() *checked.Info {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.content == nil {
		return nil
	}
	return t.mu.content.Info
}

// files is the torrent's storage, nil until the info is known and what is there was checked.
func (t *Torrent) files() *files.Store { return t.depot.files() }

// Layout is where the files lie.
func (t *Torrent) Layout() files.Layout {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.mu.layout
	l.Rename = maps.Clone(l.Rename)
	return l
}

// layoutFor is the layout with files numbered as in the info: padding counts there.
func (t *Torrent) layoutFor(info *checked.Info) (files.Layout, error) {
	l := t.Layout()
	names := l.Rename
	l.Rename = make(map[int]string, len(names))
	for f, name := range names {
		i, err := numberOf(info, f)
		if err != nil {
			return l, err
		}
		l.Rename[i] = name
	}
	return l, nil
}

// numberOf is the index in the info of a file of [Torrent.Files].
func numberOf(info *checked.Info, file int) (int, error) {
	at := file
	for i := range info.Files {
		if info.Files[i].Pad {
			continue
		}
		if at == 0 {
			return i, nil
		}
		at--
	}
	return 0, fmt.Errorf("%w: there is no file %d", ErrMalformed, file)
}

// Move moves the torrent's files below dir, which is where it lies from then on; it goes on up and down meanwhile. Before
// that a client keeps dir as Layout.MovingTo, so that after a crash in the middle all is found. It may be called again
// after an error, or back. An error is of kind [ErrStorage], files.ErrExists among them.
func (t *Torrent) Move(ctx context.Context, dir string) error {
	release, err := t.takeFiles(ctx) // else they could be opened where they no longer belong
	if err != nil {
		return fmt.Errorf("moving %s: %w", t.Name(), err)
	}
	defer release()
	t.mu.Lock()
	from := t.mu.layout.Dir
	t.mu.layout.MovingTo = dir
	t.mu.Unlock()
	if store := t.files(); store != nil {
		if err := store.Move(ctx, dir); err != nil {
			return fmt.Errorf("%w: %w", ErrStorage, err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.layout.Dir, t.mu.layout.MovingTo = dir, ""
	if t.mu.layout.Incomplete == dir {
		t.mu.layout.Incomplete = ""
	}
	t.e.log.Info("a torrent was moved", "name", t.mu.name, "from", from, "to", dir)
	return nil
}

// Rename gives a file, by its index in [Torrent.Files], another path below the torrent's folder: slash-separated, with
// the folder of the torrent in it.
func (t *Torrent) Rename(ctx context.Context, file int, name string) error {
	store, err := t.awaitFiles(ctx)
	if err == nil && store == nil {
		err = ErrNoInfo
	}
	if err != nil {
		return fmt.Errorf("renaming a file: %w", err)
	}
	i, err := numberOf(t.info(), file)
	if err != nil {
		return err
	}
	if err := store.Rename(ctx, i, name); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	names := maps.Clone(t.mu.layout.Rename)
	if names == nil {
		names = make(map[int]string)
	}
	names[file] = name
	t.mu.layout.Rename = names
	return nil
}

// finishFiles puts the files where they belong when everything wanted is there, and then lets the torrent be done.
func (t *Torrent) finishFiles(store *files.Store) {
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-t.pieces.ripe:
		}
		if !t.pieces.isRipe() {
			continue
		}
		if err := store.Finish(t.ctx); err != nil {
			if t.ctx.Err() == nil {
				t.fail(err)
			}
			continue
		}
		t.pieces.seal()
	}
}

// choose tells the storage which files are made.
func (t *Torrent) choose() error {
	t.choosing.Lock()
	defer t.choosing.Unlock()
	store := t.files()
	if store == nil {
		return nil
	}
	if err := store.Want(t.ctx, t.pieces.skips()); err != nil {
		t.fail(err)
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return nil
}
