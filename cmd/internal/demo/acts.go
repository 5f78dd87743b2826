package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ext/fetch"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// amount is what each payment moves.
const amount = tx.TTX

// payAll lets every node pay others at the same time, and waits until all of
// it is confirmed everywhere.
func (w *world) payAll(ctx context.Context) error {
	began := time.Now()
	g, paying := errgroup.WithContext(ctx)
	for i, m := range w.members {
		count := w.opts.Payments / len(w.members)
		if i < w.opts.Payments%len(w.members) {
			count++
		}
		g.Go(func() error { return w.payFrom(paying, i, m, count) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	w.opts.Progress("%d payments accepted in %.1f s", w.opts.Payments, time.Since(began).Seconds())
	if err := w.await(ctx, w.allConfirmed); err != nil {
		return fmt.Errorf("confirmation: %w", err)
	}
	w.opts.Progress("all of them confirmed on %d nodes after %.1f s", len(w.members), time.Since(began).Seconds())
	return nil
}

// payFrom makes one node's payments, one after the other. Out of coins, it
// waits for its change.
func (w *world) payFrom(ctx context.Context, i int, m *member, count int) error {
	for k := range count {
		var raw []byte
		request := m.request(w.other(i), amount, fmt.Sprintf("payment %d of %s", k+1, m.name))
		var err error
		ready := func(ctx context.Context) bool {
			raw, err = m.sign(ctx, request)
			return !errors.Is(err, wallet.ErrInsufficient)
		}
		if waitErr := w.await(ctx, ready); waitErr != nil {
			return fmt.Errorf("%s waits for coins: %w", m.name, waitErr)
		}
		if err != nil {
			return fmt.Errorf("%s pays: %w", m.name, err)
		}
		done, err := m.node.Backend().Submit(ctx, raw)
		if err != nil {
			return fmt.Errorf("%s pays: %w", m.name, err)
		}
		m.paid = append(m.paid, done.TxID)
	}
	return nil
}

// sign prepares and signs a payment.
func (m *member) sign(ctx context.Context, r pay.Request) ([]byte, error) {
	plan, err := pay.Prepare(ctx, m.node.Backend(), r)
	if err != nil {
		return nil, err
	}
	return plan.Sign(m.keys)
}

func (w *world) allConfirmed(ctx context.Context) bool {
	want := uint64(w.opts.Payments) + 1
	for _, m := range w.members {
		if status, err := m.node.Backend().Status(ctx); err != nil || status.Confirmed < want {
			return false
		}
	}
	return true
}

// doubleSpend lets the first node spend one coin twice: two conflicting
// transfers, released at two nodes at the same time.
func (w *world) doubleSpend(ctx context.Context) (DoubleSpend, error) {
	if err := w.await(ctx, w.agree); err != nil {
		return DoubleSpend{}, fmt.Errorf("the nodes are not in step: %w", err)
	}
	cheat, last := w.members[0], w.members[len(w.members)-1]
	a, b, err := cheat.twice(ctx, w.members[1], last)
	if err != nil {
		return DoubleSpend{}, err
	}
	began := time.Now()
	g, submitting := errgroup.WithContext(ctx)
	g.Go(func() error { return cheat.release(submitting, a) })
	g.Go(func() error { return last.release(submitting, b) })
	if err := g.Wait(); err != nil {
		return DoubleSpend{}, err
	}
	idA, _ := tx.Identify(a)
	idB, _ := tx.Identify(b)
	d := DoubleSpend{A: idA.String(), B: idB.String()}
	w.opts.Progress("double spend: %.12s released at %s, %.12s at %s", d.A, cheat.name, d.B, last.name)
	if err := w.await(ctx, func(ctx context.Context) bool { return w.decided(ctx, d) }); err != nil {
		return d, fmt.Errorf("no decision: %w", err)
	}
	w.opts.Progress("double spend decided everywhere after %.1f s", time.Since(began).Seconds())
	return d, nil
}

// release hands a transfer to m's node. It may wait there for a parent that is
// still on its way between the nodes.
func (m *member) release(ctx context.Context, raw []byte) error {
	_, err := m.node.Backend().Submit(ctx, raw)
	if errors.Is(err, api.Unsolid) {
		return nil
	}
	return err
}

// twice signs two spends of one coin, to two payees.
func (m *member) twice(ctx context.Context, to, other *member) (a, b []byte, err error) {
	coins, err := pay.Coins(ctx, m.node.Backend(), m.watch.Issued())
	if err != nil {
		return nil, nil, err
	}
	var one []wallet.Coin
	for _, c := range coins {
		if c.Spendable && c.Status == wallet.Confirmed && c.Amount > 2*amount {
			one = []wallet.Coin{c}
			break
		}
	}
	if a, err = m.signFrom(ctx, to, "to one", one); err != nil {
		return nil, nil, err
	}
	b, err = m.signFrom(ctx, other, "to another", one)
	return a, b, err
}

func (m *member) signFrom(ctx context.Context, to *member, memo string, coins []wallet.Coin) ([]byte, error) {
	plan, err := pay.PrepareFrom(ctx, m.node.Backend(), m.request(to, amount, memo), coins)
	if err != nil {
		return nil, err
	}
	return plan.Sign(m.keys)
}

// decided reports whether every node has settled the double spend, whichever
// way.
func (w *world) decided(ctx context.Context, d DoubleSpend) bool {
	for _, m := range w.members {
		for _, id := range []string{d.A, d.B} {
			if s := m.status(ctx, id); s != api.StatusConfirmed && s != api.StatusRejected {
				return false
			}
		}
	}
	return true
}

// lateNode starts a node that has nothing but one transaction's .torrent, and
// waits until it holds what the others hold.
func (w *world) lateNode(ctx context.Context) (LateNode, error) {
	if err := w.lateFile(ctx); err != nil {
		return LateNode{}, err
	}
	m, err := newMember(w.dir, "late")
	if err != nil {
		return LateNode{}, err
	}
	began := time.Now()
	if err := w.startFromFile(m, filepath.Join(w.dir, lateName)); err != nil {
		return LateNode{}, err
	}
	w.members = append(w.members, m)
	w.opts.Progress("late node starts with %s alone", lateName)
	// It is in step a moment before it hears itself what came from where.
	inStep := func(ctx context.Context) bool { return w.agree(ctx) && m.node.FirstFrom() != "" }
	if err := w.await(ctx, inStep); err != nil {
		return LateNode{}, fmt.Errorf("catch up: %w", err)
	}
	late := LateNode{From: m.node.FirstFrom(), Seconds: time.Since(began).Seconds()}
	if late.From != fetch.Source {
		return late, fmt.Errorf("%w: the first transaction came by %q, not by torrent", ErrDisagree, late.From)
	}
	w.opts.Progress("late node in step after %.1f s", late.Seconds)
	return late, nil
}

// lateName is the file that the late node starts from.
const lateName = "late.torrent"

// lateFile writes the .torrent of a payment, without its bytes.
func (w *world) lateFile(ctx context.Context) error {
	m := w.members[1]
	raw, err := m.node.Backend().Raw(ctx, m.paid[len(m.paid)-1])
	if err != nil {
		return err
	}
	file := &tx.File{Genesis: w.genesis, Info: tx.InfoBytes(raw)}
	for _, seeder := range w.members[:2] {
		file.Peers = append(file.Peers, seeder.addr().String())
	}
	b, err := file.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, lateName), b, 0o600)
}

// startFromFile starts a node as `ttx node --network FILE` does.
func (w *world) startFromFile(m *member, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := config.Folder(m.dir).Join(b)
	if err != nil {
		return err
	}
	var opts node.Options
	opts.UseFile(file)
	return w.start(m, opts)
}
