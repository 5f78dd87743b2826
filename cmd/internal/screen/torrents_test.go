package screen

import (
	"context"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/tui"
)

// patience ends a test that hangs.
const patience = time.Minute

// liveTorrents is the source over the socket of a node without a ledger.
func liveTorrents(t *testing.T) (tui.TorrentSource, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	dir := config.Folder(shortDir(t))
	opts := node.Options{Dir: dir, NoLedger: true, Version: "test"}
	opts.Listen = "127.0.0.1:0"
	n, err := node.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	c, err := api.Dial(ctx, string(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return newTorrents(Config{Client: c}), ctx
}

// TestTorrentsOfANode: what the view asks for and orders reaches a node, and comes back.
func TestTorrentsOfANode(t *testing.T) {
	s, ctx := liveTorrents(t)
	hash := strings.Repeat("0a", 20)
	id, _, err := s.Add(ctx, tui.AddTorrent{What: strings.ToUpper(hash), Paused: true, Labels: []string{"new"}})
	if err != nil || id != hash {
		t.Fatalf("added %q, %v", id, err)
	}
	other := strings.Repeat("0b", 20)
	if _, _, err := s.Add(ctx, tui.AddTorrent{What: "magnet:?xt=urn:btih:" + other + "&dn=The+Film"}); err != nil {
		t.Fatal(err)
	}
	p, err := s.Torrents(ctx, tui.TorrentQuery{Query: tui.Query{Sort: "name", Desc: true, Limit: 1}, Follow: hash})
	if err != nil || p.Total != 2 || p.List[0].Name != "The Film" || p.Place != 1 || p.List[0].ETA != -1 {
		t.Errorf("%+v, %v", p, err)
	}
	for filter, want := range map[string]int{"film": 1, "label:new": 1, "state:pau": 1, "state:pau film": 0, "0a0a": 1, "state:nonsense": 0, "": 2} {
		if p, err := s.Torrents(ctx, tui.TorrentQuery{Query: tui.Query{Filter: filter, Limit: 9}}); err != nil || p.Total != want {
			t.Errorf("%q: %d pass, %v", filter, p.Total, err)
		}
	}
	five := int64(5)
	for name, err := range map[string]error{
		"label": s.Label(ctx, hash, []string{"a"}, []string{"new"}), "limit": s.Limit(ctx, hash, tui.TorrentLimits{Down: &five}),
		"resume": s.Resume(ctx, hash), "pause": s.Pause(ctx, hash),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if x, err := s.Torrent(ctx, hash); err != nil || x.LimitDown != 5 || !slices.Equal(x.Labels, []string{"a"}) {
		t.Errorf("%+v, %v", x, err)
	}
	if err := s.Remove(ctx, hash, false); err != nil {
		t.Error(err)
	}
	if _, err := s.Torrent(ctx, hash); err == nil {
		t.Error("it is there after its removal")
	}
}

// TestFilesOfANode: a .torrent that is dropped is read, its files are listed, and wanted as told.
func TestFilesOfANode(t *testing.T) {
	s, ctx := liveTorrents(t)
	raw, dir := twoFiles(t)
	path := filepath.Join(t.TempDir(), "two.torrent")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	id, name, err := s.Add(ctx, tui.AddTorrent{What: path, Dir: dir})
	if err != nil || name != "two" {
		t.Fatalf("added %q, %v", name, err)
	}
	if err := s.Prioritize(ctx, id, []int{1}, "skip"); err != nil {
		t.Error(err)
	}
	files, err := s.Files(ctx, id)
	if err != nil || len(files) != 2 || files[0].Priority != "normal" || files[1].Priority != "skip" || files[1].Length != 20 {
		t.Errorf("%+v, %v", files, err)
	}
	runs, err := s.Pieces(ctx, id)
	n := 0
	for _, r := range runs {
		n += r.Count
	}
	if err != nil || n != 1 {
		t.Errorf("pieces %+v, %v", runs, err)
	}
	if _, err := s.Peers(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := s.Trackers(ctx, id); err != nil {
		t.Error(err)
	}
	if address, err := s.Stream(ctx, id, -1); err != nil || !strings.HasSuffix(address, "/b") {
		t.Errorf("the largest file is at %q, %v", address, err)
	}
	for _, what := range []string{dir, filepath.Join(dir, "absent.torrent"), "nothing"} {
		if _, _, err := s.Add(ctx, tui.AddTorrent{What: what}); err == nil {
			t.Errorf("%s was added", what)
		}
	}
}

// twoFiles is a .torrent of two files with nothing in them yet.
func twoFiles(t *testing.T) (raw []byte, dir string) {
	t.Helper()
	info := "d5:filesld6:lengthi10e4:pathl1:aeed6:lengthi20e4:pathl1:beee4:name3:two12:piece lengthi16384e6:pieces20:" + strings.Repeat("x", 20) + "e"
	raw = []byte("d4:info" + info + "e")
	if _, err := metainfo.Parse(raw); err != nil {
		t.Fatal(err)
	}
	return raw, t.TempDir()
}

func TestPieceRuns(t *testing.T) {
	got, err := pieceRuns("12c1p3m")
	if want := []tui.PieceRun{{Count: 12, Kind: 'c'}, {Count: 1, Kind: 'p'}, {Count: 3, Kind: 'm'}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"12", "c", "99999999999999999999c"} {
		if _, err := pieceRuns(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestFlagsOfAPeer(t *testing.T) {
	p := client.Peer{Address: netip.MustParseAddrPort("192.0.2.7:1"), Encrypted: true, Incoming: true}
	if got := flagsOf(&p); got != "EI" {
		t.Errorf("flags %q", got)
	}
}

func TestNodeOf(t *testing.T) {
	root := hex.EncodeToString(make([]byte, 32))
	n := nodeOf(&api.Peer{Address: "x", TRoot: root, InSync: true, OtherRules: true, Received: 1, Sent: 2, Score: 3, Since: 4000, Depth: 5, ConfirmedDepth: 6})
	want := tui.Node{Address: "x", Root: root, InStep: true, OtherRules: true, Received: 1, Sent: 2, Score: 3, Since: time.UnixMilli(4000), Depth: 5, Confirmed: 6}
	if n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
}
