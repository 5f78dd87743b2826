package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// PeerSource is what the view Peers needs: the nodes of the network that we have a
// session with.
type PeerSource interface {
	Nodes(ctx context.Context) (Nodes, error)
	// Weight writes a weight as people read it; its coin may differ by network.
	Weight(w uint64) string
}

// Nodes are the others beside us.
type Nodes struct {
	// Network is the name of the network that they and we are on.
	Network string
	Ours    Node
	List    []Node
}

// Node is one node: what it says of itself, and what it did.
type Node struct {
	Address, Client string
	Outgoing        bool
	// Transactions and Weight are what it holds, Depth how far that reaches and
	// Confirmed how far of that is decided.
	Transactions, Weight uint64
	Depth, Confirmed     uint32
	Root                 string
	// InStep: it holds exactly what we hold. OtherRules: it decides by other rules.
	InStep, OtherRules bool
	Rules              uint32
	Received, Sent     int64
	// Score counts what it did wrong; at 100 it is banned.
	Score int
	Since time.Time
}

// standing is where a node is, beside us.
func (n *Node) standing(ours *Node) (string, Tone) {
	switch {
	case n.OtherRules:
		return "other rules", Bad
	case n.InStep:
		return "in step", Good
	case n.Transactions > ours.Transactions:
		return "ahead", Warn
	case n.Transactions < ours.Transactions:
		return "behind", Warn
	}
	return "differs", Warn
}

type peersView struct {
	d     Deps
	list  *List
	known Nodes
}

type nodesMsg struct {
	query Query
	nodes Nodes
	err   error
}

func newPeers(d Deps) View {
	if d.Backend.Peers == nil {
		return newAbsent(d, "peers", "Peers", "this node keeps no ledger, so there is no network to be a node of")
	}
	v := &peersView{d: d}
	v.list = NewList(d, []Column{
		{Title: "Address", Width: 15, Flex: 2, Sort: "address"},
		{Title: "Stands", Width: 11, Sort: "stands"},
		{Title: "Height", Width: 8, Right: true, Sort: "height"},
		{Title: "Weight", Width: 14, Right: true, From: Medium, Sort: "weight"},
		{Title: "Score", Width: 6, Right: true, Sort: "score"},
		{Title: "Version", Width: 10, Flex: 2, From: Medium, Sort: "version"},
		{Title: "Holds", Width: 9, Right: true, From: Wide, Sort: "holds"},
		{Title: "In", Width: 8, Right: true, From: Wide, Sort: "in"},
		{Title: "Out", Width: 8, Right: true, From: Wide, Sort: "out"},
		{Title: "For", Width: 4, Right: true, From: Wide, Sort: "age"},
		{Title: "Way", Width: 3, From: Wide},
	}, v.fetch)
	v.list.EmptyTitle = "No node of this network yet"
	v.list.EmptyNext = "Others are looked for by themselves. A friend's proof or network file names some: ttx network join FILE."
	return v
}

func (v *peersView) ID() string            { return "peers" }
func (v *peersView) Title() string         { return "Peers" }
func (v *peersView) Init() tea.Cmd         { return nil }
func (v *peersView) Capturing() bool       { return v.list.Filtering() }
func (v *peersView) Back() (tea.Cmd, bool) { return v.list.Back() }

func (v *peersView) Keys() []Key {
	off := ""
	if _, ok := v.list.Selected(); !ok {
		off = "there is no node here"
	}
	return append([]Key{{Keys: []string{"enter"}, Help: "details", Off: off}}, ListKeys()...)
}

func (v *peersView) fetch(q Query) tea.Cmd {
	src := v.d.Backend.Peers
	return v.d.Do(func(ctx context.Context) tea.Msg {
		nodes, err := src.Nodes(ctx)
		return nodesMsg{q, nodes, err}
	})
}

// Update implements View.
func (v *peersView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.list.Reload()
		}
	case RefreshMsg:
		return v, v.list.Reload()
	case ChangedMsg:
		if msg.Changes.Peers {
			return v, v.list.Reload()
		}
	case nodesMsg:
		if msg.err != nil {
			v.list.Fail()
			return v, Fail(msg.err)
		}
		v.known = msg.nodes
		return v, v.list.Set(Page(msg.query, v.rows(msg.query)))
	case tea.KeyMsg, tea.MouseMsg:
		event, cmd := v.list.Update(msg)
		if event == Opened {
			return v, v.open()
		}
		return v, cmd
	}
	return v, nil
}

