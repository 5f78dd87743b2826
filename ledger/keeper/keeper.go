// Package keeper is the duty of who holds coins: to keep the transactions alive that
// each coin descends from, so that whoever is paid with it can follow it back. It
// knows which ones those are, which to announce and to ask others about next, and
// which coins have a history that few others hold.
//
// The package is pure: time comes in as a value, and a caller guards a Duty.
package keeper

import (
	"cmp"
	"slices"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// MaxCoins bounds the coins that are looked after, the largest first, and
	// MaxAncestors the transactions that they descend from, the nearest first: 80
	// bytes each here, and less than half a second to count them in.
	MaxCoins     = 1000
	MaxAncestors = 4096
	// Enough is how many others shall hold each transaction: less is thin. One may
	// be gone, and one may lie.
	Enough = 3
	// AnnounceAgain is when an announcement is due again: nodes of the DHT forget
	// it after half an hour (BEP 5).
	AnnounceAgain = 30 * time.Minute
	// CheckAgain is when others are asked again whether they hold a transaction.
	CheckAgain = 10 * time.Minute
)

// Unknown is the count of what nobody was asked about yet.
const Unknown = -1

// Coin is an output that the wallet owns. Amount is in base units.
type Coin struct {
	Outpoint tx.Outpoint
	Amount   uint64
}

// ancestor is a transaction that must stay available.
type ancestor struct {
	id        tx.ID
	parents   []int32   // those it spends from, as far as they are kept
	more      bool      // it has others
	holders   int       // Unknown before it was checked
	checked   time.Time // zero for never, as below
	announced time.Time
}

// Duty is what a wallet has to keep. The zero value has no coins.
type Duty struct {
	coins []Coin
	// of has the transaction of each coin, in ancestors; -1 where there was no room.
	of        []int32
	ancestors []ancestor // nearest first
	index     map[tx.ID]int32
	checkedAt time.Time
}

// Update looks for what coins descend from. parents returns the transactions that one
// spends from; what was found out about those still needed is kept.
func (d *Duty) Update(coins []Coin, parents func(tx.ID) []tx.ID) {
	coins = slices.Clone(coins)
	slices.SortStableFunc(coins, func(a, b Coin) int { return cmp.Compare(b.Amount, a.Amount) })
	old := *d
	*d = Duty{coins: coins[:min(len(coins), MaxCoins)], index: make(map[tx.ID]int32), checkedAt: old.checkedAt}
	for _, c := range d.coins {
		d.of = append(d.of, d.add(&old, c.Outpoint.Tx))
	}
	for i := 0; i < len(d.ancestors); i++ { // it grows meanwhile: breadth first
		for _, p := range parents(d.ancestors[i].id) {
			at := d.add(&old, p)
			if at < 0 {
				d.ancestors[i].more = true
				continue
			}
			d.ancestors[i].parents = append(d.ancestors[i].parents, at)
		}
	}
}

// add returns the place of a transaction, -1 when there is no room for it.
func (d *Duty) add(old *Duty, id tx.ID) int32 {
	if at, ok := d.index[id]; ok {
		return at
	}
	if len(d.ancestors) == MaxAncestors {
		return -1
	}
	a := ancestor{id: id, holders: Unknown}
	if at, ok := old.index[id]; ok {
		known := old.ancestors[at]
		a.holders, a.checked, a.announced = known.holders, known.checked, known.announced
	}
	at := int32(len(d.ancestors))
	d.index[id] = at
	d.ancestors = append(d.ancestors, a)
	return at
}

// DueChecks returns up to most transactions to ask others about, the longest
// unchecked first; at once all of them, else those that are due.
func (d *Duty) DueChecks(now time.Time, most int, all bool) []tx.ID {
	return d.due(most, func(a *ancestor) time.Time { return a.checked }, func(a *ancestor) bool {
		return all || a.checked.IsZero() || now.Sub(a.checked) >= CheckAgain
	})
}

