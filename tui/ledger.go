package tui

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

type ledgerView struct {
	d      Deps
	list   *List
	total  int // of all transactions
	only   only
	search *txSearch // nil while everything is listed
	n      int       // numbers searches
	page   *txPage   // the transaction that is open
}

// The answers of the source.
type (
	txsMsg struct {
		query Query
		page  TxPage
		err   error
	}
	foundMsg struct {
		n     int
		query Query
		again bool // nothing new: what is known is shown again
		found TxFound
		err   error
	}
	txMsg struct {
		id      string
		details TxDetails
		err     error
	}
)

func newLedger(d Deps) View {
	if d.Backend.Ledger == nil {
		return newAbsent(d, "ledger", "Ledger", "this node runs without a ledger: it is a BitTorrent client alone")
	}
	v := &ledgerView{d: d}
	v.list = NewList(d, []Column{
		{Title: "Depth", Width: 9, Right: true, Sort: "depth"},
		{Title: "Kind", Width: 8, From: Medium},
		{Title: "Status", Width: 14},
		{Title: "Time", Width: 10, From: Medium},
		{Title: "Weight", Width: 10, Right: true, From: Wide},
		{Title: "Transaction", Width: 12},
		{Title: "Memo", Width: 6, Flex: 1},
	}, v.fetch).SortBy("depth", true)
	v.list.EmptyTitle, v.list.EmptyNext = "No transactions", "f shows all of them again"
	return v
}

func (v *ledgerView) ID() string      { return "ledger" }
func (v *ledgerView) Title() string   { return "Ledger" }
func (v *ledgerView) Init() tea.Cmd   { return nil }
func (v *ledgerView) Capturing() bool { return v.page == nil && v.list.Filtering() }

func (v *ledgerView) Keys() []Key {
	if v.page != nil {
		return v.page.keys()
	}
	own := []Key{
		{Keys: []string{"enter"}, Help: "details"},
		{Keys: []string{"f"}, Help: "show: " + v.only.name()},
		{Keys: []string{"m"}, Help: "search on", Off: v.moreOff()},
		{Keys: []string{"p"}, Help: "proof", Off: v.proofOff()},
	}
	for _, k := range ListKeys() {
		if k.Keys[0] == "/" {
			k.Help = "search"
			own = append([]Key{own[0], k}, own[1:]...)
			continue
		}
		own = append(own, k)
	}
	return own
}

// Verbs implements Verber.
func (v *ledgerView) Verbs() []Verb {
	return []Verb{
		{Name: "show", Args: "ID", Help: "a transaction and what stands around it", Run: func(args []string) tea.Cmd {
			return Goto(v.ID(), strings.Join(args, ""))
		}},
		{Name: "search", Args: "TEXT", Help: "transactions by id, infohash, address or memo", Run: func(args []string) tea.Cmd {
			v.page = nil
			return tea.Batch(Goto(v.ID(), ""), v.list.SetFilter(strings.Join(args, " ")))
		}},
	}
}

func (v *ledgerView) moreOff() string {
	switch {
	case v.search == nil:
		return "nothing is searched for"
	case v.search.next == "":
		return "everything was looked at"
	case !v.search.rested:
		return "it is searching"
	}
	return ""
}

func (v *ledgerView) proofOff() string {
	if _, ok := v.list.Selected(); !ok {
		return "no transaction is chosen"
	}
	return proofsOff(v.d)
}

// only is what of the ledger is shown; zero is all.
type only struct{ kind, status string }

func (o only) name() string {
	return cmp.Or(o.status, map[string]string{"transfer": "payments"}[o.kind], "all")
}

// onlies are what f goes through.
func onlies() []only {
	return []only{
		{}, {kind: "transfer"}, {status: statusConflicted}, {status: statusPending}, {status: "rejected"}, {status: "orphaned"}, {status: statusConfirmed},
	}
}

func (v *ledgerView) nextOnly() tea.Cmd {
	all := onlies()
	v.only = all[(slices.Index(all, v.only)+1)%len(all)]
	v.list.top, v.list.cursor, v.list.key = 0, 0, ""
	return v.list.Reload()
}

