package node

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// explored is a node that watches, and a network of which tests sign the votes.
func explored(t *testing.T, coins, voters int) (*Node, *ledgertest.Network) {
	t.Helper()
	net := ledgertest.NewNetwork(coins, voters)
	return start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis}), net
}

func around(t *testing.T, n *Node, x *tx.Tx) api.Around {
	t.Helper()
	a, err := n.Backend().Around(testContext(t), x.ID().String())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAroundShowsBothSidesOfAConflict(t *testing.T) {
	n, net := explored(t, 2, 3)
	one := net.Spend("one", []tx.Outpoint{net.GenesisCoin(0)})
	other := net.Spend("other", []tx.Outpoint{net.GenesisCoin(0)})
	child := net.Spend("child", []tx.Outpoint{ledgertest.Coin(one)})
	beside := net.Spend("beside", []tx.Outpoint{net.GenesisCoin(1)}, one)
	first, second := net.Vote(0, one), net.Vote(1, other)
	for _, x := range []*tx.Tx{one, other, child, beside, first, second} {
		submit(t, n, x)
	}
	a, b := around(t, n, one), around(t, n, other)
	if len(a.Parents) != 1 || a.Parents[0].Kind != "genesis" || !a.Parents[0].Spends {
		t.Errorf("parents %+v", a.Parents)
	}
	got := map[string]api.Neighbour{}
	for _, c := range a.Children {
		got[c.TxID] = c
	}
	if len(got) != 3 || !got[child.ID().String()].Spends || got[beside.ID().String()].Spends ||
		got[first.ID().String()].Voter != tx.PublicKey(net.Voters[0]).String() {
		t.Errorf("children %+v", a.Children)
	}
	if len(a.Rivals) != 1 || a.Rivals[0].TxID != other.ID().String() || a.Rivals[0].Leads == a.Leads || a.Leads == b.Leads {
		t.Errorf("one of the two leads, and both answers say so: %v %+v; %v", a.Leads, a.Rivals, b.Leads)
	}
	for v, want := range []string{one.ID().String(), other.ID().String(), ""} {
		if got := strings.Join(a.Votes[v].For, " "); got != want || a.Votes[v].Stake == 0 {
			t.Errorf("voter %d is for %q, want %q", v, got, want)
		}
	}
	if _, err := n.Backend().Around(testContext(t), strings.Repeat("ab", 32)); !errors.Is(err, api.NotFound) {
		t.Errorf("around nothing: %v", err)
	}
}

func TestAroundIsBounded(t *testing.T) {
	n, net := explored(t, api.MaxNeighbours+1, 0)
	for i := range api.MaxNeighbours {
		submit(t, n, net.Spend(fmt.Sprint(i), []tx.Outpoint{net.GenesisCoin(i)}))
	}
	if a := around(t, n, net.Genesis); len(a.Children) != api.MaxNeighbours || a.MoreChildren {
		t.Errorf("at the bound: %d children, more %v", len(a.Children), a.MoreChildren)
	}
	submit(t, n, net.Spend("one more", []tx.Outpoint{net.GenesisCoin(api.MaxNeighbours)}))
	if a := around(t, n, net.Genesis); len(a.Children) != api.MaxNeighbours || !a.MoreChildren {
		t.Errorf("past the bound: %d children, more %v", len(a.Children), a.MoreChildren)
	}
}

// chain pays count times in a row with the memos payment 0, payment 1...
func chain(t *testing.T, n *Node, net *ledgertest.Network, count int) (all []*tx.Tx) {
	t.Helper()
	coin := net.GenesisCoin(0)
	for i := range count {
		x := net.Spend(fmt.Sprint("Payment ", i), []tx.Outpoint{coin})
		submit(t, n, x)
		coin, all = ledgertest.Coin(x), append(all, x)
	}
	return all
}

func TestSearch(t *testing.T) {
	n, net := explored(t, 1, 0)
	all := chain(t, n, net, 12)
	seventh := all[7].ID().String()
	stranger := tx.PublicKey(ledgertest.NewNetwork(1, 1).Voters[0])
	for text, want := range map[string]int{
		"payment 7":                     1,
		" PAYMENT 1 ":                   3, // 1, 10, 11
		"no such memo":                  0,
		seventh:                         1,
		strings.ToUpper(seventh):        1,
		all[7].Infohash().String():      1,
		seventh[:16]:                    1,
		all[7].Infohash().String()[:16]: 1,
		"":                              13,
		tx.EncodeAddress(all[0].Out[0].Lock.Key()): 13, // the genesis pays it too
		tx.EncodeAddress(stranger):                 0,
		strings.Repeat("ab", 32):                   0,
	} {
		page, err := n.Backend().Search(testContext(t), api.SearchQuery{Text: text})
		if err != nil || len(page.Transactions) != want || page.Next != "" {
			t.Errorf("%q: %d found, next %q, %v; want %d", text, len(page.Transactions), page.Next, err, want)
		}
	}
	for kind, want := range map[string]int{api.KindGenesis: 1, api.KindTransfer: 12, api.KindWitness: 0} {
		page, err := n.Backend().Search(testContext(t), api.SearchQuery{Kind: kind})
		if err != nil || len(page.Transactions) != want {
			t.Errorf("%s: %d found, %v; want %d", kind, len(page.Transactions), err, want)
		}
	}
	page, err := n.Backend().Search(testContext(t), api.SearchQuery{Text: "payment", Status: api.StatusPending, Limit: 5})
	if err != nil || len(page.Transactions) != 5 || page.Next == "" || page.Scanned != 5 || page.Transactions[0].TxID != all[11].ID().String() {
		t.Fatalf("the first five: %+v %v", page, err)
	}
	page, err = n.Backend().Search(testContext(t), api.SearchQuery{Text: "payment", Limit: 100, After: page.Next})
	if err != nil || len(page.Transactions) != 7 || page.Next != "" || page.Transactions[0].TxID != all[6].ID().String() {
		t.Errorf("the rest: %+v %v", page, err)
	}
}

// TestSearchStops: at its bounds a search says how far it came, and goes on there.
func TestSearchStops(t *testing.T) {
	n, net := explored(t, 1, 0)
	chain(t, n, net, 9)
	b := n.Backend().(*backend)
	never := func() bool { return false }
	for name, s := range map[string]search{
		"by number": {most: 4, late: never},
		"by time":   {most: searchScan, late: func() bool { return true }},
	} {
		s.b, s.limit, s.match = b, 1, b.matcher("nothing has this memo")
		s.page.Scanned = searchCheck - 4 // the clock is looked at after four more
		s.most += s.page.Scanned
		b.ledger.Snapshot().T.Descend(trie.TopKey(), func(key trie.Key, _ uint64) bool { return s.look(key) })
		if s.err != nil || s.page.Scanned != searchCheck || s.page.Next == "" || s.page.Depth != 6 {
			t.Errorf("%s: %+v %v", name, s.page, s.err)
		}
		rest, err := b.Search(testContext(t), api.SearchQuery{Text: "payment", After: s.page.Next})
		if err != nil || rest.Scanned != 6 || len(rest.Transactions) != 5 {
			t.Errorf("%s: goes on with %+v %v", name, rest, err)
		}
	}
}

func TestPagesByPlace(t *testing.T) {
	n, net := explored(t, 1, 0)
	all := chain(t, n, net, 9)
	page := func(q api.TxQuery) api.TxPage {
		t.Helper()
		p, err := n.Backend().Txs(testContext(t), q)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := page(api.TxQuery{Skip: 4, Limit: 2}); p.Total != 10 || len(p.Transactions) != 2 || p.Transactions[0].TxID != all[4].ID().String() || p.Next == "" {
		t.Errorf("places 4 and 5: %+v", p)
	}
	if p := page(api.TxQuery{Skip: 9}); len(p.Transactions) != 1 || p.Transactions[0].Kind != "genesis" || p.Next != "" {
		t.Errorf("the last place: %+v", p)
	}
	if p := page(api.TxQuery{Skip: 10}); len(p.Transactions) != 0 || p.Total != 10 {
		t.Errorf("past the end: %+v", p)
	}
	if _, err := n.Backend().Txs(testContext(t), api.TxQuery{Skip: 1, Status: api.StatusPending}); !errors.Is(err, api.BadRequest) {
		t.Errorf("a place among one status: %v", err)
	}
}
