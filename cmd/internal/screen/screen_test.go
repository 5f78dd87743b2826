package screen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	err := demo.Live(t.Context(), opts, func(ctx context.Context, seat demo.Seat) error {
		dir := seat.Dir
		client, err := api.Dial(ctx, dir)
		if err != nil {
			return err
		}
		defer client.Close()
		info, err := client.Node(ctx)
		if err != nil {
			return err
		}
		b := Backend(Config{Client: client, Node: info, Dir: config.Folder(dir)})
		if err := untilInStep(ctx, b.Overview); err != nil {
			return err
		}
		if err := readLog(ctx, b.Log); err != nil {
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

// readLog finds what the node said before anybody looked.
func readLog(ctx context.Context, s tui.LogSource) error {
	met, err := s.Log(ctx, tui.LogQuery{Level: tui.Info, Filter: "session open", Limit: 1})
	if err != nil || met.Total == 0 {
		return fmt.Errorf("the log has no session: %+v, %w", met, err)
	}
	seq := met.Lines[0].Seq
	before, err := s.Log(ctx, tui.LogQuery{Before: seq, Limit: 5})
	if err != nil || before.Newer == 0 {
		return fmt.Errorf("nothing since message %d: %+v, %w", seq, before, err)
	}
	for _, l := range before.Lines {
		if l.Seq >= seq || l.At.IsZero() || l.Text == "" {
			return fmt.Errorf("before message %d: %+v", seq, l)
		}
	}
	return nil
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
	w := newWatcher(nil)
	w.note(api.Event{Kind: api.EventTx, Tx: &api.TxEvent{TxID: "a"}})
	w.note(api.Event{Kind: api.EventPeer, Peer: &api.PeerEvent{Address: "192.0.2.1:1", Up: true, Client: "x"}})
	if c, err := w.take(); err != nil || c != (tui.Changes{Ledger: true, Peers: true}) {
		t.Errorf("%+v, %v", c, err)
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
	if fixed(api.Setting{Key: "dht", From: "default"}, "") == "" {
		t.Error("a node without a settings file, as a demo's, cannot be changed")
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
