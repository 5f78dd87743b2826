package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestFooterKeepsTheWayOut(t *testing.T) {
	own := []Key{
		{Keys: []string{"enter"}, Help: "details", Off: "nothing is chosen"},
		{Keys: []string{"a"}, Help: "add"}, {Keys: []string{"j"}, Help: "down", Quiet: true},
		{Keys: []string{"L"}, Help: "limits of it", Off: "it is gone"},
	}
	last := loud(appKeys())
	for w, want := range map[int]string{
		120: " Enter details (nothing is chosen)  a add  L limits of it (it is gone)  : command  ? help  q quit",
		100: " Enter details (nothing is chosen)  a add  (L limits of it)  : command  ? help  q quit",
		80:  " (Enter details)  a add  (L limits of it)  : command  ? help  q quit",
		55:  " (Enter details)  a add  …  : command  ? help  q quit",
		30:  " …  : command  ? help  q quit",
	} {
		if got := keyLine(PlainTheme(), own, last, w); got != want {
			t.Errorf("%d columns:\n%q, want\n%q", w, got, want)
		}
	}
}

// TestFooterFits draws the keys of every view at every width, with a row chosen and without.
func TestFooterFits(t *testing.T) {
	for _, f := range []*fake{lab(), {}} {
		a := drawn(t, f.backend(), "log", 80, 24)
		for i := range a.views {
			settle(a, a.goTo(i))
			for a.w = MinWidth; a.w < 180; a.w++ {
				line := a.footer()
				if Width(line) > a.w || !strings.Contains(line, "? help") {
					t.Fatalf("%s, %d columns: %q", a.current().ID(), a.w, line)
				}
			}
		}
	}
}

// TestADialogHasTheFooter takes away what was said before, but for an error.
func TestADialogHasTheFooter(t *testing.T) {
	a := drawn(t, lab().backend(), "log", 80, 24)
	a.Update(NotifyMsg{"something is done", Good})
	a.Update(ShowMsg{&Form{Title: "A form", Yes: "go on", Fields: []Field{{Name: "a", Label: "A"}}}})
	if got := a.footer(); !strings.Contains(got, "Enter go on") {
		t.Errorf("below a dialog stands %q", got)
	}
	a.Update(NotifyMsg{"it failed", Bad})
	a.Update(ShowMsg{&Form{Title: "Again", Yes: "go on", Fields: []Field{{Name: "a", Label: "A"}}}})
	if got := a.footer(); !strings.Contains(got, "it failed") {
		t.Errorf("an error that nobody has seen went: %q", got)
	}
}

// TestAFormShowsBothEndsOfAnAddress in a field that is not typed in.
func TestAFormShowsBothEndsOfAnAddress(t *testing.T) {
	f := (&Form{Title: "Send", Fields: []Field{{Name: "to", Label: "To", Value: otherAddress}, {Name: "n", Label: "Amount"}}}).open(Deps{})
	f.update(tea.KeyMsg{Type: tea.KeyTab})
	got := f.render(PlainTheme(), 60, 20)
	if !strings.Contains(got, otherAddress[:15]) || !strings.Contains(got, otherAddress[len(otherAddress)-15:]) {
		t.Errorf("drawn:\n%s", got)
	}
}

// TestAnEmptyLogSaysOfWhichLevel is not to be taken for one that has nothing at all.
func TestAnEmptyLogSaysOfWhichLevel(t *testing.T) {
	a := drawn(t, (&fake{}).backend(), "log", 80, 24)
	for _, want := range []string{"level info or above", "level warn or above", "level error or above", "Nothing was logged yet"} {
		if got := a.View(); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
		_, cmd := a.Update(keyMsg("l"))
		settle(a, cmd)
	}
}
