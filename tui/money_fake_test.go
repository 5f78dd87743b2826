package tui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// vandal is a memo as strangers write them: it clears the screen, sets the title,
// turns the direction of writing around, and stacks accents.
const vandal = "pay\x1b[2J\x1b]0;owned\x07\u202ekcab\r\nroot: e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 \x9b31m"

// money is a wallet and a ledger in memory. Safe for concurrent use.
type money struct {
	fake
	mu       sync.Mutex
	none     string
	trial    *Trial
	history  []HistoryEntry
	coins    []WalletCoin
	txs      func(i int) Tx // the i-th from the top
	count    int
	details  map[string]TxDetails
	proofs   []ProofFile
	paid     []Payment
	searches []TxSearch
	exported []ProofExport
	imported []string
	pool     bool // no address is left
	gone     int  // how many plans lose their coins to another payment
}

const (
	moneyAddress = "ttx1pyvh6h3ssa8tz4ymyhsr4ler9nsxzn7eyhhsrlv8c2eggfulk8xmqqdkg9u"
	otherAddress = "ttx1p3gmxl88n3j965dk9dhdmkkcc8y4lm3sfdz9vmy264lsv2d85z40qqxly6r"
	passphrase   = "correct horse"
)

// id makes a txid of a digit.
func id(c string) string { return strings.Repeat(c, 64/len(c)) }

func (m *money) backend() Backend {
	b := m.fake.backend()
	b.Wallet, b.Ledger, b.Proofs = m, m, m
	return b
}

func (m *money) Wallet(context.Context) (Wallet, error) {
	if m.none != "" {
		return Wallet{None: m.none}, nil
	}
	return Wallet{
		Address: moneyAddress, Issued: 3, Confirmed: "12.5", Pending: "0.75", Conflicted: "3", Doubtful: true, Confirms: true, Trial: m.trial,
	}, nil
}

func (m *money) History(_ context.Context, q Query) (HistoryPage, error) {
	var fit []HistoryEntry
	for _, e := range m.history {
		if strings.Contains(e.Memo, q.Filter) {
			fit = append(fit, e)
		}
	}
	from := min(q.Offset, len(fit))
	return HistoryPage{Entries: fit[from:min(len(fit), from+q.Limit)], Total: len(fit)}, nil
}

func (m *money) Coins(context.Context, Query) (CoinPage, error) {
	return CoinPage{Coins: m.coins, Total: len(m.coins)}, nil
}

func (m *money) CheckAddress(address string) string {
	if !strings.HasPrefix(address, "ttx1p") || len(address) != len(otherAddress) {
		return "not an address: wrong length"
	}
	return ""
}

func (m *money) CheckAmount(amount string) string {
	if strings.Trim(amount, "0123456789.") != "" {
		return "not an amount"
	}
	return ""
}

func (m *money) CheckMemo(memo string) string {
	if len(memo) > 20 {
		return "a memo has at most 20 bytes"
	}
	return ""
}

