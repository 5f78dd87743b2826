package tui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
)

// tape keeps what is printed and tells whenever there is more.
type tape struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newTape() *tape { return &tape{more: make(chan struct{}, 1)} }

func (t *tape) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	select {
	case t.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// await waits until a text was printed.
func (t *tape) await(text string) {
	for !strings.Contains(t.String(), text) {
		<-t.more
	}
}

func TestPlainPrintsLinesAndTakesCommands(t *testing.T) {
	f := nasty()
	f.changes = make(chan Changes)
	f.overview.Problems = nil
	in, keys := io.Pipe()
	out := newTape()
	o := options(f.backend())
	o.In, o.Out, o.Starting = in, out, "reading"
	done := make(chan error)
	go func() { done <- RunPlain(context.Background(), o) }()
	out.await("in step with 5 of 5 peers")
	io.WriteString(keys, "tx show\n")
	out.await(`ran ["tx" "show"]`)
	io.WriteString(keys, "help\n")
	out.await("tx show TXID: Show a transaction")
	io.WriteString(keys, "quit\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\a\r\u202e") {
		t.Errorf("it commands the terminal: %q", out)
	}
}

// TestPlainWelcomes: the first run says what to do, before it starts a node; a later
// one does not.
func TestPlainWelcomes(t *testing.T) {
	for _, first := range []bool{true, false} {
		out := newTape()
		o := options(lab().backend())
		o.Out, o.In, o.Starting = out, strings.NewReader("quit\n"), "reading the ledger"
		if first {
			o.Setup = newSetup()
		}
		if err := RunPlain(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		hint, rest, _ := strings.Cut(out.String(), "reading the ledger")
		if got := contains(hint, "torrent add", "ttx wallet new", "ttx network join", "devnet"); got != first || !contains(rest, "type a command") {
			t.Errorf("first %v: it said\n%s", first, out)
		}
		for line := range strings.Lines(hint) {
			if Width(strings.TrimRight(line, "\n")) > 100 {
				t.Errorf("a long line: %q", line)
			}
		}
	}
}

func TestPlainSaysWhatIsNewOnce(t *testing.T) {
	f := lab()
	f.changes = make(chan Changes)
	out := newTape()
	o := options(f.backend())
	o.Out = out
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- RunPlain(ctx, o) }()
	for range 3 {
		f.changes <- Changes{Ledger: true}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := strings.Count(out.String(), "in step"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out)
	}
}
