package keeper

import (
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

func id(n int) tx.ID { return tx.ID{byte(n), byte(n >> 8), byte(n >> 16)} }

func coin(n int, amount uint64) Coin { return Coin{tx.Outpoint{Tx: id(n)}, amount} }

// graph has the parents of each transaction, by number.
type graph map[int][]int

func (g graph) parents(of tx.ID) (out []tx.ID) {
	for _, p := range g[int(of[0])|int(of[1])<<8|int(of[2])<<16] {
		out = append(out, id(p))
	}
	return out
}

var start = time.UnixMilli(1_700_000_000_000)

// diamond: 0 is the genesis, 4 and 5 have coins.
//
//	0 - 1 - 3 - 4
//	  \ 2 /   \ (5 spends from 2 alone)
func diamond() graph { return graph{1: {0}, 2: {0}, 3: {1, 2}, 4: {3}, 5: {2}} }

func TestHistoryOfCoins(t *testing.T) {
	var d Duty
	d.Update([]Coin{coin(5, 1), coin(4, 9)}, diamond().parents)
	r := d.Report(start)
	if r.Ancestors != 6 || len(r.Coins) != 2 || !r.CheckedAt.IsZero() {
		t.Fatalf("%+v", r)
	}
	for i, want := range []CoinHealth{
		{Coin: coin(4, 9), History: 5, HeldMin: Unknown},
		{Coin: coin(5, 1), History: 3, HeldMin: Unknown},
	} {
		if r.Coins[i] != want {
			t.Errorf("%+v, want %+v", r.Coins[i], want)
		}
	}
}

func TestTheWeakestAncestorCounts(t *testing.T) {
	var d Duty
	d.Update([]Coin{coin(4, 9), coin(5, 1)}, diamond().parents)
	d.Checked(map[tx.ID]int{id(0): 8, id(1): Enough - 1, id(2): Enough, id(3): 7, id(4): 5, id(99): 0}, start)
	r := d.Report(start)
	if c := r.Coins[0]; c.HeldMin != Enough-1 || !c.Thin || c.Weakest != id(1) {
		t.Errorf("%+v", c)
	}
	if c := r.Coins[1]; c.HeldMin != Enough || c.Thin {
		t.Errorf("%+v", c)
	}
	if !r.CheckedAt.Equal(start) {
		t.Errorf("checked at %v", r.CheckedAt)
	}
	// A coin is spent and another comes: what is known of the rest stays.
	d.Update([]Coin{coin(5, 1), coin(6, 2)}, graph{6: {1}, 1: {0}, 2: {0}, 5: {2}}.parents)
	r = d.Report(start)
	if c := r.Coins[0]; c.HeldMin != Enough-1 || c.History != 3 {
		t.Errorf("%+v", c)
	}
	if got := d.DueChecks(start, 10, false); len(got) != 2 || got[0] != id(6) || got[1] != id(5) {
		t.Errorf("due %v: what was never checked", got)
	}
}

func TestChecksComeRound(t *testing.T) {
	var d Duty
	d.Update([]Coin{coin(4, 9)}, diamond().parents)
	first := d.DueChecks(start, 3, false)
	d.Checked(map[tx.ID]int{first[0]: 1, first[1]: 1, first[2]: 1}, start)
	second := d.DueChecks(start, 3, false)
	if len(second) != 2 {
		t.Fatalf("%d are left of 5", len(second))
	}
	d.Checked(map[tx.ID]int{second[0]: 1, second[1]: 1}, start.Add(time.Minute))
	if due := d.DueChecks(start.Add(CheckAgain-1), 9, false); len(due) != 0 {
		t.Errorf("%d are due too early", len(due))
	}
	if due := d.DueChecks(start.Add(CheckAgain), 9, false); len(due) != 3 || due[0] != first[0] {
		t.Errorf("due %v", due)
	}
	if all := d.DueChecks(start, 9, true); len(all) != 5 || all[4] != second[1] {
		t.Errorf("all %v", all)
	}
}

// TestWhatIsThinIsAnnouncedFirst, and nothing twice in AnnounceAgain.
func TestWhatIsThinIsAnnouncedFirst(t *testing.T) {
	var d Duty
	d.Update([]Coin{coin(4, 9)}, diamond().parents)
	d.Checked(map[tx.ID]int{id(0): 9, id(1): 3, id(2): 0, id(3): 2, id(4): 8}, start)
	now := start
	for round, want := range []int{2, 3, 4, 1, 0} { // by holders, then the nearest
		got, ok := d.NextAnnounce(now)
		if !ok || got != id(want) {
			t.Fatalf("announcement %d is of %v, want %d", round, got, want)
		}
		d.Announced(got, now)
		now = now.Add(time.Minute)
	}
	if got, ok := d.NextAnnounce(now); ok {
		t.Errorf("%v is announced again", got)
	}
	if n := d.Report(now).Announced; n != 5 {
		t.Errorf("%d announced", n)
	}
	if got, ok := d.NextAnnounce(start.Add(AnnounceAgain)); !ok || got != id(2) {
		t.Errorf("after a while %v", got)
	}
	if n := d.Report(start.Add(AnnounceAgain)).Announced; n != 4 {
		t.Errorf("%d announced later", n)
	}
}

// TestBounds: one coin and one ancestor more than are looked after.
func TestBounds(t *testing.T) {
	line := make(graph)
	for i := 1; i <= MaxAncestors; i++ {
		line[i] = []int{i - 1}
	}
	for _, n := range []int{MaxAncestors - 1, MaxAncestors} {
		var d Duty
		d.Update([]Coin{coin(n, 1)}, line.parents)
		r := d.Report(start)
		if r.Ancestors != MaxAncestors || r.Coins[0].History != MaxAncestors || r.Coins[0].More != (n == MaxAncestors) {
			t.Errorf("a line of %d: %+v", n+1, r)
		}
	}
	var coins []Coin
	for i := range MaxCoins + 1 {
		coins = append(coins, coin(i, uint64(i)))
	}
	var d Duty
	d.Update(coins, graph{}.parents)
	if r := d.Report(start); len(r.Coins) != MaxCoins || r.Coins[MaxCoins-1].Amount != 1 {
		t.Errorf("%d coins, the last of %d", len(r.Coins), r.Coins[len(r.Coins)-1].Amount)
	}
}

func BenchmarkReport(b *testing.B) {
	line := make(graph)
	var coins []Coin
	for i := 1; i < MaxAncestors; i++ {
		line[i] = []int{i - 1}
		if i >= MaxAncestors-MaxCoins {
			coins = append(coins, coin(i, 1))
		}
	}
	var d Duty
	d.Update(coins, line.parents)
	for b.Loop() {
		d.Report(start)
	}
}

// TestRecall: what was known is known after a restart, is due when it would have been, and goes when nothing needs it.
func TestRecall(t *testing.T) {
	var before Duty
	before.Update([]Coin{coin(4, 9), coin(5, 1)}, diamond().parents)
	before.Checked(map[tx.ID]int{id(0): 8, id(1): 2, id(3): 7, id(4): 5}, start)
	kept := before.Counts()
	if len(kept) != 4 {
		t.Fatalf("kept %v", kept)
	}

	var d Duty
	later := start.Add(CheckAgain / 2)
	d.Recall(kept, later)
	d.Update([]Coin{coin(4, 9), coin(5, 1)}, diamond().parents)
	r := d.Report(later)
	if c := r.Coins[0]; c.HeldMin != 2 || c.Weakest != id(1) || !r.CheckedAt.Equal(start) {
		t.Errorf("%+v at %v", c, r.CheckedAt)
	}
	if due := d.DueChecks(later, 10, false); len(due) != 2 { // 2 and 5
		t.Errorf("due %v", due)
	}
	if due := d.DueChecks(start.Add(CheckAgain), 10, false); len(due) != 6 {
		t.Errorf("later due %v", due)
	}
	d.Update([]Coin{coin(5, 1)}, diamond().parents)
	if got := d.Counts(); len(got) != 1 || got[0].ID != id(0) {
		t.Errorf("kept for nothing: %v", got)
	}
}

// TestRecallOfNonsense: a file may say anything.
func TestRecallOfNonsense(t *testing.T) {
	var many []Count
	for i := range MaxAncestors + 1 {
		many = append(many, Count{tx.ID{byte(i), byte(i >> 8)}, 1, start})
	}
	for name, c := range map[string]struct {
		counts []Count
		want   int
	}{
		"nothing": {nil, 0}, "twice": {[]Count{{id(1), 1, start}, {id(1), 2, start}}, 1}, "negative": {[]Count{{id(1), -2, start}}, 0},
		"tomorrow": {[]Count{{id(1), 1, start.Add(1)}}, 0}, "never": {[]Count{{ID: id(1), Holders: 1}}, 0}, "too many": {many, MaxAncestors},
	} {
		var d Duty
		d.Recall(c.counts, start)
		if got := len(d.Counts()); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		d.Update([]Coin{coin(4, 9)}, diamond().parents)
		if r := d.Report(start); r.Ancestors != 5 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
