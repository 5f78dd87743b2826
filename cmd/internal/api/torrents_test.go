package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/client"
)

// fakeTorrents notes what it is asked, and answers with fixed shapes.
type fakeTorrents struct {
	fake
	list  []client.Torrent
	files []client.File
}

func (f *fakeTorrents) List(_ context.Context, q client.Filter) ([]client.Torrent, error) {
	f.note(client.PageRequest{Filter: q})
	return f.list, f.err
}

func (f *fakeTorrents) Page(_ context.Context, r client.PageRequest) (client.Page, error) {
	f.note(r)
	p := client.Page{Total: len(f.list), Torrents: f.list[min(r.Skip, len(f.list)):], Followed: ptr(3)}
	p.Torrents = p.Torrents[:min(len(p.Torrents), client.MaxPage)]
	return p, f.err
}

func (f *fakeTorrents) Summary(context.Context) (client.Summary, error) {
	return sampleSummary(), f.err
}

func (f *fakeTorrents) Feeds(context.Context) ([]client.FeedState, error) {
	return []client.FeedState{{Name: "x"}}, f.err
}

func (f *fakeTorrents) Add(_ context.Context, r client.AddRequest) (client.Torrent, error) {
	f.note(r)
	return sampleTorrent(), f.err
}

func (f *fakeTorrents) Get(_ context.Context, id string) (client.Torrent, error) {
	f.note(id)
	return sampleTorrent(), f.err
}

func (f *fakeTorrents) Files(_ context.Context, id string) ([]client.File, error) {
	f.note(id)
	if f.files != nil {
		return f.files, f.err
	}
	return []client.File{{Path: "a/b"}}, f.err
}

func (f *fakeTorrents) Peers(_ context.Context, id string) ([]client.Peer, error) {
	f.note(id)
	return []client.Peer{samplePeer()}, f.err
}

func (f *fakeTorrents) Trackers(_ context.Context, id string) ([]client.Tracker, error) {
	f.note(id)
	return []client.Tracker{{URL: "udp://x"}}, f.err
}

func (f *fakeTorrents) WebSeeds(_ context.Context, id string) ([]client.WebSeed, error) {
	f.note(id)
	return []client.WebSeed{{URL: "http://x/", State: "idle"}}, f.err
}

func (f *fakeTorrents) Pieces(_ context.Context, id string) (client.Pieces, error) {
	f.note(id)
	return client.Pieces{Count: 3, States: "3c"}, f.err
}

func (f *fakeTorrents) File(_ context.Context, id string) ([]byte, error) {
	f.note(id)
	return []byte("d4:info"), f.err
}

func (f *fakeTorrents) Pause(_ context.Context, id string) error  { f.note("pause", id); return f.err }
func (f *fakeTorrents) Resume(_ context.Context, id string) error { f.note("resume", id); return f.err }
func (f *fakeTorrents) Recheck(_ context.Context, id string) error {
	f.note("recheck", id)
	return f.err
}

func (f *fakeTorrents) Remove(_ context.Context, id string, data bool) error {
	f.note("remove", id, data)
	return f.err
}

func (f *fakeTorrents) Move(_ context.Context, id, dir string) error {
	f.note("move", id, dir)
	return f.err
}

func (f *fakeTorrents) Limit(_ context.Context, id string, r client.LimitRequest) error {
	f.note("limit", id, r)
	return f.err
}

func (f *fakeTorrents) Label(_ context.Context, id string, add, remove []string) error {
	f.note("label", id, add, remove)
	return f.err
}

func (f *fakeTorrents) Edit(_ context.Context, id string, r client.EditRequest) error {
	f.note("edit", id, r)
	return f.err
}

func (f *fakeTorrents) Stream(_ context.Context, id string, file int) (string, error) {
	f.note("stream", id, file)
	return "http://127.0.0.1:1/x", f.err
}

func (f *fakeTorrents) Settings(context.Context) (Settings, error) {
	return Settings{Path: "/d/settings.toml", Settings: []Setting{sampleSetting()}}, f.err
}

func (f *fakeTorrents) Reload(context.Context) (Reloaded, error) {
	return Reloaded{Applied: []string{"limit_up"}, Restart: []string{}}, f.err
}

func ptr[T any](v T) *T { return &v }

func sampleTorrent() client.Torrent {
	return client.Torrent{
		ID: client.ID{1}, Name: "debian.iso", InfohashV1: ptr("aa"), InfohashV2: ptr("bb"), Size: 9, Wanted: 8, Completed: 4, Progress: 0.5,
		State: client.StateDownloading, Dir: "/d", Labels: []string{"iso"}, DownRate: 7, UpRate: 6, Downloaded: 5, Uploaded: 4,
		Ratio: 0.8, Peers: 3, Seeds: 2, KnownPeers: 10, ETA: ptr(int64(60)), Queue: ptr(0), Added: 1735689600, Limits: client.Limits{Up: 1},
		Goals: client.Goals{Ratio: 2}, FileCount: 1, PieceCount: 2, PieceSize: 5, PiecesDone: 1, Magnet: "magnet:?",
	}
}

