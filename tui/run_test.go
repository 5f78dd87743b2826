package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// terminal is what was written to one; wrote tells of the first byte.
type terminal struct {
	mu    sync.Mutex
	bytes bytes.Buffer
	once  sync.Once
	wrote chan struct{}
}

func (o *terminal) Write(p []byte) (int, error) {
	o.once.Do(func() { close(o.wrote) })
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.Write(p)
}

// restored: the screen of before, the cursor, the mouse and pasting as they were.
func (o *terminal) restored() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return contains(o.bytes.String(), "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[?1002l", "\x1b[?1006l") &&
		strings.LastIndex(o.bytes.String(), "\x1b[?1049l") > strings.LastIndex(o.bytes.String(), "\x1b[?1049h")
}

func runIn(ctx context.Context, t *testing.T, out *terminal, in io.Reader, connect func(context.Context) (Backend, error)) error {
	t.Helper()
	o := options(Backend{})
	o.Connect, o.In, o.Out, o.Mouse = connect, in, out, true
	return Run(ctx, o)
}

// TestRunRestoresTheTerminal however it ends: from outside, or in a panic.
func TestRunRestoresTheTerminal(t *testing.T) {
	silent, _ := io.Pipe()
	t.Run("interrupted", func(t *testing.T) {
		out := &terminal{wrote: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		err := runIn(ctx, t, out, silent, func(context.Context) (Backend, error) {
			<-out.wrote
			cancel()
			return lab().backend(), nil
		})
		if err != nil || !out.restored() {
			t.Errorf("%v, terminal restored: %v", err, out.restored())
		}
	})
	t.Run("panic", func(t *testing.T) {
		out := &terminal{wrote: make(chan struct{})}
		err := runIn(t.Context(), t, out, silent, func(context.Context) (Backend, error) {
			<-out.wrote
			panic("a mistake of ours")
		})
		if !errors.Is(err, tea.ErrProgramPanic) || !out.restored() {
			t.Errorf("%v, terminal restored: %v", err, out.restored())
		}
	})
}
