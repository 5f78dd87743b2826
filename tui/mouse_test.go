package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// whole is a node with something in every view, each with more rows than a small
// window has.
func whole() Backend {
	m := purse()
	for i := range 60 {
		m.lines = append(m.lines, LogLine{Seq: uint64(i + 3), At: clock(), Level: Info, Text: fmt.Sprint("message ", i)})
		m.settings.List = append(m.settings.List, Setting{Key: fmt.Sprint("setting_", i), Value: "1", From: "file"})
		m.history = append(m.history, HistoryEntry{TxID: id("c3")[:60] + fmt.Sprintf("%04d", i), At: clock(), Amount: "+1", Status: statusConfirmed})
		m.proofs = append(m.proofs, ProofFile{File: fmt.Sprintf("proof-%d.torrent", i), TxID: id("a1"), At: clock()})
	}
	list, n := m.txs, m.count
	m.count, m.txs = 60, func(i int) Tx {
		t := list(i % n)
		t.TxID = fmt.Sprintf("%04d", i) + t.TxID[4:]
		return t
	}
	b := m.backend()
	nodes, _ := nodesLab()
	for i := range 60 {
		n := nodes.nodes.List[0]
		n.Address = fmt.Sprintf("192.0.2.7:%d", 1000+i)
		nodes.nodes.List = append(nodes.nodes.List, n)
	}
	_, torrents := manyTorrents(60)
	b.Peers, b.Torrents = nodes, torrents.Torrents
	return b
}

func mouse(x, y int, button tea.MouseButton) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: button, Action: tea.MouseActionPress}
}

// cursorAt is the line on which the cursor stands.
func cursorAt(frame string) int {
	for y, line := range strings.Split(frame, "\n") {
		if strings.HasPrefix(line, "> ") {
			return y
		}
	}
	return -1
}

// TestMouseInEveryView: a click puts the cursor on the row under it, the wheel moves
// it by three, and at the end of the window the rows with it.
func TestMouseInEveryView(t *testing.T) {
	for _, size := range sizes() {
		a := drawnFirst(t, whole(), size[0], size[1])
		for i, v := range a.views {
			settle(a, a.goTo(i))
			name := fmt.Sprintf("%s %dx%d", v.ID(), size[0], size[1])
			d := driver{t, a}
			first := cursorAt(a.View())
			if first < 0 {
				t.Errorf("%s: no cursor:\n%s", name, a.View())
				continue
			}
			d.send(mouse(5, first+2, tea.MouseButtonLeft))
			if at := cursorAt(a.View()); at != first+2 {
				t.Errorf("%s: a click on line %d put the cursor on %d:\n%s", name, first+2, at, a.View())
			}
			d.send(mouse(5, first+1, tea.MouseButtonWheelUp))
			if at := cursorAt(a.View()); at != first {
				t.Errorf("%s: the wheel put the cursor on %d, not %d", name, at, first)
			}
			before := a.View()
			for range 10 {
				d.send(mouse(5, first, tea.MouseButtonWheelDown))
			}
			d.sees("31 of ")
			if a.View() == before {
				t.Errorf("%s: the wheel moved nothing", name)
			}
			checkDrawing(t, name, a.View(), size[0], size[1])
		}
	}
}

// TestClicksOnTabs changes views by their names in the header.
func TestClicksOnTabs(t *testing.T) {
	for _, size := range sizes() {
		a := drawn(t, whole(), "log", size[0], size[1])
		d := driver{t, a}
		for i := range a.views {
			d.send(mouse(a.tabLine()[i].from, 1, tea.MouseButtonLeft))
			if a.at != i {
				t.Errorf("%dx%d: a click on tab %d shows view %d", size[0], size[1], i+1, a.at+1)
			}
		}
		d.send(mouse(size[0]-1, 0, tea.MouseButtonLeft)) // the title is no tab
		if a.at != len(a.views)-1 {
			t.Error("a click beside the tabs changed the view")
		}
	}
}

// TestClickOpensAndEscapeLeaves: a second click on a row shows its details, where the
// tabs of a torrent and the neighbours of a transaction are clicked too.
func TestClickOpensAndEscapeLeaves(t *testing.T) {
	a := drawnFirst(t, whole(), 80, 24)
	d := driver{t, a}
	row := cursorAt(a.View())
	d.send(mouse(5, row, tea.MouseButtonLeft))
	d.sees("Size ", "Trackers", "Files*")
	lines := strings.Split(a.View(), "\n")
	for y, line := range lines {
		if x := strings.Index(line, "Trackers"); x >= 0 {
			d.send(mouse(x, y, tea.MouseButtonLeft))
		}
	}
	d.sees("Trackers*")
	d.press("esc")
	d.lacks("Trackers*")

	settle(a, a.goTo(a.index("log")))
	row = cursorAt(a.View())
	d.send(mouse(5, row+1, tea.MouseButtonLeft))
	d.send(mouse(5, row+1, tea.MouseButtonLeft))
	d.sees("Message", "Esc close")
	d.press("esc")

	before := a.View()
	d.send(mouse(5, 22, tea.MouseButtonRight))
	d.send(tea.MouseMsg{X: 5, Y: row + 4, Button: tea.MouseButtonLeft, Action: tea.MouseActionRelease})
	d.send(tea.MouseMsg{X: 5, Y: row + 4, Action: tea.MouseActionMotion})
	if a.View() != before {
		t.Errorf("another button, a release or a motion did something:\n%s", a.View())
	}
}

// TestWheelScrollsADialog: the help has more lines than the window.
func TestWheelScrollsADialog(t *testing.T) {
	a := drawn(t, whole(), "torrents", 80, 24)
	d := driver{t, a}
	d.press("?")
	before := a.View()
	d.send(mouse(40, 12, tea.MouseButtonWheelDown))
	after := a.View()
	if after == before {
		t.Errorf("the wheel did not scroll:\n%s", after)
	}
	d.send(mouse(40, 12, tea.MouseButtonWheelUp))
	if a.View() != before {
		t.Error("it does not scroll back")
	}
}
