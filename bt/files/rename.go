package files

import (
	"context"
	"fmt"
)

// Rename gives a file another path, slash-separated, below the folder it is in. Reads and writes go on.
func (s *Store) Rename(ctx context.Context, index int, name string) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.canRename(index, name); err != nil {
		return err
	}
	f, left := &s.files[index], make(map[folder]bool)
	s.places.RLock()
	base := f.base
	s.places.RUnlock()
	if err := s.relocate(ctx, f, base, name, left); err != nil {
		return fmt.Errorf("renaming a file of %s: %w", s.info.Name, err)
	}
	if err := s.syncDirs(); err != nil {
		return fmt.Errorf("renaming a file of %s: %w", s.info.Name, err)
	}
	s.prune(left)
	return nil
}

func (s *Store) canRename(index int, name string) error {
	if index < 0 || index >= len(s.files) {
		return fmt.Errorf("%w: there is no file %d", ErrBadLayout, index)
	}
	if err := checkPath(name); err != nil {
		return err
	}
	names := make([]string, len(s.files))
	for i := range s.files {
		names[i] = s.files[i].name
	}
	names[index] = name
	return distinct(s.info, names)
}