// rows are all nodes that pass, at most as many as there are sessions.
func (v *peersView) rows(q Query) []Row {
	list := slices.Clone(v.known.List)
	if compare := nodeOrder(q.Sort, &v.known.Ours); compare != nil {
		slices.SortStableFunc(list, compare)
		if q.Desc {
			slices.Reverse(list)
		}
	}
	filter := strings.ToLower(q.Filter)
	var rows []Row
	for i := range list {
		row := v.row(&list[i])
		if strings.Contains(strings.ToLower(strings.Join(row.Cells[:6], " ")), filter) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (v *peersView) row(n *Node) Row {
	stands, tone := n.standing(&v.known.Ours)
	way := "in"
	if n.Outgoing {
		way = "out"
	}
	return Row{Key: n.Address, Tone: tone, Cells: []string{
		n.Address, stands, Count(n.Depth), v.d.Backend.Peers.Weight(n.Weight), Count(n.Score), n.Client, Count(n.Transactions),
		Size(n.Received), Size(n.Sent), Ago(v.d.Now().Sub(n.Since)), way,
	}}
}

// nodeOrder compares nodes by a column, nil for the order that they came in.
func nodeOrder(key string, ours *Node) func(a, b Node) int {
	of := func(f func(a, b *Node) int) func(a, b Node) int { return func(a, b Node) int { return f(&a, &b) } }
	stands := func(n *Node) string { s, _ := n.standing(ours); return s }
	switch key {
	case "address":
		return of(by(func(n *Node) string { return n.Address }))
	case "stands":
		return of(by(stands))
	case "height":
		return of(by(func(n *Node) uint32 { return n.Depth }))
	case "weight":
		return of(by(func(n *Node) uint64 { return n.Weight }))
	case "score":
		return of(by(func(n *Node) int { return n.Score }))
	case "version":
		return of(by(func(n *Node) string { return n.Client }))
	case "holds":
		return of(by(func(n *Node) uint64 { return n.Transactions }))
	case "in":
		return of(by(func(n *Node) int64 { return n.Received }))
	case "out":
		return of(by(func(n *Node) int64 { return n.Sent }))
	case "age":
		return of(by(func(n *Node) int64 { return -n.Since.UnixMilli() }))
	}
	return nil
}

// open shows everything about the node under the cursor.
func (v *peersView) open() tea.Cmd {
	row, ok := v.list.Selected()
	i := slices.IndexFunc(v.known.List, func(n Node) bool { return n.Address == row.Key })
	if !ok || i < 0 {
		return nil
	}
	n, ours := &v.known.List[i], &v.known.Ours
	stands, _ := n.standing(ours)
	weight := v.d.Backend.Peers.Weight
	fact := func(name, value string) string { return Pad(name, 14) + value }
	both := func(name, its, our string) string { return fact(name, Pad(its, 21)+" "+our) }
	return Show(&Sheet{Title: "Node " + n.Address, Lines: []string{
		fact("Version", n.Client), fact("Network", fmt.Sprintf("%s, rule set %d", v.known.Network, n.Rules)), fact("Stands", stands), "",
		both("", "its", "ours"),
		both("Transactions", Count(n.Transactions), Count(ours.Transactions)),
		both("Weight", weight(n.Weight), weight(ours.Weight)),
		both("Height", Count(n.Depth), Count(ours.Depth)),
		both("Confirmed to", Count(n.Confirmed), Count(ours.Confirmed)),
		both("Root", CutMiddle(Clean(n.Root), 19), CutMiddle(ours.Root, 19)), "",
		fact("Traffic", fmt.Sprintf("%s in, %s out", Size(n.Received), Size(n.Sent))),
		fact("Score", fmt.Sprintf("%d of 100; at 100 it is banned, each minute forgives one", n.Score)),
		fact("Session", "for "+Ago(v.d.Now().Sub(n.Since))+", "+map[bool]string{true: "we called", false: "it called"}[n.Outgoing]), "",
		"What a node says of what it holds is its word;", "only that its root is ours is known.",
	}})
}

// Render implements View.
func (v *peersView) Render(w, h int) string {
	if h < 8 || len(v.known.List) == 0 {
		v.list.At(0, 0)
		return v.list.Render(w, h)
	}
	v.list.At(0, 1)
	ours := &v.known.Ours
	head := fmt.Sprintf("  ours: height %s, weight %s, %s on %s", Count(ours.Depth), Clean(v.d.Backend.Peers.Weight(ours.Weight)),
		Plural(ours.Transactions, "transaction"), Clean(v.known.Network))
	return v.d.Theme.Muted.Render(Cut(head, w)) + "\n" + v.list.Render(w, h-1)
}
