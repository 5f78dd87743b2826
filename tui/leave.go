package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"
)

// leavingMsg is what the node has under way when somebody wants to leave.
type leavingMsg struct {
	lines []string
	err   error
}

// leave ends the program. A node that ends with it is asked before what would stop.
func (a *app) leave() tea.Cmd {
	src := a.d.Backend.Leaving
	if src == nil {
		return tea.Quit
	}
	return a.d.Do(func(ctx context.Context) tea.Msg {
		lines, err := src.Leaving(ctx)
		return leavingMsg{lines, err}
	})
}

// left asks, when something would stop.
func (a *app) left(msg leavingMsg) tea.Cmd {
	lines := msg.lines
	if msg.err != nil {
		lines = []string{"What it has under way is not known: " + msg.err.Error() + "."}
	}
	if len(lines) == 0 {
		return tea.Quit
	}
	return a.show(Confirm{
		Title: "Leave? The node ends with this window.",
		Body:  append(lines, "It goes on the next time; what was paid stays paid. A node that runs without a window: ttx node."),
		Yes:   "leave", Do: tea.Quit,
	})
}
