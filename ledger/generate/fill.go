package generate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// ErrOther means that a ledger holds what this generator does not make.
var ErrOther = errors.New("the ledger holds other transactions than this seed makes")

// ahead is how many rounds are signed and offered while earlier ones are still
// being verified.
const ahead = 8

// Fill adds rounds to a ledger of the generator's network until it holds at
// least n transactions. It takes up first what an earlier Fill made there, so
// the generator must be new. After each round it calls progress with the
// number of transactions.
//
// The transactions are offered like anybody's: all are verified, and on disk
// when Fill returns.
func Fill(ctx context.Context, l *ledger.Ledger, g *Generator, n uint64, progress func(done uint64)) error {
	done, err := g.resume(l)
	if err != nil {
		return err
	}
	var offers []*ledger.Offer
	for done < n || len(offers) > 0 {
		if done >= n || len(offers) == ahead {
			if err := settle(ctx, offers[0]); err != nil {
				return err
			}
			offers = offers[1:]
			progress(l.Snapshot().Transactions())
			continue
		}
		txs, err := g.Round()
		if err != nil {
			return err
		}
		raws := make([][]byte, len(txs))
		for i, t := range txs {
			raws[i] = t.Raw()
		}
		offer, err := l.Offer(ctx, "generate", raws...)
		if err != nil {
			return fmt.Errorf("generate: %w", err)
		}
		offers, done = append(offers, offer), done+uint64(len(txs))
	}
	return nil
}

// settle waits until a round is on disk. What was there already is from a Fill
// that was interrupted.
func settle(ctx context.Context, offer *ledger.Offer) error {
	outcomes, err := offer.Wait(ctx)
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	for _, o := range outcomes {
		if o.Verdict != ledger.Accepted && o.Verdict != ledger.Known {
			return fmt.Errorf("generate: the ledger refused %s: %w", o.ID, o.Err)
		}
	}
	return nil
}

// resume takes up the rounds that the ledger holds, but for the last one, which
// may be incomplete and is made again. It returns how many transactions they
// have, the genesis included.
func (g *Generator) resume(l *ledger.Ledger) (uint64, error) {
	var ids []tx.ID
	l.Read(func(d *dag.DAG) { ids = slices.Collect(d.From(1)) })
	if err := g.same(ids); err != nil {
		return 0, err
	}
	done, batch := uint64(1), []*tx.Tx(nil)
	for _, id := range ids {
		t, err := l.Tx(id)
		if err != nil {
			return 0, fmt.Errorf("generate: read what is there: %w", err)
		}
		if len(batch) > 0 && roundOf(t) != roundOf(batch[0]) {
			g.round++
			g.take(batch)
			done, batch = done+uint64(len(batch)), nil
		}
		batch = append(batch, t)
	}
	return done, nil
}

// same makes the first round and compares it with what the ledger holds: from
// then on everything follows from the seed.
func (g *Generator) same(ids []tx.ID) error {
	txs, err := g.next()
	if err != nil {
		return err
	}
	g.round--
	for i := range min(len(ids), len(txs)) {
		if ids[i] != txs[i].ID() {
			return fmt.Errorf("generate: %w", ErrOther)
		}
	}
	return nil
}
