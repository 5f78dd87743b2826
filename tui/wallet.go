package tui

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

type walletView struct {
	d       Deps
	wallet  Wallet
	loaded  bool
	history *List
	coins   *List
	spends  bool // the coins are shown in place of the history
	receive bool // the address fills the view
	invert  bool
	qr      qrCode
	coded   string // the address that qr is of
	note    string
}

// The answers of the source.
type (
	walletMsg struct {
		wallet Wallet
		err    error
	}
	historyMsg struct {
		query Query
		page  HistoryPage
		err   error
	}
	coinsMsg struct {
		query Query
		page  CoinPage
		err   error
	}
)

func newWallet(d Deps) View {
	if d.Backend.Wallet == nil {
		return newAbsent(d, "wallet", "Wallet", "a node without a ledger has no use for one")
	}
	v := &walletView{d: d}
	v.history = NewList(d, []Column{
		{Title: "Time", Width: 10, Sort: "time"},
		{Title: "Amount", Width: 12, Flex: 1, Right: true},
		{Title: "Status", Width: 14},
		{Title: "Weight", Width: 10, Right: true, From: Medium},
		{Title: "Memo", Width: 8, Flex: 3, From: Medium},
		{Title: "Transaction", Width: 12, From: Wide},
	}, v.fetchHistory).SortBy("time", true)
	v.history.EmptyTitle, v.history.EmptyNext = "Nothing was paid yet", "a shows the address to be paid at"
	v.coins = NewList(d, []Column{
		{Title: "Amount", Width: 12, Flex: 1, Right: true, Sort: "amount"},
		{Title: "Status", Width: 11, Sort: "status"},
		{Title: "", Width: 12},
		{Title: "Time", Width: 10, From: Medium, Sort: "time"},
		{Title: "Address", Width: 14, Flex: 3, From: Medium},
		{Title: "Coin", Width: 16, From: Wide},
	}, v.fetchCoins).SortBy("time", true)
	v.coins.EmptyTitle, v.coins.EmptyNext = "No coins", "a shows the address to be paid at"
	return v
}

func (v *walletView) ID() string      { return "wallet" }
func (v *walletView) Title() string   { return "Wallet" }
func (v *walletView) Init() tea.Cmd   { return nil }
func (v *walletView) Capturing() bool { return v.list().Filtering() }

// list is the one that is shown.
func (v *walletView) list() *List {
	if v.spends {
		return v.coins
	}
	return v.history
}

func (v *walletView) Keys() []Key {
	none := ""
	if v.wallet.None != "" {
		none = v.wallet.None
	}
	other := map[bool]string{false: "coins", true: "history"}[v.spends]
	own := []Key{
		{Keys: []string{"n"}, Help: "send", Verb: "send", Off: none},
		{Keys: []string{"a"}, Help: "address", Verb: "wallet address", Off: none},
		{Keys: []string{"c"}, Help: other, Off: none},
		{Keys: []string{"enter"}, Help: "details"},
		{Keys: []string{"p"}, Help: "proof", Off: v.proofOff()},
		{Keys: []string{"A"}, Help: "new address", Verb: "wallet address --new", Off: none, Quiet: true},
	}
	if v.receive && v.plainCode() {
		own = append(own, Key{Keys: []string{"i"}, Help: "invert"})
	}
	return append(own, ListKeys()...)
}

func (v *walletView) proofOff() string {
	if _, ok := v.list().Selected(); !ok {
		return "no transaction is chosen"
	}
	return proofsOff(v.d)
}

// plainCode says that the code has no colours of its own, so that what is dark
// depends on the terminal.
func (v *walletView) plainCode() bool { return v.d.Theme.Accent.Render("x") == "x" }

func (v *walletView) fetchHistory(q Query) tea.Cmd {
	if !q.Desc { // the source has the newest first
		q = q.turned(v.history.Total())
	}
	return v.d.Do(func(ctx context.Context) tea.Msg {
		page, err := v.d.Backend.Wallet.History(ctx, q)
		return historyMsg{q, page, err}
	})
}

func (v *walletView) fetchCoins(q Query) tea.Cmd {
	return v.d.Do(func(ctx context.Context) tea.Msg {
		page, err := v.d.Backend.Wallet.Coins(ctx, q)
		return coinsMsg{q, page, err}
	})
}

