package tui

import (
	"context"
	"errors"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/teatest"
)

// busy is a node that ends with the program.
type busy struct {
	lines []string
	err   error
}

func (b busy) Leaving(context.Context) ([]string, error) { return b.lines, b.err }

func hosted(b busy) Backend {
	backend := lab().backend()
	backend.Leaving = b
	return backend
}

func ends(t *testing.T, m *teatest.TestModel) {
	t.Helper()
	m.WaitFinished(t, teatest.WithFinalTimeout(patience))
}

// TestLeavingAsksBeforeItEndsWhatIsUnderWay: Enter and n stay, y leaves.
func TestLeavingAsksBeforeItEndsWhatIsUnderWay(t *testing.T) {
	for _, no := range []string{"n", "enter", "q"} {
		m := start(t, hosted(busy{lines: []string{"2 torrents are not complete.", "1 payment of this wallet is not confirmed."}}), 100, 24)
		see(t, m, "in step")
		press(m, "q")
		see(t, m, "Leave? The node ends", "2 torrents are not complete", "1 payment")
		press(m, no)
		see(t, m, "nothing was done")
		press(m, ":", "q", "u", "i", "t", "enter")
		see(t, m, "Leave? The node ends")
		press(m, "y")
		ends(t, m)
	}
}

func TestLeavingAnIdleNodeDoesNotAsk(t *testing.T) {
	m := start(t, hosted(busy{}), 80, 24)
	see(t, m, "in step")
	press(m, "q")
	ends(t, m)
}

func TestLeavingANodeThatDoesNotAnswerAsks(t *testing.T) {
	m := start(t, hosted(busy{err: errors.New("the node did not answer in time")}), 80, 24)
	see(t, m, "in step")
	press(m, "q")
	see(t, m, "not known: the node did not answer")
	press(m, "y")
	ends(t, m)
}

func TestInterruptDoesNotAsk(t *testing.T) {
	m := start(t, hosted(busy{lines: []string{"1 torrent is not complete."}}), 80, 24)
	see(t, m, "in step")
	m.Send(tea.KeyMsg{Type: tea.KeyCtrlC})
	ends(t, m)
}

// TestLeavingAnAttachedNode goes at once: it stays.
func TestLeavingAnAttachedNode(t *testing.T) {
	m := start(t, lab().backend(), 80, 24)
	see(t, m, "in step")
	press(m, "q")
	ends(t, m)
}
