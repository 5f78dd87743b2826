package tui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

// updating says that -update was given, a flag of teatest.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// sizes are those that every view is drawn in: one of each width class, the
// first as low as a split window.
func sizes() [][2]int { return [][2]int{{50, 14}, {80, 24}, {140, 40}} }

// hostile is what a stranger may send as a name, memo or user agent.
const hostile = "evil\x1b[2J\x1b]0;owned\a\r\n\u202egnp.exe\u0000 日本語のとても長い名前 e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 👩‍👩‍👧"

// settle runs commands and hands their messages to the program until nothing more
// comes. Timers are left out: time stands still.
func settle(a *app, cmds ...tea.Cmd) {
	for len(cmds) > 0 {
		cmd := cmds[0]
		cmds = cmds[1:]
		if cmd == nil {
			continue
		}
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			cmds = append(cmds, msg...)
		default:
			_, next := a.Update(msg)
			cmds = append(cmds, next)
		}
	}
}

// drawn is the program over a backend in a window of a size, with a view on the
// screen whose snapshot has come.
func drawn(t *testing.T, b Backend, view string, w, h int) *app {
	t.Helper()
	a := newApp(t.Context(), options(b))
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	a.Update(connectedMsg{backend: b})
	o, err := b.Overview.Overview(context.Background())
	a.Update(overviewMsg{o, err})
	settle(a, a.goTo(a.index(view)))
	return a
}

// golden compares a drawing with its file, and checks what holds of every drawing.
func golden(t *testing.T, name, got string, w, h int) {
	t.Helper()
	checkDrawing(t, name, got, w, h)
	path := filepath.Join("testdata", fmt.Sprintf("%s_%dx%d.txt", name, w, h))
	if updating() {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s drawn:\n%s\nwant:\n%s", path, got, want)
	}
}

// checkDrawing: nothing but visible characters, and nothing outside the window.
func checkDrawing(t *testing.T, name, got string, w, h int) {
	t.Helper()
	lines := strings.Split(got, "\n")
	if len(lines) > h {
		t.Errorf("%s: %d lines in a window of %d", name, len(lines), h)
	}
	for i, line := range lines {
		if n := Width(line); n > w {
			t.Errorf("%s: line %d has %d columns in a window of %d: %q", name, i+1, n, w, line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) {
				t.Errorf("%s: line %d holds %q", name, i+1, r)
			}
		}
	}
}

// nasty is a node among strangers, with everything that can be long or empty.
func nasty() *fake {
	f := lab()
	f.overview.Problems = []string{"the disk is full: " + hostile}
	f.overview.Network = hostile
	f.lines = append(f.lines, LogLine{Seq: 3, At: clock(), Level: Error, Text: hostile + strings.Repeat(" long", 100)})
	f.settings.List = append(f.settings.List, Setting{Key: "proxy", Value: hostile, From: "file", Default: "", Live: true})
	return f
}

func TestGoldenViews(t *testing.T) {
	for _, size := range sizes() {
		for _, view := range []string{"log", "settings"} {
			w, h := size[0], size[1]
			golden(t, view, drawn(t, lab().backend(), view, w, h).View(), w, h)
			golden(t, view+"_hostile", drawn(t, nasty().backend(), view, w, h).View(), w, h)
		}
	}
}

func TestGoldenFrame(t *testing.T) {
	for _, size := range sizes() {
		w, h := size[0], size[1]
		a := drawn(t, lab().backend(), "log", w, h)
		settle(a, a.key(keyMsg("?")))
		golden(t, "help", a.View(), w, h)
		settle(a, a.key(keyMsg("esc")), a.key(keyMsg(":")), a.key(keyMsg("s")), a.key(keyMsg("e")))
		golden(t, "palette", a.View(), w, h)

		a = drawn(t, lab().backend(), "settings", w, h)
		settle(a, a.key(keyMsg("enter")))
		golden(t, "form", a.View(), w, h)
		settle(a, a.key(keyMsg("esc")))
		settle(a, a.show(Confirm{Title: "Remove " + hostile + "?", Body: []string{"Its data stays."}, Yes: "remove", Danger: true}))
		golden(t, "confirm", a.View(), w, h)

		b := newApp(t.Context(), options(Backend{}))
		b.Update(tea.WindowSizeMsg{Width: w, Height: h})
		b.opts.Setup = newSetup()
		settle(b, b.Init())
		golden(t, "welcome", b.View(), w, h)
		settle(b, b.key(keyMsg("n")))
		golden(t, "welcome_words", b.View(), w, h)
	}
}

func TestWindowTooSmall(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {29, 40}, {80, 11}, {3, 200}} {
		checkDrawing(t, "small", drawn(t, nasty().backend(), "log", size[0], size[1]).View(), size[0], size[1])
	}
}

// TestEverySizeFits draws every view in many sizes, with and without a dialog.
func TestEverySizeFits(t *testing.T) {
	a := drawn(t, nasty().backend(), "log", 80, 24)
	for w := 1; w < 170; w += 7 {
		for h := 1; h < 60; h += 3 {
			a.Update(tea.WindowSizeMsg{Width: w, Height: h})
			for i := range a.views {
				a.at = i
				checkDrawing(t, fmt.Sprintf("%s %dx%d", a.current().ID(), w, h), a.View(), w, h)
			}
			a.show(a.help())
			checkDrawing(t, "help", a.View(), w, h)
			a.over = nil
		}
	}
}
