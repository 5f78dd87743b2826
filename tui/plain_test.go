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