func (m *money) Plan(_ context.Context, p Payment) (Plan, error) {
	if p.Amount == "99" {
		return Plan{}, errors.New("not enough: 99 TTX and 0.4 to burn, of 12.5")
	}
	return Plan{Payment: p, Burn: "0.354", Change: "7.1", Inputs: 2, Bytes: 350 + len(p.Memo), Pay: func(_ context.Context, secret string) (Paid, error) {
		if secret != passphrase {
			return Paid{}, ErrPassphrase
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.gone > 0 {
			m.gone--
			return Paid{}, ErrCoinsGone
		}
		m.paid = append(m.paid, p)
		return Paid{TxID: id("ab"), Status: statusPending}, nil
	}}, nil
}

func (m *money) Wait(context.Context, string) (string, error) { return statusConfirmed, nil }

func (m *money) NewAddress(_ context.Context, secret string) (string, error) {
	switch {
	case m.pool && secret == "":
		return "", ErrLocked
	case m.pool && secret != passphrase:
		return "", ErrPassphrase
	}
	return moneyAddress, nil
}

func (m *money) Txs(_ context.Context, offset, limit int) (TxPage, error) {
	p := TxPage{Total: m.count}
	for i := offset; i < min(m.count, offset+limit); i++ {
		p.Txs = append(p.Txs, m.txs(i))
	}
	return p, nil
}

// searchStretch is how many transactions one answer of the fake looks at.
const searchStretch = 50_000

func (m *money) Search(_ context.Context, q TxSearch) (TxFound, error) {
	m.mu.Lock()
	m.searches = append(m.searches, q)
	m.mu.Unlock()
	from := 0
	if q.After != "" {
		if _, err := fmt.Sscan(q.After, &from); err != nil {
			return TxFound{}, err
		}
	}
	var f TxFound
	for i := from; i < m.count; i++ {
		if f.Scanned == searchStretch || len(f.Txs) == q.Limit {
			f.Next = fmt.Sprint(i)
			return f, nil
		}
		t := m.txs(i)
		f.Scanned, f.Depth = f.Scanned+1, t.Depth
		if strings.Contains(t.Memo, q.Text) && (q.Status == "" || q.Status == t.Status) && (q.Kind == "" || q.Kind == t.Kind) {
			f.Txs = append(f.Txs, t)
		}
	}
	return f, nil
}

func (m *money) Tx(_ context.Context, id string) (TxDetails, error) {
	d, ok := m.details[id]
	if !ok {
		return d, errors.New("no transaction " + id + " in this ledger")
	}
	return d, nil
}

func (m *money) Proofs(context.Context) ([]ProofFile, error) { return m.proofs, nil }

func (m *money) Verdict(_ context.Context, file string) (Verdict, error) {
	return Verdict{
		TxID: id("a1"), Network: "lab", Level: "witnessed", Status: statusConfirmed, File: file,
		Proven:  []string{"The signatures are those of the owners of the coins.", "Voters with 100% of the stake signed that they saw it."},
		Missing: []string{"Whether a rival was confirmed since."},
	}, nil
}

func (m *money) Export(_ context.Context, r ProofExport) (Exported, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.exported = append(m.exported, r)
	return Exported{Path: "proofs/" + r.Path, Bytes: 2048}, nil
}

func (m *money) Import(_ context.Context, path string) (Verdict, error) {
	if !strings.HasSuffix(path, ".torrent") {
		return Verdict{}, errors.New(path + " is no proof: a .torrent of another client")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.imported = append(m.imported, path)
	v, err := m.Verdict(context.Background(), filepath.Base(path))
	v.News = "3 transactions are new here."
	return v, err
}

// purse is a wallet and a ledger as they look in use: with a double spend, and with
// strangers who mean no good.
func purse() *money {
	third := Share{Stake: 3, Total: 9}
	one := Tx{TxID: id("a1"), Kind: "transfer", Status: statusConflicted, Share: Share{5, 9}, At: clock().Add(-time.Minute), Depth: 7, Weight: "0.354", Memo: "the first side"}
	two := Tx{TxID: id("b2"), Kind: "transfer", Status: statusConflicted, Share: third, At: clock().Add(-time.Minute), Depth: 7, Weight: "0.4", Memo: vandal}
	parent := Tx{TxID: id("c3"), Kind: "transfer", Status: statusConfirmed, At: clock().Add(-time.Hour), Depth: 6, Weight: "0.5", Memo: "rent"}
	genesis := Tx{TxID: id("0e"), Kind: "genesis", Status: statusConfirmed, At: clock().AddDate(-1, 0, 0), Weight: "0"}
	vote := Tx{TxID: id("d4"), Kind: kindWitness, At: clock(), Depth: 8, Weight: "0"}
	child := Tx{TxID: id("e5"), Kind: "transfer", Status: statusConflicted, Share: third, At: clock(), Depth: 9, Weight: "0.3", Memo: vandal}
	lost := Tx{TxID: id("f6"), Kind: "transfer", Status: "orphaned", At: clock(), Depth: 5, Weight: "0.3", Memo: "支払い 昼食"}
	list := []Tx{child, vote, one, two, parent, lost, genesis}
	m := &money{
		fake: *lab(), count: len(list), txs: func(i int) Tx { return list[i] },
		history: []HistoryEntry{
			{TxID: two.TxID, At: two.At, Amount: "+3", Weight: "0.4", Status: statusConflicted, Share: third, Memo: vandal},
			{TxID: parent.TxID, At: parent.At, Amount: "-0.25", Weight: "0.5", Status: statusConfirmed, Memo: "rent"},
			{TxID: genesis.TxID, At: genesis.At, Amount: "+1000000000", Weight: "0", Status: statusConfirmed},
		},
		coins: []WalletCoin{
			{TxID: two.TxID, Amount: "3", Address: moneyAddress, Status: statusConflicted, At: two.At},
			{TxID: parent.TxID, Index: 1, Amount: "0.75", Address: moneyAddress, Status: statusPending, SpentBy: child.TxID, At: parent.At},
			{TxID: genesis.TxID, Amount: "12.5", Address: moneyAddress, Status: statusConfirmed, Spendable: true, At: genesis.At},
		},
		proofs: []ProofFile{
			{File: "a1a1.torrent", TxID: one.TxID, Level: "witnessed", Status: statusConflicted, Bytes: 2048, At: clock(), Rivals: []string{two.TxID}},
			{File: "rent.torrent", TxID: parent.TxID, Level: statusConfirmed, Status: statusConfirmed, Bytes: 5 << 20, At: clock().Add(-time.Hour)},
			{File: vandal + ".torrent", Problem: "no proof: \x1b[31mthe info is of another client", Bytes: 90, At: clock().AddDate(0, 0, -9)},
		},
	}
	m.details = map[string]TxDetails{
		one.TxID: {
			Tx: one, Infohash: strings.Repeat("1f", 20), Bytes: 354, Leads: true,
			Inputs:   []TxCoin{{TxID: parent.TxID, Amount: "5", Address: moneyAddress}},
			Outputs:  []TxCoin{{Amount: "3", Address: otherAddress}, {Amount: "1.646", SpentBy: []string{child.TxID, lost.TxID}}},
			Parents:  []Neighbour{{Tx: parent, Spends: true}, {Tx: genesis}},
			Children: []Neighbour{{Tx: child, Spends: true}, {Tx: vote, Voter: id("9f")}, {Tx: lost}},
			Rivals:   []Neighbour{{Tx: two}},
			Votes: []Vote{
				{Voter: id("9f"), Part: 5.0 / 9, For: []string{one.TxID}}, {Voter: id("8e"), Part: 3.0 / 9, For: []string{two.TxID}, Forked: true},
				{Voter: id("7d"), Part: 1.0 / 9},
			},
			Extras: []string{"note\x1b[1m"},
		},
		two.TxID:    {Tx: two, Rivals: []Neighbour{{Tx: one, Leads: true}}},
		parent.TxID: {Tx: parent, Children: []Neighbour{{Tx: one, Spends: true}}, MoreChildren: true},
		vote.TxID:   {Tx: vote, Voter: id("9f"), Seq: 4, Parents: []Neighbour{{Tx: one}}},
	}
	return m
}

// deps are what a view is made from in a test.
func deps(b Backend, t *Theme) Deps {
	return Deps{Backend: b, Theme: t, Now: clock, Context: context.Background()}
}

// drive runs commands and what follows from them on a view, but for those of the app.
func drive(t testing.TB, v View, cmd tea.Cmd) {
	t.Helper()
	for todo := []tea.Cmd{cmd}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == nil {
			continue
		}
		switch msg := todo[0]().(type) {
		case tea.BatchMsg:
			todo = append(todo, msg...)
		case NotifyMsg, ShowMsg, nil:
		case GotoMsg:
			_, next := v.Update(VisitMsg{msg.View, msg.Arg})
			todo = append(todo, next)
		default:
			_, next := v.Update(msg)
			todo = append(todo, next)
		}
	}
}

// shown makes a view that is on the screen, and presses keys there.
func shown(t testing.TB, make func(Deps) View, d Deps, keys ...string) View {
	t.Helper()
	v := make(d)
	_, cmd := v.Update(ShownMsg{v.ID()})
	drive(t, v, cmd)
	for _, k := range keys {
		v.Render(80, 24) // what is drawn decides what a key means
		_, cmd := v.Update(keyMsg(k))
		drive(t, v, cmd)
	}
	return v
}
