package resume

import (
	"fmt"
	"io"
	"os"

	"github.com/torrenttx/ttx/bt/durable"
)

// Write writes a record to a file that is there whole or as it was, whatever happens, and is durable when it
// returns.
func Write(name string, r *Record) error {
	if err := durable.Replace(name, r.Encode()); err != nil {
		return fmt.Errorf("keeping a resume record: %w", err)
	}
	return nil
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