// fetch lists everything by place, or searches.
func (v *ledgerView) fetch(q Query) tea.Cmd {
	if q.Filter != "" || v.only != (only{}) {
		return v.find(q)
	}
	v.search = nil
	if !q.Desc { // the source has the deepest first
		q = q.turned(v.total)
	}
	return v.d.Do(func(ctx context.Context) tea.Msg {
		page, err := v.d.Backend.Ledger.Txs(ctx, q.Offset, q.Limit)
		return txsMsg{q, page, err}
	})
}

func (v *ledgerView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.again()
		}
	case ChangedMsg:
		if msg.Changes.Ledger {
			return v, v.again()
		}
	case VisitMsg:
		if msg.ID == v.ID() {
			return v, v.visit(msg.Arg)
		}
	case txsMsg:
		return v, v.take(msg)
	case foundMsg:
		return v, v.took(msg)
	case txMsg:
		return v, v.opened(msg)
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, nil
}

// again asks for what is shown. A search begins anew only if its first answer was
// enough for it: then that costs no more than listing.
func (v *ledgerView) again() tea.Cmd {
	switch {
	case v.page != nil:
		return v.page.load()
	case v.search != nil && v.search.steps == 1 && v.search.rested:
		v.search.over = true
	case v.search != nil && v.list.loaded:
		return nil
	}
	return v.list.Reload()
}

func (v *ledgerView) take(msg txsMsg) tea.Cmd {
	if msg.err != nil {
		v.list.Fail()
		return Fail(msg.err)
	}
	v.total = msg.page.Total
	w := Window{Query: msg.query, Rows: v.rows(msg.page.Txs), Total: msg.page.Total}
	if !w.Query.Desc {
		return v.list.Set(w.turned())
	}
	v.list.followTop()
	return v.list.Set(w)
}

func (v *ledgerView) rows(txs []Tx) []Row {
	rows := make([]Row, len(txs))
	for i, t := range txs {
		rows[i] = Row{Key: t.TxID, Tone: rowTone(t.Status), Cells: []string{
			Count(t.Depth), t.Kind, statusOf(t), timeText(v.d.Now(), t.At), t.Weight, shortID(t.TxID), t.Memo,
		}}
	}
	return rows
}

// statusOf is the status of a transaction; witnesses have none: they are votes.
func statusOf(t Tx) string {
	if t.Kind == kindWitness {
		return "vote"
	}
	return statusText(t.Status, t.Share)
}

const kindWitness = "witness"

func (v *ledgerView) input(msg tea.Msg) tea.Cmd {
	if v.page != nil {
		return v.page.input(msg)
	}
	event, cmd := v.list.Update(msg)
	if event == Opened {
		row, _ := v.list.Selected()
		return v.visit(row.Key)
	}
	key, ok := msg.(tea.KeyMsg)
	if !ok || event != Ignored {
		return cmd
	}
	switch key.String() {
	case "f":
		return v.nextOnly()
	case "m":
		return v.searchOn()
	case "p":
		row, _ := v.list.Selected()
		return exportDialog(v.d, row.Key)
	}
	return cmd
}

// visit opens a transaction.
func (v *ledgerView) visit(id string) tea.Cmd {
	if id == "" {
		return nil
	}
	v.page = &txPage{d: v.d, id: id}
	return v.page.load()
}

func (v *ledgerView) opened(msg txMsg) tea.Cmd {
	if v.page == nil || msg.id != v.page.id {
		return nil
	}
	return v.page.take(msg)
}

// Back implements Closer.
func (v *ledgerView) Back() (tea.Cmd, bool) {
	if v.page != nil {
		if cmd, ok := v.page.back(); ok {
			return cmd, true
		}
		v.page = nil
		return v.again(), true
	}
	if v.list.Filter() == "" && v.only != (only{}) {
		v.only = only{}
		return v.list.Reload(), true
	}
	return v.list.Back()
}

func (v *ledgerView) Render(w, h int) string {
	if v.page != nil {
		return v.page.render(w, h)
	}
	line := v.searchLine()
	v.list.At(0, 0)
	if line == "" {
		return v.list.Render(w, h)
	}
	return Fit(v.list.Render(w, h-1), w, h-1) + "\n" + v.d.Theme.Muted.Render(Cut("  "+line, w))
}
