package tui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/teatest"
)

// fake is a node that says what it is told to. It embeds nothing: a test makes the
// sources that it needs.
type fake struct {
	overview Overview
	changes  chan Changes
	lines    []LogLine
	settings Settings
	set      map[string]string
	commands []Command
}

func (f *fake) backend() Backend {
	return Backend{Overview: f, Log: f, Settings: f, Commands: f}
}

func (f *fake) Overview(context.Context) (Overview, error) { return f.overview, nil }

func (f *fake) Changes(ctx context.Context) (Changes, error) {
	select {
	case c := <-f.changes:
		return c, nil
	case <-ctx.Done():
		return Changes{}, ctx.Err()
	}
}

func (f *fake) Log(_ context.Context, q LogQuery) (LogPage, error) {
	var p LogPage
	for i := len(f.lines) - 1; i >= 0; i-- {
		l := f.lines[i]
		if l.Level < q.Level || !strings.Contains(l.Text, q.Filter) {
			continue
		}
		if q.Before != 0 && l.Seq >= q.Before {
			p.Newer++
			continue
		}
		if p.Total++; p.Total > q.Skip && len(p.Lines) < q.Limit {
			p.Lines = append([]LogLine{l}, p.Lines...)
		}
	}
	return p, nil
}

func (f *fake) Settings(context.Context) (Settings, error) { return f.settings, nil }

func (f *fake) Set(_ context.Context, key, value string) (string, error) {
	if f.set == nil {
		f.set = map[string]string{}
	}
	f.set[key] = value
	for i := range f.settings.List {
		if f.settings.List[i].Key == key {
			f.settings.List[i].Value = value
		}
	}
	return key + " is " + value + " now", nil
}

func (f *fake) Reload(context.Context) (string, error) { return "nothing in the file has changed", nil }

func (f *fake) Commands() []Command { return f.commands }

func (f *fake) Complete(_ context.Context, words []string) []string {
	if words[0] == "tx" {
		return []string{"0badcafe"}
	}
	return nil
}

func (f *fake) Run(_ context.Context, words []string) (string, error) {
	return fmt.Sprintf("ran %q", words), nil
}

// clock stands still.
func clock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// options are those of a program without a terminal.
func options(b Backend) Options {
	return Options{
		Connect: func(context.Context) (Backend, error) { return b, nil },
		Theme:   PlainTheme(), Out: io.Discard, Now: clock,
	}
}

// start runs the program on a terminal in memory.
func start(t *testing.T, b Backend, w, h int) *teatest.TestModel {
	t.Helper()
	return teatest.NewTestModel(t, newApp(t.Context(), options(b)), teatest.WithInitialTermSize(w, h))
}

// patience bounds the wait for the program; a loaded machine is slow.
const patience = time.Minute

// see waits until all the texts were drawn since the last see.
func see(t *testing.T, m *teatest.TestModel, texts ...string) {
	t.Helper()
	teatest.WaitFor(t, m.Output(), func(b []byte) bool {
		for _, text := range texts {
			if !strings.Contains(string(b), text) {
				return false
			}
		}
		return true
	}, teatest.WithDuration(patience))
}

// press presses keys by their names.
func press(m *teatest.TestModel, names ...string) {
	for _, name := range names {
		m.Send(keyMsg(name))
	}
}

// quit leaves the program.
func quit(t *testing.T, m *teatest.TestModel) {
	t.Helper()
	m.Send(tea.KeyMsg{Type: tea.KeyCtrlC})
	m.WaitFinished(t, teatest.WithFinalTimeout(patience))
}

func contains(s string, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(s, text) {
			return false
		}
	}
	return true
}
