package screen

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/demo"
	"github.com/torrenttx/ttx/tui"
)

// TestLiveNetwork looks at a node of a working network through the sources: the
// header's sentence, the log and the settings.
func TestLiveNetwork(t *testing.T) {
	keep := shortDir(t)
	opts := demo.Options{Nodes: 2, Payments: 4, Version: "test", Keep: keep}
	err := demo.Live(t.Context(), opts, func(ctx context.Context, dir string) error {
		client, err := api.Dial(ctx, dir)
		if err != nil {
			return err
		}
		defer client.Close()
		info, err := client.Node(ctx)
		if err != nil {
			return err
		}
		b := Backend(Config{Client: client, Node: info, Dir: config.Folder(dir), Log: new(Log), Attached: true})
		if err := untilInStep(ctx, b.Overview); err != nil {
			return err
		}
		return readSettings(ctx, t, b.Settings)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shortDir is a folder whose name is short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ttx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func untilInStep(ctx context.Context, s tui.OverviewSource) error {
	for {
		o, err := s.Overview(ctx)
		if err != nil {
			return err
		}
		text, _ := tui.Sentence(o)
		if o.Network == "demo" && o.Voters == 2 && o.InStep > 0 && o.Transactions > 4 && strings.HasPrefix(text, "in step with") {
			return nil
		}
		if _, err := s.Changes(ctx); err != nil {
			return err
		}
	}
}

func readSettings(ctx context.Context, t *testing.T, s tui.SettingsSource) error {
	t.Helper()
	before, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	if len(before.List) == 0 {
		return fmt.Errorf("no settings: %+v", before)
	}
	if _, err := s.Set(ctx, "limit_up", "perhaps"); err == nil {
		t.Error("a limit of perhaps was taken")
	}
	return nil
}

func TestEventsChangeWhatTheyName(t *testing.T) {
	w := newWatcher(nil, new(Log))
	w.note(api.Event{Kind: api.EventTx, Tx: &api.TxEvent{TxID: "a"}})
	w.note(api.Event{Kind: api.EventPeer, Peer: &api.PeerEvent{Address: "192.0.2.1:1", Up: true, Client: "x"}})
	if c, err := w.take(); err != nil || c != (tui.Changes{Ledger: true, Peers: true}) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLogKeepsTheNewestInOrder(t *testing.T) {
	l := new(Log)
	for i := range maxLines + 10 {
		l.Add(time.Unix(int64(i), 0), tui.Info, fmt.Sprint("line ", i))
	}
	p := l.page(tui.LogQuery{Limit: 2})
	if p.Total != maxLines || len(p.Lines) != 2 || p.Lines[1].Text != fmt.Sprint("line ", maxLines+9) || p.Lines[0].Text != fmt.Sprint("line ", maxLines+8) {
		t.Errorf("%+v", p)
	}
	last := l.page(tui.LogQuery{Skip: maxLines - 1, Limit: 5})
	if len(last.Lines) != 1 || last.Lines[0].Text != "line 10" {
		t.Errorf("the oldest is %+v", last.Lines)
	}
}

func TestLogHandler(t *testing.T) {
	l := new(Log)
	log := slog.New(l.Handler(slog.LevelInfo)).With("node", 1).WithGroup("g")
	log.Debug("unheard")
	log.Warn("said", "k", "v", slog.Group("in", "x", 2))
	log.Error(strings.Repeat("é", maxLine))
	p := l.page(tui.LogQuery{Level: tui.Warning, Limit: 9})
	if p.Total != 2 || p.Lines[0].Text != "said  g.k=v  g.in.x=2  node=1" || p.Lines[0].Level != tui.Warning {
		t.Errorf("%+v", p)
	}
	if n := len(p.Lines[1].Text); n > maxLine+len("…") {
		t.Errorf("a line of %d bytes", n)
	}
	fmt.Fprint(l, "from a library\n\nand more\n")
	if p := l.page(tui.LogQuery{Filter: "LIBRARY", Limit: 9}); p.Total != 1 {
		t.Errorf("%+v", p)
	}
}

func TestFixedSettings(t *testing.T) {
	for _, c := range []struct {
		s     api.Setting
		fixed bool
	}{
		{api.Setting{Key: "dht", From: "file"}, false},
		{api.Setting{Key: "dht", From: "default"}, false},
		{api.Setting{Key: "dht", From: "flag", Flag: "no-dht"}, true},
		{api.Setting{Key: "dht", From: "environment", Env: "TTX_DHT"}, true},
		{api.Setting{Key: "proxy", From: "file"}, true},
		{api.Setting{Key: "feed", From: "file"}, true},
	} {
		if got := fixed(c.s, filepath.Join("data", "settings.toml")); (got != "") != c.fixed {
			t.Errorf("%+v: %q", c.s, got)
		}
	}
}

func TestCompareCountsEveryPeerOnce(t *testing.T) {
	v := tui.Overview{Ledger: true, Transactions: 100}
	compare(&v, []api.Peer{
		{InSync: true, Transactions: 100}, {Transactions: 90}, {Transactions: 12300}, {InSync: true, OtherRules: true, Transactions: 100},
	})
	if v.Peers != 4 || v.InStep != 1 || v.Behind != 1 || v.Ahead != 1 || v.OtherRules != 1 || v.Target != 12300 {
		t.Errorf("%+v", v)
	}
	if text, _ := tui.Sentence(v); text != "catching up: 100 of 12,300" {
		t.Error(text)
	}
}
