package node

import (
	"errors"
	"log/slog"
	"os"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Offline is a folder's ledger opened without a node around it. It makes no
// payment; proofs it takes.
type Offline struct {
	*backend
	lock *config.Lock
}

var _ api.Backend = (*Offline)(nil)

// OpenOffline opens the ledger of a folder on which no node runs. Errors are
// config.ErrLocked, os.ErrNotExist when the folder holds no ledger, or those
// of the store. The caller closes it.
func OpenOffline(dir config.Folder, watch []tx.Key, log *slog.Logger) (*Offline, error) {
	if _, err := os.Stat(dir.Ledger()); err != nil {
		return nil, err
	}
	return MakeOffline(dir, watch, log)
}

// MakeOffline is OpenOffline for a folder that may have no ledger yet: it gets
// one of its network.
func MakeOffline(dir config.Folder, watch []tx.Key, log *slog.Logger) (*Offline, error) {
	file, err := dir.Network()
	if err != nil {
		return nil, err
	}
	lock, err := dir.Borrow()
	if err != nil {
		return nil, err
	}
	l, err := OpenLedger(dir, file.Genesis, watch, log)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	b := newBackend(l, dir, slog.New(slog.DiscardHandler))
	b.peers = func() []string { return nil }
	return &Offline{backend: b, lock: lock}, nil
}

// Close closes the ledger and gives the folder back.
func (o *Offline) Close() error {
	return errors.Join(o.ledger.Close(), o.lock.Release())
}
