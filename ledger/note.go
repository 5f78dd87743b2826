package ledger

import (
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/ledger/store"
)

// notePrefix keeps notes apart from the ledger's own records in the store.
const notePrefix = "note/"

// Note returns a value that SetNote kept with the ledger, nil when there is
// none. It goes where the ledger goes: a restored copy has the notes of its day.
func (l *Ledger) Note(name string) ([]byte, error) {
	value, err := l.store.Meta(notePrefix + name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read note %s: %w", name, err)
	}
	return value, nil
}

// SetNote keeps a value with the ledger. It is on disk when SetNote returns.
func (l *Ledger) SetNote(name string, value []byte) error {
	if err := l.store.SetMeta(map[string][]byte{notePrefix + name: value}); err != nil {
		return fmt.Errorf("%w: note %s: %w", ErrStore, name, err)
	}
	return nil
}
