package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

func (a *app) folder() (config.Folder, error) { return config.Choose(a.dir) }

// dial finds the running node.
func (a *app) dial(ctx context.Context) (*api.Client, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	client, err := api.Dial(ctx, string(dir))
	if err != nil {
		return nil, quiet(err)
	}
	return client, nil
}

// quiet leaves out of a missing node's error how the socket could not be
// reached: the message says what it means.
func quiet(err error) error {
	var e *api.Error
	if errors.As(err, &e) && e.Code == api.NoNode {
		return e
	}
	return err
}

// source is where a command reads: the running node, else the folder's ledger.
type source interface {
	api.Backend
	io.Closer
}

func (a *app) open(ctx context.Context) (source, error) {
	client, err := a.dial(ctx)
	if err == nil {
		return client, nil
	}
	if !isNoNode(err) {
		return nil, err
	}
	return a.openOffline(err)
}

// openOffline opens the folder's ledger; without one the missing node is what
// there is to tell.
func (a *app) openOffline(noNode error) (source, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	keys, err := watchedKeys(dir)
	if err != nil {
		return nil, err
	}
	offline, err := node.OpenOffline(dir, keys, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noNode
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger without a node: %w", err)
	}
	return offline, nil
}

// watchedKeys are the wallet's, none without a wallet.
func watchedKeys(dir config.Folder) ([]tx.Key, error) {
	watch, err := wallet.Open(string(dir))
	if errors.Is(err, wallet.ErrNoWallet) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return watch.Keys(), nil
}

// read runs a command that only reads.
func (a *app) read(ctx context.Context, f func(api.Backend) error) error {
	b, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(b), b.Close())
}

// online runs a command that needs the running node.
func (a *app) online(ctx context.Context, f func(*api.Client) error) error {
	client, err := a.dial(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(client), client.Close())
}

// wallet opens the folder's wallet, locked.
func (a *app) wallet() (*wallet.Watch, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	return wallet.Open(string(dir))
}

// locked runs f while no node can run on the folder.
func (a *app) locked(f func(config.Folder) error) error {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	lock, err := dir.Borrow()
	if err != nil {
		return err
	}
	return errors.Join(f(dir), lock.Release())
}

// register tells a running node, if there is one, of the wallet's addresses:
// the wallet may be younger than the node.
func (a *app) register(ctx context.Context, w *wallet.Watch) error {
	err := a.online(ctx, func(c *api.Client) error { return pay.Register(ctx, c, w.Keys()) })
	if isNoNode(err) {
		return nil
	}
	return err
}
