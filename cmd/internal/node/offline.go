package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// Offline is a folder's ledger without a node around it.
type Offline struct {
	*backend
	lock *config.Lock
}

// OpenOffline opens the ledger of a folder that no node runs on: for reading,
// what it holds; nothing is sent anywhere.
func OpenOffline(dir config.Folder, log *slog.Logger) (*Offline, error) {
	if _, err := os.Stat(dir.Ledger()); errors.Is(err, os.ErrNotExist) {
		return nil, offline("no node runs on " + string(dir) + ", and it has no ledger yet")
	}
	file, err := dir.Network()
	if err != nil {
		return nil, err
	}
	var watch []tx.Key
	switch w, err := wallet.Open(string(dir)); {
	case err == nil:
		watch = w.Keys()
	case !errors.Is(err, wallet.ErrNoWallet):
		return nil, err
	}
	lock, err := dir.Lock()
	if err != nil {
		return nil, err
	}
	l, err := OpenLedger(dir, file.Genesis, watch, log)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return &Offline{&backend{ledger: l, peers: func() []string { return nil }}, lock}, nil
}

// Close gives the folder back.
func (o *Offline) Close() error { return errors.Join(o.ledger.Close(), o.lock.Release()) }

// GenesisByMagnet fetches the genesis that a magnet link names from the swarm,
// and returns its network file.
func GenesisByMagnet(ctx context.Context, link string, log *slog.Logger) ([]byte, error) {
	m, err := tx.ParseMagnet(link)
	if err != nil {
		return nil, err
	}
	engine, err := bt.Open(bt.Config{DHT: true, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("start the torrent engine: %w", err)
	}
	defer closeEngine(engine) //nolint:errcheck // what was fetched is what counts
	_, data, err := engine.FetchSmall(ctx, m.Infohash, addresses(m.Peers), tx.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("fetch the genesis: %w", err)
	}
	genesis, err := tx.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("the torrent is not a transaction: %w", err)
	}
	if m.ID != (tx.ID{}) && genesis.ID() != m.ID {
		return nil, fmt.Errorf("the torrent is not the transaction %s that the link names", m.ID)
	}
	return (&tx.File{Genesis: genesis, Tx: genesis, Peers: m.Peers}).Encode()
}