func (d *Duty) due(most int, last func(*ancestor) time.Time, due func(*ancestor) bool) []tx.ID {
	var at []int
	for i := range d.ancestors {
		if due(&d.ancestors[i]) {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(i, j int) int { return last(&d.ancestors[i]).Compare(last(&d.ancestors[j])) })
	var ids []tx.ID
	for _, i := range at[:min(most, len(at))] {
		ids = append(ids, d.ancestors[i].id)
	}
	return ids
}

// Checked notes how many others hold transactions.
func (d *Duty) Checked(counts map[tx.ID]int, now time.Time) {
	for id, n := range counts {
		if at, ok := d.index[id]; ok {
			d.ancestors[at].holders, d.ancestors[at].checked = n, now
		}
	}
	d.checkedAt = now
}

// NextAnnounce returns the transaction whose announcement is due most: what fewest
// hold, then what was never announced or longest ago, then the nearest. ok is false
// when none is due.
func (d *Duty) NextAnnounce(now time.Time) (id tx.ID, ok bool) {
	best := -1
	for i := range d.ancestors {
		a := &d.ancestors[i]
		if !a.announced.IsZero() && now.Sub(a.announced) < AnnounceAgain {
			continue
		}
		if best < 0 || a.before(&d.ancestors[best]) {
			best = i
		}
	}
	if best < 0 {
		return tx.ID{}, false
	}
	return d.ancestors[best].id, true
}

func (a *ancestor) before(b *ancestor) bool {
	return cmp.Or(cmp.Compare(min(a.holders, Enough), min(b.holders, Enough)), a.announced.Compare(b.announced)) < 0
}

// Announced notes that a transaction was announced.
func (d *Duty) Announced(id tx.ID, now time.Time) {
	if at, ok := d.index[id]; ok {
		d.ancestors[at].announced = now
	}
}

// CoinHealth says how well the history of a coin is kept by others.
type CoinHealth struct {
	Coin
	// History counts the transactions that the coin descends from, its own and the
	// genesis included, as far as they are looked after; More is set when it goes on.
	History int
	More    bool
	// HeldMin is the least number of others that hold one of them, Unknown while none
	// was checked; Weakest is that one.
	HeldMin int
	Weakest tx.ID
	// Thin is set when that is less than Enough.
	Thin bool
}

// Report is the state of a Duty.
type Report struct {
	// Coins are the largest MaxCoins, the largest first.
	Coins []CoinHealth
	// Ancestors counts what is looked after for all of them, Announced what of it
	// was announced in the last AnnounceAgain.
	Ancestors, Announced int
	// CheckedAt is when others were asked last; zero for never.
	CheckedAt time.Time
}

// Report sums up.
func (d *Duty) Report(now time.Time) Report {
	r := Report{Ancestors: len(d.ancestors), CheckedAt: d.checkedAt}
	for i := range d.ancestors {
		if a := &d.ancestors[i]; !a.announced.IsZero() && now.Sub(a.announced) < AnnounceAgain {
			r.Announced++
		}
	}
	w := walk{seen: make([]int32, len(d.ancestors))}
	for i, c := range d.coins {
		r.Coins = append(r.Coins, d.health(c, d.of[i], &w))
	}
	return r
}

// walk is what the walks over all coins share: seen has the number of the walk that
// came by last.
type walk struct {
	number int32
	seen   []int32
	stack  []int32
}

// health follows one coin back: at most MaxCoins * MaxAncestors steps for all, 20 ms
// of them.
func (d *Duty) health(c Coin, from int32, w *walk) CoinHealth {
	h := CoinHealth{Coin: c, HeldMin: Unknown}
	if from < 0 {
		h.More = true
		return h
	}
	w.number++
	w.seen[from], w.stack = w.number, append(w.stack[:0], from)
	for len(w.stack) > 0 {
		a := &d.ancestors[w.stack[len(w.stack)-1]]
		w.stack = w.stack[:len(w.stack)-1]
		h.count(a)
		for _, p := range a.parents {
			if w.seen[p] != w.number {
				w.seen[p] = w.number
				w.stack = append(w.stack, p)
			}
		}
	}
	return h
}

func (h *CoinHealth) count(a *ancestor) {
	h.History++
	h.More = h.More || a.more
	if a.holders != Unknown && (h.HeldMin == Unknown || a.holders < h.HeldMin) {
		h.HeldMin, h.Weakest, h.Thin = a.holders, a.id, a.holders < Enough
	}
}
