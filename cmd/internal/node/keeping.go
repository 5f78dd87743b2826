package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ext/hold"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/keeper"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// checkEvery is how often the wallet's history is looked at, and checkMost how
	// many of its transactions others are asked about then: four challenges to each
	// of eight peers.
	checkEvery = time.Minute
	checkMost  = 256
	// announceTimeout bounds one announcement.
	announceTimeout = time.Minute
	// noBudget is how often a budget of nothing is looked at again.
	noBudget = time.Minute
)

// keeping keeps the transactions alive that the wallet's coins descend from: they are
// in the ledger, which the engine serves to whoever asks; here they are announced,
// within the budget, and others are challenged to show that they hold them too.
type keeping struct {
	ledger *ledger.Ledger
	file   string // of what was found out
	log    *slog.Logger
	// holders and announce are nil in a ledger without a node.
	holders  func(context.Context, []tx.ID) (map[tx.ID]int, error)
	announce func(context.Context, tx.Infohash) error
	budget   atomic.Int64 // announcements an hour
	rebudget chan struct{}
	checking chan struct{} // has one element while others are being asked

	mu      sync.Mutex
	duty    keeper.Duty
	unsaved bool // counts differ from the file
}

func newKeeping(l *ledger.Ledger, file string, log *slog.Logger) *keeping {
	k := &keeping{ledger: l, file: file, log: log, rebudget: make(chan struct{}, 1), checking: make(chan struct{}, 1)}
	k.recall()
	return k
}

// setBudget changes the announcements an hour.
func (k *keeping) setBudget(perHour int) {
	k.budget.Store(int64(perHour))
	select {
	case k.rebudget <- struct{}{}:
	default:
	}
}

// refresh looks for what the coins of this moment descend from. What is being spent
// stands in its spender's change, if that is ours.
func (k *keeping) refresh() {
	var coins []keeper.Coin
	for _, c := range k.ledger.Coins() {
		if c.Spender == nil {
			coins = append(coins, keeper.Coin{Outpoint: c.Outpoint, Amount: c.Amount})
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ledger.Read(func(d *dag.DAG) {
		k.duty.Update(coins, func(id tx.ID) (parents []tx.ID) {
			for _, in := range d.Inputs(id) {
				parents = append(parents, in.Tx)
			}
			return parents
		})
	})
}

// runChecks asks others, a few at a time, until ctx ends.
func (k *keeping) runChecks(ctx context.Context) {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := k.check(ctx, checkMost, false); err != nil && ctx.Err() == nil {
				k.log.Debug("nobody was asked who holds the wallet's history", "err", err)
			}
		}
	}
}

// check asks others about up to most transactions: those that are due, or all.
func (k *keeping) check(ctx context.Context, most int, all bool) error {
	select {
	case k.checking <- struct{}{}:
		defer func() { <-k.checking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	k.refresh()
	k.mu.Lock()
	ids := k.duty.DueChecks(time.Now(), most, all)
	k.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	counts, err := k.holders(ctx, ids)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.duty.Checked(counts, time.Now())
	k.unsaved = true
	return nil
}

// runAnnounces announces one transaction after the other, spread over the hour, until
// ctx ends.
func (k *keeping) runAnnounces(ctx context.Context) {
	timer := time.NewTimer(k.pause())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.rebudget:
		case <-timer.C:
			if k.budget.Load() > 0 {
				k.announceNext(ctx)
			}
		}
		timer.Reset(k.pause())
	}
}

// pause is the time between two announcements.
func (k *keeping) pause() time.Duration {
	if n := k.budget.Load(); n > 0 {
		return time.Hour / time.Duration(n)
	}
	return noBudget
}

// announceNext announces what is due most.
func (k *keeping) announceNext(ctx context.Context) {
	k.refresh()
	k.mu.Lock()
	id, due := k.duty.NextAnnounce(time.Now())
	k.mu.Unlock()
	if !due {
		return
	}
	t, err := k.ledger.Tx(id)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, announceTimeout)
		defer cancel()
		err = k.announce(ctx, t.Infohash())
	}
	if err != nil {
		if !errors.Is(err, bt.ErrNoDHT) {
			k.log.Debug("a transaction of the wallet's history was not announced", "txid", id, "err", err)
		}
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.duty.Announced(id, time.Now())
}

// Health implements api.Backend.
func (b *backend) Health(context.Context) (api.Health, error) {
	b.keeping.refresh()
	return b.keeping.report(), nil
}

// CheckHealth implements api.Backend.
func (b *backend) CheckHealth(ctx context.Context) (api.Health, error) {
	if b.service == nil {
		return api.Health{}, offline("only a running node can ask others what they hold")
	}
	err := b.keeping.check(ctx, keeper.MaxAncestors, true)
	if errors.Is(err, hold.ErrNobody) {
		return api.Health{}, &api.Error{Message: "no peer is connected that could be asked what it holds", Code: api.Offline,
			Hint: "see ttx peers; name one with: ttx node --peer HOST:PORT"}
	}
	return b.keeping.report(), err
}

// report is the state of the duty as the local interface tells it.
func (k *keeping) report() api.Health {
	k.mu.Lock()
	r := k.duty.Report(time.Now())
	k.mu.Unlock()
	h := api.Health{
		Coins: []api.CoinHealth{}, Ancestors: r.Ancestors, Announced: r.Announced,
		Budget: int(k.budget.Load()), Online: k.holders != nil, Enough: keeper.Enough,
	}
	if !r.CheckedAt.IsZero() {
		h.CheckedAt = r.CheckedAt.UnixMilli()
	}
	for _, c := range r.Coins {
		coin := api.CoinHealth{
			TxID: c.Outpoint.Tx.String(), Index: c.Outpoint.Index, Amount: api.Amount(c.Amount),
			History: c.History, More: c.More, HeldMin: c.HeldMin, Thin: c.Thin,
		}
		if c.HeldMin != keeper.Unknown {
			coin.Weakest = c.Weakest.String()
		}
		h.Coins = append(h.Coins, coin)
	}
	return h
}