func samplePeer() client.Peer {
	return client.Peer{
		Address: netip.MustParseAddrPort("192.0.2.7:6881"), Client: "x", DownRate: 1, UpRate: 2, Progress: 0.5, Encrypted: true, UTP: true,
		Incoming: true, Source: "dht", Flags: "D",
	}
}

func sampleSummary() client.Summary {
	return client.Summary{
		Torrents: 2, States: map[client.State]int{client.StateSeeding: 2}, DownRate: 1, UpRate: 2, Limits: client.Limits{Up: 3, Down: 4},
		AltLimited: true, DHTNodes: 5, Problems: []string{},
	}
}

func sampleSetting() Setting {
	return Setting{Key: "limit_up", Value: "1 MiB/s", From: "file", Default: "none", Flag: "limit-up", Env: "TTX_LIMIT_UP", Reload: true}
}

// hardID is a name that must not be taken for a part of a path.
const hardID = "a/../b?c=%2F#d ü"

// TestTorrentCallsCrossTheSocket: what is asked arrives, what is answered comes back.
func TestTorrentCallsCrossTheSocket(t *testing.T) {
	f := &fakeTorrents{list: []client.Torrent{sampleTorrent()}}
	c, _ := serve(t, f, t.TempDir())
	ctx := context.Background()
	for name, call := range map[string]func(Torrents) (any, error){
		"list": func(b Torrents) (any, error) {
			return b.List(ctx, client.Filter{States: []client.State{"paused", "error"}, Label: "a&b", Text: "x"})
		},
		"page": func(b Torrents) (any, error) {
			return b.Page(ctx, client.PageRequest{
				Filter: client.Filter{Text: "a&b"}, Sort: client.SortDown, Desc: true, Skip: 1, Limit: 7, Follow: &client.ID{1, 2},
			})
		},
		"summary": func(b Torrents) (any, error) { return b.Summary(ctx) },
		"feeds":   func(b Torrents) (any, error) { return b.Feeds(ctx) },
		"add": func(b Torrents) (any, error) {
			return b.Add(ctx, client.AddRequest{
				File: []byte{0, 1, 255}, Dir: "/x", Priorities: map[int]client.Priority{3: "skip"}, Peers: []netip.AddrPort{netip.MustParseAddrPort("[::1]:5")},
				Limits: client.Limits{Up: 5}, Goals: client.Goals{Ratio: -1},
			})
		},
		"get":      func(b Torrents) (any, error) { return b.Get(ctx, hardID) },
		"files":    func(b Torrents) (any, error) { return b.Files(ctx, hardID) },
		"peers":    func(b Torrents) (any, error) { return b.Peers(ctx, hardID) },
		"trackers": func(b Torrents) (any, error) { return b.Trackers(ctx, hardID) },
		"webseeds": func(b Torrents) (any, error) { return b.WebSeeds(ctx, hardID) },
		"pieces":   func(b Torrents) (any, error) { return b.Pieces(ctx, hardID) },
		"file":     func(b Torrents) (any, error) { return b.File(ctx, hardID) },
		"pause":    func(b Torrents) (any, error) { return nil, b.Pause(ctx, hardID) },
		"resume":   func(b Torrents) (any, error) { return nil, b.Resume(ctx, hardID) },
		"recheck":  func(b Torrents) (any, error) { return nil, b.Recheck(ctx, hardID) },
		"remove":   func(b Torrents) (any, error) { return nil, b.Remove(ctx, hardID, true) },
		"keep":     func(b Torrents) (any, error) { return nil, b.Remove(ctx, hardID, false) },
		"move":     func(b Torrents) (any, error) { return nil, b.Move(ctx, hardID, "/to") },
		"limit": func(b Torrents) (any, error) {
			return nil, b.Limit(ctx, hardID, client.LimitRequest{Up: ptr(int64(0)), MaxConns: ptr(4)})
		},
		"label": func(b Torrents) (any, error) { return nil, b.Label(ctx, hardID, []string{"a"}, []string{"b"}) },
		"edit": func(b Torrents) (any, error) {
			return nil, b.Edit(ctx, hardID, client.EditRequest{Queue: ptr(0), Rename: map[int]string{1: "x"}})
		},
		"stream": func(b Torrents) (any, error) { return b.Stream(ctx, hardID, 7) },
	} {
		t.Run(name, func(t *testing.T) {
			f.note()
			want, err := call(f)
			if err != nil {
				t.Fatal(err)
			}
			asked := f.noted()
			f.note()
			got, err := call(c.Torrents())
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v %v, want %+v", got, err, want)
			}
			if sent := f.noted(); !reflect.DeepEqual(sent, asked) {
				t.Errorf("the backend was asked %v, want %v", sent, asked)
			}
		})
	}
	if s, err := c.Settings(ctx); err != nil || s.Settings[0] != sampleSetting() {
		t.Errorf("%+v %v", s, err)
	}
	if r, err := c.Reload(ctx); err != nil || r.Applied[0] != "limit_up" {
		t.Errorf("%+v %v", r, err)
	}
}

