package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// keptLog is a node's journal behind the socket.
type keptLog struct{ *journal.Journal }

func (k keptLog) Log(_ context.Context, q journal.Query) (journal.Page, error) {
	return k.Page(q), nil
}

func logNode(t *testing.T) (dir string, kept *journal.Journal) {
	t.Helper()
	dir, kept = t.TempDir(), new(journal.Journal)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	kept.Add(at, slog.LevelInfo, "started")
	kept.Add(at, slog.LevelWarn, "tracker says "+hostile)
	kept.Add(at.Add(time.Second), slog.LevelInfo, "announced")
	serve(t, dir, api.Config{Backend: new(fakeNode), Log: keptLog{kept}})
	return dir, kept
}

func TestLog(t *testing.T) {
	dir, _ := logNode(t)
	for args, want := range map[string]string{
		"log": "2026-01-02 03:04:05  info   started\n" +
			"2026-01-02 03:04:05  warn   tracker says a\ufffd[2Jb\ufffdc\ufffdd\n" +
			"2026-01-02 03:04:06  info   announced\n",
		"log -n 1":           "2026-01-02 03:04:06  info   announced\n",
		"log --search START": "2026-01-02 03:04:05  info   started\n",
		"log --level error":  "",
		"log --json --level warn": `{"lines":[{"seq":2,"time":1767323045000,"level":"warn","text":` +
			`"tracker says a\u001b[2Jb\nc` + "\u202e" + `d"}],"total":1,"newer":0}` + "\n",
	} {
		var out, errs strings.Builder
		code := Main(t.Context(), append([]string{"--dir", dir}, strings.Fields(args)...), IO{In: strings.NewReader(""), Out: &out, Err: &errs})
		if code != exitOK || out.String() != want {
			t.Errorf("%s: %q, want %q (%d, %s)", args, out.String(), want, code, errs.String())
		}
	}
	for _, args := range []string{"log --level loud", "log -n 0", "log -n 1001", "log x"} {
		if code := Main(t.Context(), append([]string{"--dir", dir}, strings.Fields(args)...), IO{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}); code != exitUsage {
			t.Errorf("%s: exit code %d", args, code)
		}
	}
}

// TestLogFollows: what is said later comes too, each message once, until it is interrupted.
func TestLogFollows(t *testing.T) {
	dir, kept := logNode(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	in, out := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Main(ctx, []string{"--dir", dir, "log", "--follow", "--json", "-n", "1"}, IO{In: strings.NewReader(""), Out: out, Err: io.Discard})
		_ = out.Close()
	}()
	lines := bufio.NewScanner(in)
	next := func() (l journal.Line) {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("it ended")
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := next(); l.Seq != 3 {
		t.Errorf("first %+v", l)
	}
	kept.Add(time.Now(), slog.LevelInfo, "four")
	kept.Add(time.Now(), slog.LevelError, "five")
	for want := uint64(4); want <= 5; want++ {
		if l := next(); l.Seq != want {
			t.Errorf("then %+v, want %d", l, want)
		}
	}
	interrupt()
	if lines.Scan() {
		t.Errorf("once more: %s", lines.Text())
	}
	if code := <-done; code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
