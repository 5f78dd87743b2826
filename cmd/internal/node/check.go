package node

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/store"
)

// Checked is what CheckLedger found.
type Checked struct {
	ledger.CheckReport
	// Bytes is the size of the log.
	Bytes int64
	// NewMark is set when the mark behind the log's end was made anew.
	NewMark bool
}

// CheckLedger verifies the ledger of a folder on which no node runs, and makes
// anew what follows from its log when asked to. Errors are config.ErrLocked,
// os.ErrNotExist when the folder holds no ledger, and those of store.OpenDisk and
// ledger.Check.
func CheckLedger(ctx context.Context, dir config.Folder, opts ledger.CheckOptions, log *slog.Logger) (found Checked, err error) {
	if _, err := os.Stat(dir.Ledger()); err != nil {
		return found, err
	}
	file, err := dir.Network()
	if err != nil {
		return found, err
	}
	lock, err := dir.Borrow()
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	s, err := store.OpenDisk(dir.Ledger(), log)
	if errors.Is(err, store.ErrMark) && opts.Repair {
		if err := store.RepairDisk(dir.Ledger(), log); err != nil {
			return found, err
		}
		found.NewMark = true
		s, err = store.OpenDisk(dir.Ledger(), log)
	}
	if err != nil {
		return found, err
	}
	found.Bytes = s.Size()
	found.CheckReport, err = ledger.Check(ctx, ledger.Config{Genesis: file.Genesis, Store: s, Logger: log}, opts)
	return found, err
}
