package cli

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

// foul makes every text in a value a hostile one with a name of its own, and says how many there are.
func foul(v reflect.Value, name string) (n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(name + hostile)
		return 1
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return foul(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return foul(v.Index(0), name)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[netip.AddrPort]() {
			return 0
		}
		for field, part := range v.Fields() {
			n += foul(part, strings.ToUpper(field.Name)+".")
		}
	}
	return n
}

func fouled[T any]() (v T) {
	foul(reflect.ValueOf(&v).Elem(), "")
	return v
}

// foulTorrents is a node whose torrents, peers and trackers say what they can to harm a terminal.
type foulTorrents struct{}

var _ api.Torrents = foulTorrents{}

func (foulTorrents) List(context.Context, client.Filter) ([]client.Torrent, error) {
	return []client.Torrent{fouled[client.Torrent]()}, nil
}
func (foulTorrents) Page(context.Context, client.PageRequest) (client.Page, error) {
	return client.Page{Torrents: []client.Torrent{fouled[client.Torrent]()}, Total: 1}, nil
}
func (foulTorrents) Summary(context.Context) (client.Summary, error) {
	return fouled[client.Summary](), nil
}
func (foulTorrents) Feeds(context.Context) ([]client.FeedState, error) {
	return []client.FeedState{fouled[client.FeedState]()}, nil
}
func (foulTorrents) Add(context.Context, client.AddRequest) (client.Torrent, error) {
	return fouled[client.Torrent](), nil
}
func (foulTorrents) Get(context.Context, string) (client.Torrent, error) {
	return fouled[client.Torrent](), nil
}
func (foulTorrents) Files(context.Context, string) ([]client.File, error) {
	return []client.File{fouled[client.File]()}, nil
}
func (foulTorrents) Peers(context.Context, string) ([]client.Peer, error) {
	return []client.Peer{fouled[client.Peer]()}, nil
}
func (foulTorrents) Trackers(context.Context, string) ([]client.Tracker, error) {
	return []client.Tracker{fouled[client.Tracker]()}, nil
}
func (foulTorrents) WebSeeds(context.Context, string) ([]client.WebSeed, error) {
	return []client.WebSeed{fouled[client.WebSeed]()}, nil
}
func (foulTorrents) Pieces(context.Context, string) (client.Pieces, error) {
	return client.Pieces{Count: 1, Size: 1, States: "1m"}, nil
}
func (foulTorrents) File(context.Context, string) ([]byte, error) { return []byte("de"), nil }
func (foulTorrents) Pause(context.Context, string) error          { return nil }
func (foulTorrents) Resume(context.Context, string) error         { return nil }
func (foulTorrents) Recheck(context.Context, string) error {
	return &api.Error{Message: "RECHECK." + hostile, Code: api.Busy, Hint: "HINT." + hostile}
}
func (foulTorrents) Remove(context.Context, string, bool) error               { return nil }
func (foulTorrents) Move(context.Context, string, string) error               { return nil }
func (foulTorrents) Limit(context.Context, string, client.LimitRequest) error { return nil }
func (foulTorrents) Label(context.Context, string, []string, []string) error  { return nil }
func (foulTorrents) Edit(context.Context, string, client.EditRequest) error   { return nil }
func (foulTorrents) Stream(context.Context, string, int) (string, error) {
	return "STREAM." + hostile, nil
}

// TestNothingHostileReachesTheTerminal: whatever the names, files, labels, errors, clients and messages of torrents say,
// nothing printed moves the cursor or begins a line. Each command shows the fields that it is about.
func TestNothingHostileReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir, api.Config{Backend: new(fakeNode), Torrents: foulTorrents{}})
	for _, c := range []struct{ args, fields string }{
		{"list", "NAME. STATE. ERROR."}, {"show x", "NAME. LABELS. ERROR. DIR. MAGNET."}, {"files x", "PATH."},
		{"peers x", "CLIENT. SOURCE."}, {"trackers x", "web URL. MESSAGE. STATE."}, {"pieces x", ""},
		{"add aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "NAME."}, {"pause x", "NAME."}, {"resume x", "NAME."}, {"move x y", "NAME."},
		{"recheck x", "RECHECK. HINT. NAME."}, {"limit x --up 1kB", "NAME."}, {"label x --add y", "NAME."}, {"edit x --sequential", "NAME."},
		{"stream x 0", "STREAM."}, {"remove x", "NAME."},
	} {
		var out, errs strings.Builder
		args := append([]string{"--dir", dir, "torrent"}, strings.Fields(c.args)...)
		Main(t.Context(), args, IO{In: strings.NewReader("y\n"), Out: &out, Err: &errs})
		said := fmt.Sprint(out.String(), errs.String())
		for field := range strings.FieldsSeq(c.fields) {
			if !strings.Contains(said, field) {
				t.Errorf("torrent %s does not show %s: %q", c.args, field, said)
			}
		}
		if strings.ContainsAny(said, "\x1b\u202e\r\x07") || strings.Contains(said, "b\nc") {
			t.Errorf("torrent %s: %q", c.args, said)
		}
	}
}
