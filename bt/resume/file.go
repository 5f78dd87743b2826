package resume

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write writes a record to a file that is there whole or as it was, whatever happens, and is durable when it
// returns.
func Write(name string, r *Record) error {
	if err := replace(name, r.Encode()); err != nil {
		return fmt.Errorf("keeping a resume record: %w", err)
	}
	return nil
}

// replace writes beside the file and renames. Nothing is left of a failure.
func replace(name string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return commit(f.Name(), name)
}

// commit renames a file and makes that durable.
func commit(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Read reads a record. The error is of kind [ErrDamaged] when there is one that cannot be read.
func Read(name string) (*Record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading a resume record: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading a resume record: %w", err)
	}
	r, err := Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