// reload asks for everything that is shown.
func (v *walletView) reload() tea.Cmd {
	sums := v.d.Do(func(ctx context.Context) tea.Msg {
		w, err := v.d.Backend.Wallet.Wallet(ctx)
		return walletMsg{w, err}
	})
	if v.wallet.None != "" {
		return sums
	}
	return tea.Batch(sums, v.list().Reload())
}

func (v *walletView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.reload()
		}
	case ChangedMsg:
		if msg.Changes.Ledger {
			return v, v.reload()
		}
	case RefreshMsg:
		if v.wallet.None != "" {
			return v, v.reload()
		}
	case walletMsg:
		return v, v.takeWallet(msg)
	case historyMsg:
		return v, v.takeHistory(msg)
	case coinsMsg:
		return v, v.takeCoins(msg)
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, v.followPayment(msg)
}

func (v *walletView) takeWallet(msg walletMsg) tea.Cmd {
	if msg.err != nil {
		return Fail(msg.err)
	}
	first := v.wallet.None != "" && msg.wallet.None == ""
	v.wallet, v.loaded = msg.wallet.clean(), true
	if v.wallet.Address != v.coded {
		v.qr, v.coded = newQR(v.wallet.Address), v.wallet.Address
	}
	if first {
		return v.list().Reload()
	}
	return nil
}

func (v *walletView) takeHistory(msg historyMsg) tea.Cmd {
	if msg.err != nil {
		v.history.Fail()
		return Fail(msg.err)
	}
	v.note = msg.page.Note
	rows := make([]Row, len(msg.page.Entries))
	for i, e := range msg.page.Entries {
		rows[i] = Row{Key: e.TxID, Tone: rowTone(e.Status), Cells: []string{
			timeText(v.d.Now(), e.At), e.Amount, statusText(e.Status, e.Share), e.Weight, e.Memo, shortID(e.TxID),
		}}
	}
	w := Window{Query: msg.query, Rows: rows, Total: msg.page.Total}
	if !w.Query.Desc {
		return v.history.Set(w.turned())
	}
	v.history.followTop()
	return v.history.Set(w)
}

func (v *walletView) takeCoins(msg coinsMsg) tea.Cmd {
	if msg.err != nil {
		v.coins.Fail()
		return Fail(msg.err)
	}
	rows := make([]Row, len(msg.page.Coins))
	for i, c := range msg.page.Coins {
		rows[i] = Row{Key: c.TxID + ":" + strconv.FormatUint(uint64(c.Index), 10), Tone: rowTone(c.Status), Cells: []string{
			c.Amount, c.Status, coinUse(c), timeText(v.d.Now(), c.At), CutMiddle(c.Address, 24), fmt.Sprintf("%s:%d", shortID(c.TxID), c.Index),
		}}
	}
	return v.coins.Set(Window{Query: msg.query, Rows: rows, Total: msg.page.Total})
}

// coinUse says what can be done with a coin.
func coinUse(c WalletCoin) string {
	switch {
	case c.SpentBy != "":
		return "leaving"
	case c.Spendable:
		return "can be spent"
	}
	return "waits"
}

func (v *walletView) input(msg tea.Msg) tea.Cmd {
	if v.receive {
		return v.receiveKey(msg)
	}
	event, cmd := v.list().Update(msg)
	if event == Opened {
		return v.open()
	}
	key, ok := msg.(tea.KeyMsg)
	if !ok || event != Ignored {
		return cmd
	}
	switch key.String() {
	case "n":
		return v.send()
	case "a":
		v.receive = true
	case "A":
		return v.newAddress("")
	case "c":
		v.spends = !v.spends
		return v.list().Reload()
	case "p":
		return exportDialog(v.d, v.selectedTx())
	}
	return cmd
}

func (v *walletView) receiveKey(msg tea.Msg) tea.Cmd {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	switch key.String() {
	case "i":
		v.invert = !v.invert
	case "A":
		return v.newAddress("")
	case "n":
		return v.send()
	case "a", "q", "enter":
		v.receive = false
	}
	return nil
}

// selectedTx is the transaction under the cursor; of a coin the one that made it.
func (v *walletView) selectedTx() string {
	row, _ := v.list().Selected()
	id, _, _ := strings.Cut(row.Key, ":")
	return id
}

func (v *walletView) open() tea.Cmd {
	if id := v.selectedTx(); id != "" {
		return Goto("ledger", id)
	}
	return nil
}

// Back implements Closer.
func (v *walletView) Back() (tea.Cmd, bool) {
	if v.receive {
		v.receive = false
		return nil, true
	}
	return v.list().Back()
}