// TestTorrentFailures: codes come through; what nobody understands is refused.
func TestTorrentFailures(t *testing.T) {
	f := &fakeTorrents{}
	c, _ := serve(t, f, t.TempDir())
	ctx := context.Background()
	for _, code := range []Code{NotFound, Ambiguous, Exists, NoSpace, Busy, NoInfo, Malformed, TooMany, Without} {
		f.err = &Error{Code: code, Message: "m", Hint: "h"}
		var got *Error
		if err := c.Torrents().Pause(ctx, "x"); !errors.As(err, &got) || *got != (Error{"m", code, "h"}) {
			t.Errorf("%s: %v", code, err)
		}
	}
	f.err = nil
	for path, body := range map[string]string{
		"/v1/torrents/x/move":   `{"dri": "/x"}`,
		"/v1/torrents/x/limit":  `{"up": "fast"}`,
		"/v1/torrents/x/label":  `{}{}`,
		"/v1/torrents/x/stream": `[`,
		"/v1/torrents":          `{"peers": ["nobody"]}`,
	} {
		err := c.do(ctx, http.MethodPost, path, "application/json", []byte(body), new(struct{}))
		if !errors.Is(err, BadRequest) {
			t.Errorf("%s %s: %v", path, body, err)
		}
	}
	for _, query := range []string{"skip=-1", "limit=many", "desc=perhaps", "follow=12"} {
		if err := c.get(ctx, "/v1/torrents?"+query, nil, new(client.Page)); !errors.Is(err, BadRequest) {
			t.Errorf("%s: %v", query, err)
		}
	}
	big := make([]byte, maxAdd+1)
	if err := c.do(ctx, http.MethodPost, "/v1/torrents", "application/json", big, new(struct{})); !errors.Is(err, BadRequest) {
		t.Errorf("a body above the bound: %v", err)
	}
}

// TestListInPages: more torrents than one answer holds arrive, each of them once.
func TestListInPages(t *testing.T) {
	f := &fakeTorrents{}
	for i := range 2*client.MaxPage + 1 {
		f.list = append(f.list, client.Torrent{ID: client.ID{byte(i), byte(i >> 8)}, Name: fmt.Sprint(i), Magnet: strings.Repeat("m", 100)})
	}
	c, _ := serve(t, f, t.TempDir())
	got, err := c.Torrents().List(context.Background(), client.Filter{})
	if err != nil || len(got) != len(f.list) || got[2*client.MaxPage].Name != f.list[2*client.MaxPage].Name {
		t.Errorf("%d torrents of %d, %v", len(got), len(f.list), err)
	}
}

// TestNoLedger: every call but Node says so.
func TestNoLedger(t *testing.T) {
	c, _ := serve(t, NoLedger{Info: Node{Ready: true, Listen: "x"}}, t.TempDir())
	ctx := context.Background()
	if n, err := c.Node(ctx); err != nil || n.Listen != "x" {
		t.Errorf("%+v %v", n, err)
	}
	b := reflect.ValueOf(Backend(c))
	calls := b.Type()
	for i := range calls.NumMethod() {
		m := calls.Method(i)
		if _, ok := reflect.TypeFor[Backend]().MethodByName(m.Name); !ok || m.Name == "Node" {
			continue
		}
		args := []reflect.Value{b, reflect.ValueOf(ctx)}
		for j := 2; j < m.Type.NumIn(); j++ {
			if m.Type.In(j) == reflect.TypeFor[[]byte]() {
				args = append(args, reflect.ValueOf([]byte("raw")))
				continue
			}
			if m.Type.In(j).Kind() == reflect.String {
				args = append(args, reflect.ValueOf("aa"))
				continue
			}
			args = append(args, reflect.Zero(m.Type.In(j)))
		}
		out := m.Func.Call(args)
		if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, Without) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// BenchmarkFiles is all files of a torrent, from end to end: what a client that shows
// them reads, every second for up to 2,000 files, and less often the more there are.
func BenchmarkFiles(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := &fakeTorrents{}
			for i := range n {
				f.files = append(f.files, client.File{Index: i, Path: fmt.Sprintf("collection/folder %03d/file number %05d.flac", i/100, i), Length: int64(i) << 10, Completed: int64(i) << 9, Priority: client.PriorityNormal})
			}
			c, _ := serve(b, f, b.TempDir())
			for b.Loop() {
				list, err := c.Torrents().Files(b.Context(), "x")
				if err != nil || len(list) != n {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
