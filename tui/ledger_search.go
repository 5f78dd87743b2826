package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// maxFound bounds what a search keeps; who has more rows says more.
	maxFound = maxWindow
	// searchSteps is how many answers a search takes by itself before it rests. One
	// takes the node 0.3 seconds at most, so it rests within twelve.
	searchSteps = 40
)

// txSearch is a search that goes on in stretches.
type txSearch struct {
	n       int
	query   Query
	only    only
	rows    []Tx
	next    string
	scanned int
	depth   uint32
	steps   int
	rested  bool
	over    bool // what it found is old
}

// find begins a search, or shows again what the one that runs has found.
func (v *ledgerView) find(q Query) tea.Cmd {
	q.Offset = 0
	if s := v.search; s != nil && s.query.Filter == q.Filter && s.only == v.only && !s.over {
		s.query.Desc = q.Desc
		return func() tea.Msg { return foundMsg{n: s.n, again: true} }
	}
	v.n++
	v.search = &txSearch{n: v.n, query: q, only: v.only}
	return v.search.step(v.d)
}

// step looks a stretch further.
func (s *txSearch) step(d Deps) tea.Cmd {
	s.rested = false
	n, q := s.n, s.query
	ask := TxSearch{Text: q.Filter, Status: s.only.status, Kind: s.only.kind, After: s.next, Limit: maxFound - len(s.rows)}
	return d.Do(func(ctx context.Context) tea.Msg {
		found, err := d.Backend.Ledger.Search(ctx, ask)
		return foundMsg{n: n, query: q, found: found, err: err}
	})
}

// took adds what a stretch found, and goes on until the search rests.
func (v *ledgerView) took(msg foundMsg) tea.Cmd {
	s := v.search
	if s == nil || msg.n != s.n {
		return nil
	}
	if msg.again {
		return v.list.Set(v.foundRows())
	}
	if msg.err != nil {
		v.list.Fail()
		s.rested = true
		return Fail(msg.err)
	}
	s.rows = append(s.rows, msg.found.Txs...)
	s.scanned += msg.found.Scanned
	s.next, s.depth = msg.found.Next, msg.found.Depth
	s.steps++
	s.rested = s.next == "" || len(s.rows) >= maxFound || s.steps%searchSteps == 0
	v.list.followTop()
	cmd := v.list.Set(v.foundRows())
	if v.search != s || s.rested {
		return cmd
	}
	return tea.Batch(cmd, s.step(v.d))
}

func (v *ledgerView) foundRows() Window {
	s := v.search
	w := Window{Query: s.query, Rows: v.rows(s.rows), Total: len(s.rows), More: s.next != ""}
	if !s.query.Desc {
		return w.turned()
	}
	return w
}

// searchOn goes on with a search that rests. What it found makes room for more.
func (v *ledgerView) searchOn() tea.Cmd {
	s := v.search
	if s == nil || s.next == "" || !s.rested {
		return nil
	}
	if len(s.rows) >= maxFound {
		s.rows = nil
		v.list.cursor, v.list.top, v.list.key = 0, 0, ""
	}
	return s.step(v.d)
}

// searchLine says how far a search has come.
func (v *ledgerView) searchLine() string {
	s := v.search
	if s == nil {
		return ""
	}
	of := ""
	if v.total > 0 {
		of = " of " + Count(max(v.total, s.scanned)) // more may have come since it was counted
	}
	looked := fmt.Sprintf("%s found, %s%s looked at", Count(len(s.rows)), Count(s.scanned), of)
	switch {
	case s.next == "":
		return looked + ": that is all"
	case !s.rested:
		return looked + ", searching down from depth " + Count(s.depth)
	case len(s.rows) >= maxFound:
		return looked + ": stopped, these are enough for a list; m shows the next"
	}
	return looked + ": stopped at depth " + Count(s.depth) + "; m searches on"
}
