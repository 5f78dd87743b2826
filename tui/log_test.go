package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// TestLogFollowsAtTheTopAndStandsStillBelow: what comes appears above the cursor
// on the newest line; a line that somebody reads stays where it is, and the page
// says what has come since.
func TestLogFollowsAtTheTopAndStandsStillBelow(t *testing.T) {
	f := lab()
	for i := range 100 {
		f.lines = append(f.lines, LogLine{Seq: uint64(i + 3), At: clock(), Level: Info, Text: fmt.Sprint("message ", i, ".")})
	}
	say := func(i int) {
		f.lines = append(f.lines, LogLine{Seq: uint64(i + 3), At: clock(), Level: Info, Text: fmt.Sprint("message ", i, ".")})
	}
	a := drawn(t, f.backend(), "log", 80, 24)
	d := driver{t, a}
	d.sees("> 12:00:00 info  message 99.", "1 of 102")
	say(100)
	d.send(RefreshMsg{clock()})
	d.sees("> 12:00:00 info  message 100.", "1 of 103")
	d.press("j", "j")
	d.sees("> 12:00:00 info  message 98.")
	before := d.View()
	say(101)
	say(102)
	d.send(RefreshMsg{clock()})
	d.sees("> 12:00:00 info  message 98.", "3 of 103", "2 newer lines since; g follows")
	d.lacks("message 101.")
	if !contains(before, "message 100.") || !contains(d.View(), "message 100.") {
		t.Errorf("the lines moved:\n%s", d.View())
	}
	d.press("G")
	d.sees("> 12:00:00 info  listening at", "103 of 103")
	d.press("g")
	d.sees("> 12:00:00 info  message 102.", "1 of 105")
	d.lacks("newer lines")
}

// driver plays the program without a loop around it: each input is drawn when
// everything that it led to has come back.
type driver struct {
	t testing.TB
	*app
}

func (d driver) send(msg tea.Msg) {
	_, cmd := d.Update(msg)
	settle(d.app, cmd)
}

func (d driver) press(names ...string) {
	for _, name := range names {
		d.send(keyMsg(name))
	}
}

func (d driver) sees(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(d.View(), text) {
			d.t.Errorf("not drawn: %q\n%s", text, d.View())
		}
	}
}

func (d driver) lacks(text string) {
	d.t.Helper()
	if strings.Contains(d.View(), text) {
		d.t.Errorf("drawn: %q\n%s", text, d.View())
	}
}
