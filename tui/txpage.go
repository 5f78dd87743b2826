package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"
)

// maxTrail bounds the way back through the transactions that were visited.
const maxTrail = 100

// txPage is one transaction with what stands around it. The cursor goes through
// its neighbours.
type txPage struct {
	d       Deps
	id      string
	details TxDetails
	loaded  bool
	problem string
	trail   []string
	at      int // among the lines that can be visited
	top     int // first line that is drawn
	height  int
	lines   []txLine // as they were drawn last
	follow  bool     // scroll to the cursor
	y0      int
}

// txLine is one line of the page; one with a key can be visited.
type txLine struct {
	text string
	key  string
}

func (p *txPage) keys() []Key {
	off := ""
	if p.target() == "" {
		off = "no other transaction is chosen"
	}
	return []Key{
		{Keys: []string{"enter"}, Help: "go there", Off: off},
		{Keys: []string{"p"}, Help: "proof", Verb: "proof export", Off: proofsOff(p.d)},
		{Keys: []string{"esc", "backspace"}, Help: "back"},
		{Keys: []string{"j", "down"}, Help: "next neighbour", Quiet: true},
		{Keys: []string{"k", "up"}, Help: "neighbour before", Quiet: true},
		{Keys: []string{"g", "home"}, Help: "top", Quiet: true},
		{Keys: []string{"G", "end"}, Help: "bottom", Quiet: true},
		{Keys: []string{"pgdown", "ctrl+f"}, Help: "a page down", Quiet: true},
		{Keys: []string{"pgup", "ctrl+b"}, Help: "a page up", Quiet: true},
	}
}

func (p *txPage) load() tea.Cmd {
	id := p.id
	return p.d.Do(func(ctx context.Context) tea.Msg {
		details, err := p.d.Backend.Ledger.Tx(ctx, id)
		return txMsg{id, details, err}
	})
}

// take shows an answer. One that fails leaves what is there.
func (p *txPage) take(msg txMsg) tea.Cmd {
	if msg.err != nil {
		p.problem = msg.err.Error()
		if p.loaded {
			return Fail(msg.err)
		}
		return nil
	}
	p.details, p.loaded, p.problem = msg.details, true, ""
	return nil
}

func (p *txPage) input(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return p.press(msg.String())
	case tea.MouseMsg:
		return p.mouse(tea.MouseEvent(msg))
	}
	return nil
}

func (p *txPage) press(key string) tea.Cmd {
	page := max(1, p.height-1)
	switch key {
	case "j", "down":
		p.move(1)
	case "k", "up":
		p.move(-1)
	case "g", "home":
		p.at, p.top, p.follow = 0, 0, false
	case "G", "end":
		p.at, p.top = max(0, len(p.targets())-1), len(p.lines)
	case "pgdown", "ctrl+f", " ":
		p.top += page
	case "pgup", "ctrl+b":
		p.top -= page
	case "enter":
		return p.visit(p.target())
	case "backspace":
		cmd, _ := p.back()
		return cmd
	case "p":
		return exportDialog(p.d, p.details.TxID)
	}
	return nil
}

func (p *txPage) mouse(e tea.MouseEvent) tea.Cmd {
	switch {
	case e.Button == tea.MouseButtonWheelDown:
		p.top += wheel
	case e.Button == tea.MouseButtonWheelUp:
		p.top -= wheel
	case e.Action == tea.MouseActionPress && e.Button == tea.MouseButtonLeft:
		if i := p.top + e.Y - p.y0; i >= 0 && i < len(p.lines) && p.lines[i].key != "" {
			return p.visit(p.lines[i].key)
		}
	}
	return nil
}

func (p *txPage) move(by int) {
	p.at, p.follow = max(0, min(p.at+by, len(p.targets())-1)), true
}

// targets are the lines that can be visited.
func (p *txPage) targets() (at []int) {
	for i, l := range p.lines {
		if l.key != "" {
			at = append(at, i)
		}
	}
	return at
}

// target is the transaction under the cursor.
func (p *txPage) target() string {
	if all := p.targets(); p.at < len(all) {
		return p.lines[all[p.at]].key
	}
	return ""
}

func (p *txPage) visit(id string) tea.Cmd {
	if id == "" || id == p.id {
		return nil
	}
	p.trail = append(p.trail, p.id)
	p.trail = p.trail[max(0, len(p.trail)-maxTrail):]
	return p.open(id)
}

func (p *txPage) open(id string) tea.Cmd {
	p.id, p.loaded, p.problem, p.at, p.top, p.lines = id, false, "", 0, 0, nil
	return p.load()
}

// back goes to the transaction before; false when this was the first.
func (p *txPage) back() (tea.Cmd, bool) {
	if len(p.trail) == 0 {
		return nil, false
	}
	id := p.trail[len(p.trail)-1]
	p.trail = p.trail[:len(p.trail)-1]
	return p.open(id), true
}
