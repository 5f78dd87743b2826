package screen

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
	"github.com/torrenttx/ttx/tui"
)

// TestMoneyOnALiveNode pays, finds the payment, looks around it, and carries its
// proof away and back, through the sources alone.
func TestMoneyOnALiveNode(t *testing.T) {
	dir := config.Folder(filepath.Join(shortDir(t), "n"))
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	n := startAlone(t, dir)
	client, err := api.Dial(t.Context(), string(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), n.Close()); err != nil {
			t.Error(err)
		}
	})
	b := Backend(Config{Client: client, Node: n.Info(), Dir: dir})
	m := &teller{t, t.Context(), b}
	id := m.pay()
	m.look(id)
	m.search(id)
	m.proof(id)
}

// secret is the passphrase of the wallet, coins what the genesis gives it.
const (
	secret = "correct horse"
	coins  = 4
)

// startAlone runs the one voter of a network of its own: what it votes for is
// confirmed, and nobody else spends from its wallet.
func startAlone(t *testing.T, dir config.Folder) *node.Node {
	t.Helper()
	w, err := wallet.Create(string(dir), wallet.NewMnemonic(), secret, wallet.Options{WorkFactor: 10})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := w.Unlock(secret)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	g := &tx.Tx{Kind: tx.KindGenesis, Time: time.Now().UnixMilli(), Params: &tx.Params{
		Name: "alone", BurnPerByte: 1000, Rules: tx.Rules, Voters: []tx.Voter{{Key: w.VoterKey(), Stake: 1}},
	}}
	for range coins {
		g.Out = append(g.Out, tx.Output{Amount: 1_000_000_000, Lock: tx.KeyLock(w.Issued()[0])})
	}
	if err := g.Seal(); err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(node.Options{
		Dir: dir, Genesis: g, Voter: keys.VoterPrivate(), Watch: w.Keys(), Listen: "127.0.0.1:0", Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

type teller struct {
	t   *testing.T
	ctx context.Context
	b   tui.Backend
}

// must fails the test with an error.
func (m *teller) must(what string, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("%s: %v", what, err)
	}
}

// pay pays the wallet itself, after everything that is wrong was refused.
func (m *teller) pay() string {
	w, err := m.b.Wallet.Wallet(m.ctx)
	m.must("wallet", err)
	if w.None != "" || w.Address == "" || !w.Confirms || w.Confirmed == "0" {
		m.t.Fatalf("wallet %+v", w)
	}
	other := "x"
	if w.Address[10] == 'x' {
		other = "q"
	}
	for _, bad := range []string{"ttx1p", w.Address[:len(w.Address)-1], w.Address[:10] + other + w.Address[11:]} {
		if m.b.Wallet.CheckAddress(bad) == "" {
			m.t.Errorf("%s passes as an address", bad)
		}
	}
	if why := m.b.Wallet.CheckAddress(strings.ToUpper(w.Address)); why != "" {
		m.t.Errorf("an address in capitals, as its code has it: %s", why)
	}
	for _, bad := range []string{"0", "-1", "1e3", "x", "0.000000001"} {
		if m.b.Wallet.CheckAmount(bad) == "" {
			m.t.Errorf("%s passes as an amount", bad)
		}
	}
	if m.b.Wallet.CheckMemo(strings.Repeat("x", 1025)) == "" || m.b.Wallet.CheckMemo(strings.Repeat("x", 1024)) != "" {
		m.t.Error("the bound of memos")
	}
	if _, err := m.b.Wallet.Plan(m.ctx, tui.Payment{Address: w.Address, Amount: "1000000000"}); !errors.Is(err, wallet.ErrInsufficient) {
		m.t.Errorf("more than there is: %v", err)
	}
	plan, err := m.b.Wallet.Plan(m.ctx, tui.Payment{Address: w.Address, Amount: "1.50", Memo: "to myself"})
	m.must("plan", err)
	if plan.Amount != "1.5" || plan.Burn == "0" || plan.Change == "" || plan.Inputs == 0 || plan.Bytes == 0 {
		m.t.Errorf("plan %+v", plan)
	}
	if _, err := plan.Pay(m.ctx, "wrong"); !errors.Is(err, tui.ErrPassphrase) {
		m.t.Errorf("a wrong passphrase: %v", err)
	}
	late, err := m.b.Wallet.Plan(m.ctx, tui.Payment{Address: w.Address, Amount: "1.5"})
	m.must("plan with the same coins", err)
	paid, err := plan.Pay(m.ctx, secret)
	m.must("pay", err)
	if _, err := late.Pay(m.ctx, secret); !errors.Is(err, tui.ErrCoinsGone) {
		m.t.Errorf("a plan whose coins are gone: %v", err)
	}
	status, err := m.b.Wallet.Wait(m.ctx, paid.TxID)
	if err != nil || status != api.StatusConfirmed {
		m.t.Fatalf("the payment is %s: %v", status, err)
	}
	return paid.TxID
}

// look finds the payment in the history, and what stands around it.
func (m *teller) look(id string) {
	h, err := m.b.Wallet.History(m.ctx, tui.Query{Limit: 10})
	m.must("history", err)
	e := h.Entries[0]
	if e.TxID != id || e.Memo != "to myself" || e.Status != api.StatusConfirmed || e.Amount != "-"+e.Weight || h.Total < 2 {
		m.t.Errorf("history %+v of %d", e, h.Total)
	}
	f, err := m.b.Wallet.History(m.ctx, tui.Query{Limit: 10, Filter: "TO MYSELF"})
	if err != nil || f.Total != 1 || len(f.Entries) != 1 || f.Entries[0].TxID != id {
		m.t.Errorf("filtered %+v: %v", f, err)
	}
	coins, err := m.b.Wallet.Coins(m.ctx, tui.Query{Limit: 10, Filter: id})
	if err != nil || coins.Total != 2 || !coins.Coins[0].Spendable {
		m.t.Errorf("its coins: %+v, %v", coins, err)
	}
	m.orders()
	d, err := m.b.Ledger.Tx(m.ctx, id)
	m.must("look around", err)
	if len(d.Parents) == 0 || len(d.Votes) != 1 || d.Votes[0].Part != 1 || len(d.Inputs) == 0 || len(d.Outputs) != 2 || d.Outside {
		m.t.Errorf("around it: %+v", d)
	}
	witnessed := false
	for _, c := range d.Children {
		witnessed = witnessed || c.Kind == api.KindWitness && c.Voter != ""
	}
	if !witnessed {
		m.t.Errorf("nobody voted for it: %+v", d.Children)
	}
	if _, err := m.b.Ledger.Tx(m.ctx, strings.Repeat("ab", 32)); !errors.Is(err, api.NotFound) {
		m.t.Errorf("an unknown one: %v", err)
	}
}

// orders lists the coins by amount, and by time.
func (m *teller) orders() {
	amounts := func(q tui.Query) (list []string) {
		q.Limit = 100
		page, err := m.b.Wallet.Coins(m.ctx, q)
		m.must("order the coins", err)
		for _, c := range page.Coins {
			list = append(list, c.Amount)
		}
		return list
	}
	value := func(s string) uint64 {
		n, err := wallet.ParseAmount(s)
		m.must("read an amount", err)
		return n
	}
	rising := amounts(tui.Query{Sort: "amount"})
	if len(rising) < 2 || !slices.IsSortedFunc(rising, func(a, b string) int { return cmp.Compare(value(a), value(b)) }) {
		m.t.Errorf("by amount: %v", rising)
	}
	falling := amounts(tui.Query{Sort: "amount", Desc: true})
	if slices.Reverse(falling); !slices.Equal(falling, rising) {
		m.t.Errorf("the other way: %v, and %v", falling, rising)
	}
	oldest, newest := amounts(tui.Query{Sort: "time"}), amounts(tui.Query{Sort: "time", Desc: true})
	if slices.Reverse(newest); !slices.Equal(oldest, newest) {
		m.t.Errorf("by time: %v, and %v", oldest, newest)
	}
}

func (m *teller) search(id string) {
	for _, q := range []tui.TxSearch{{Text: "To Myself"}, {Text: id[:12]}, {Text: id}, {Text: "myself", Kind: api.KindTransfer}} {
		q.Limit = 10
		found, err := m.b.Ledger.Search(m.ctx, q)
		if err != nil || len(found.Txs) != 1 || found.Txs[0].TxID != id || found.Scanned == 0 {
			m.t.Errorf("%+v: %+v, %v", q, found, err)
		}
	}
	page, err := m.b.Ledger.Txs(m.ctx, 1, 2)
	if err != nil || len(page.Txs) != 2 || page.Total < 3 {
		m.t.Errorf("a window: %+v, %v", page, err)
	}
}

// proof carries the proof of the payment away, and back.
func (m *teller) proof(id string) {
	path := filepath.Join(m.t.TempDir(), "receipt.torrent")
	done, err := m.b.Proofs.Export(m.ctx, tui.ProofExport{ID: id, Path: path, Chain: api.ChainFull})
	m.must("export", err)
	if info, err := os.Stat(path); err != nil || int(info.Size()) != done.Bytes {
		m.t.Errorf("written %+v: %v", done, err)
	}
	if _, err := m.b.Proofs.Export(m.ctx, tui.ProofExport{ID: id, Path: path}); !errors.Is(err, os.ErrExist) {
		m.t.Errorf("a file was replaced: %v", err)
	}
	back, err := m.b.Proofs.Import(m.ctx, path)
	if err != nil || back.TxID != id || back.Level != "confirmed" || len(back.Proven) == 0 || len(back.Missing) == 0 || back.News == "" {
		m.t.Fatalf("imported %+v: %v", back, err)
	}
	list, err := m.b.Proofs.Proofs(m.ctx)
	m.must("list", err)
	kept := false
	for _, f := range list {
		kept = kept || f.TxID == id && f.Level == "confirmed" && f.Status == api.StatusConfirmed
	}
	if !kept {
		m.t.Errorf("the list has it not: %+v", list)
	}
	v, err := m.b.Proofs.Verdict(m.ctx, back.File)
	if err != nil || v.TxID != id || v.Level != "confirmed" || v.Status != api.StatusConfirmed {
		m.t.Errorf("verdict %+v: %v", v, err)
	}
	other := filepath.Join(m.t.TempDir(), "other.torrent")
	m.must("write", os.WriteFile(other, []byte("d4:infod4:name1:xee"), 0o600))
	if _, err := m.b.Proofs.Import(m.ctx, other); !errors.Is(err, api.Malformed) {
		m.t.Errorf("another client's torrent: %v", err)
	}
}
