package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

// livePause is the time between two payments of a network that is being looked at.
const livePause = time.Second

// Seat is where somebody sits who looks at a demo.
type Seat struct {
	// Dir is the first node's data folder.
	Dir string
	// Passphrase opens its wallet, Payee is an address of another node.
	Passphrase, Payee string
}

// Live makes the demo's network, tells the demo's story on it and lets its nodes go
// on paying each other, while show has the seat. It ends when show returns.
func Live(ctx context.Context, opts Options, show func(context.Context, Seat) error) error {
	if err := opts.check(); err != nil {
		return err
	}
	w, err := build(opts)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.startAll(ctx); err != nil {
		return fmt.Errorf("start the nodes: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := w.live(ctx); err != nil && !errors.Is(err, context.Canceled) {
			opts.Progress("the demo's network pays no more: %v", err)
		}
	})
	err = show(ctx, Seat{w.members[0].dir, passphrase, tx.EncodeAddress(w.members[1].address())})
	cancel()
	wg.Wait()
	return err
}

// live is the story and then a payment a second, from everybody in turn but the
// first: its wallet is the person's who looks, whose own payment would lose its
// coins to ours while it is typed.
func (w *world) live(ctx context.Context) error {
	if err := w.payAll(ctx); err != nil {
		return err
	}
	if _, err := w.doubleSpend(ctx); err != nil {
		return err
	}
	if _, err := w.lateNode(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(livePause)
	defer tick.Stop()
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if i == w.opts.Nodes { // the late one has nothing to pay with yet
			i = 1
		}
		if err := w.payFrom(ctx, i, w.members[i], 1); err != nil {
			return err
		}
	}
}

// Passphrase opens the wallets of a demo.
const Passphrase = passphrase
