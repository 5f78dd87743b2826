package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fakeTorrents is a node's torrents in memory; what it is told to do, it does.
type fakeTorrents struct {
	mu       sync.Mutex
	list     []Torrent
	files    []TorrentFile
	peers    []TorrentPeer
	trackers []Tracker
	pieces   []PieceRun
	orders   []string
	largest  int // the most torrents that one answer held
	err      error
}

func (f *fakeTorrents) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fakeTorrents) noted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.orders)
}

func (f *fakeTorrents) Torrents(_ context.Context, q TorrentQuery) (TorrentPage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Torrent
	for _, t := range f.list {
		if strings.Contains(strings.ToLower(t.Name), strings.ToLower(q.Filter)) {
			list = append(list, t)
		}
	}
	order := map[string]func(a, b Torrent) int{
		"name": func(a, b Torrent) int { return strings.Compare(a.Name, b.Name) },
		"size": func(a, b Torrent) int { return cmp.Compare(a.Size, b.Size) },
	}[q.Sort]
	if order != nil {
		slices.SortStableFunc(list, order)
		if q.Desc {
			slices.Reverse(list)
		}
	}
	p := TorrentPage{Offset: q.Offset, Total: len(list), Place: slices.IndexFunc(list, func(t Torrent) bool { return t.ID == q.Follow })}
	from := min(q.Offset, len(list))
	p.List = list[from:min(len(list), from+q.Limit)]
	f.largest = max(f.largest, len(p.List))
	return p, f.err
}

func (f *fakeTorrents) Torrent(_ context.Context, id string) (Torrent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.list {
		if t.ID == id {
			return t, f.err
		}
	}
	return Torrent{}, errors.New("no torrent " + id)
}

func (f *fakeTorrents) Files(context.Context, string) ([]TorrentFile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.files), f.err
}
func (f *fakeTorrents) Peers(context.Context, string) ([]TorrentPeer, error) { return f.peers, f.err }
func (f *fakeTorrents) Trackers(context.Context, string) ([]Tracker, error) {
	return f.trackers, f.err
}
func (f *fakeTorrents) Pieces(context.Context, string) ([]PieceRun, error) { return f.pieces, f.err }

func (f *fakeTorrents) Add(_ context.Context, a AddTorrent) (string, string, error) {
	if err := f.note("add %s to %q as %v, paused %v", a.What, a.Dir, a.Labels, a.Paused); err != nil {
		return "", "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := Torrent{ID: strings.Repeat("ad", 20), Name: "what was pasted", State: "metadata", ETA: -1}
	f.list = append(f.list, t)
	return t.ID, t.Name, nil
}

func (f *fakeTorrents) Pause(_ context.Context, id string) error   { return f.note("pause %.6s", id) }
func (f *fakeTorrents) Resume(_ context.Context, id string) error  { return f.note("resume %.6s", id) }
func (f *fakeTorrents) Recheck(_ context.Context, id string) error { return f.note("recheck %.6s", id) }

func (f *fakeTorrents) Remove(_ context.Context, id string, data bool) error {
	if err := f.note("remove %.6s, data %v", id, data); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = slices.DeleteFunc(f.list, func(t Torrent) bool { return t.ID == id })
	return nil
}

func (f *fakeTorrents) Move(_ context.Context, id, dir string) error {
	return f.note("move %.6s to %s", id, dir)
}

func (f *fakeTorrents) Limit(_ context.Context, id string, l TorrentLimits) error {
	text := func(n *int64) string {
		if n == nil {
			return "as it is"
		}
		return strconv.FormatInt(*n, 10)
	}
	return f.note("limit %.6s down %s, up %s", id, text(l.Down), text(l.Up))
}

func (f *fakeTorrents) Label(_ context.Context, id string, add, remove []string) error {
	return f.note("label %.6s +%v -%v", id, add, remove)
}

func (f *fakeTorrents) Prioritize(_ context.Context, id string, files []int, priority string) error {
	if err := f.note("prioritize %.6s %v %s", id, files, priority); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.files {
		if slices.Contains(files, f.files[i].Index) {
			f.files[i].Priority = priority
		}
	}
	return nil
}

func (f *fakeTorrents) Stream(_ context.Context, id string, file int) (string, error) {
	return "http://127.0.0.1:40000/stream/x", f.note("stream %.6s %d", id, file)
}

func (f *fakeTorrents) ParseRate(text string) (int64, error) {
	return strconv.ParseInt(strings.TrimSuffix(text, " B/s"), 10, 64)
}

// torrentLab is a node with torrents of every kind.
func torrentLab() (*fakeTorrents, Backend) {
	id := func(digit string) string { return strings.Repeat(digit, 40) }
	f := &fakeTorrents{
		list: []Torrent{
			{ID: id("1"), Name: "debian-13.1.0-amd64-netinst.iso", State: "downloading", Size: 790_000_000, Wanted: 790_000_000, Completed: 395_000_000, Progress: .5, Down: 3_400_000, Up: 120_000, Ratio: .12, Peers: 24, Seeds: 20, Known: 90, ETA: 116, Files: 1, Pieces: 3014, PieceSize: 262144, Dir: "/home/ana/Downloads", Labels: []string{"iso"}, Downloaded: 395_000_000, Uploaded: 47_000_000, Added: clock(), LimitDown: 4 << 20, Magnet: "magnet:?xt=urn:btih:" + id("1")},
			{ID: id("2"), Name: "The Album", State: "seeding", Size: 120_000_000, Wanted: 120_000_000, Completed: 120_000_000, Progress: 1, Up: 800_000, Ratio: 2.41, Peers: 3, ETA: -1, Files: 12, Pieces: 458, PieceSize: 262144, Labels: []string{"music", "flac"}, Dir: "/srv", Added: clock()},
			{ID: id("3"), State: "metadata", ETA: -1, Known: 2, Added: clock()},
			{ID: id("4"), Name: "old backup", State: "paused", Size: 5 << 40, Wanted: 5 << 40, Completed: 1 << 40, Progress: .2, ETA: -1, Files: 99_000, Pieces: 1 << 20, PieceSize: 5 << 20, Added: clock()},
			{ID: id("5"), Name: "on a full disk", State: "error", Error: "no space left on device", Size: 10, ETA: -1, Files: 1, Added: clock()},
		},
		files: []TorrentFile{
			{Index: 0, Path: "The Album/01 first.flac", Length: 30_000_000, Completed: 30_000_000, Priority: "normal"},
			{Index: 1, Path: "The Album/02 second.flac", Length: 40_000_000, Completed: 10_000_000, Priority: "high"},
			{Index: 2, Path: "The Album/cover.png", Length: 900_000, Priority: "skip"},
			{Index: 3, Path: "The Album/empty", Priority: "low"},
		},
		peers: []TorrentPeer{
			{Address: "192.0.2.7:51413", Client: "Transmission 4.0.6", Down: 1_000_000, Progress: 1, Flags: "EU", Source: "tracker"},
			{Address: "[2001:db8::17]:6881", Client: "libtorrent/2.0.11", Up: 4096, Progress: .25, Flags: "I", Source: "incoming"},
		},
		trackers: []Tracker{
			{URL: "udp://tracker.example:1337/announce", State: "working", Seeders: 120, Leechers: 7, Peers: 50, Last: clock().Add(-time.Minute), Next: clock().Add(time.Hour)},
			{URL: "https://gone.example/announce", State: "failed", Message: "503 Service Unavailable", Seeders: -1, Leechers: -1, Peers: 0, Tier: 1, Last: clock()},
		},
		pieces: []PieceRun{{1000, 'c'}, {7, 'm'}, {1, 'p'}, {400, 'c'}, {3, 'h'}, {1603, 'm'}},
	}
	b := lab().backend()
	b.Torrents = f
	return f, b
}

// foulTorrents says what it can to harm a terminal.
func foulTorrents() Backend {
	f, b := torrentLab()
	for i := range f.list {
		t := &f.list[i]
		t.Name, t.State, t.Dir, t.Labels, t.Magnet = hostile+t.Name, t.State+"\x1b[5m", hostile, []string{hostile, hostile}, hostile
		t.ETA, t.Size, t.Up, t.Ratio, t.Peers, t.Seeds = 1<<62, 1<<62, 1<<62, 1e18, 1<<30, 1<<30
	}
	f.list[1].Error = hostile
	for i := range f.files {
		f.files[i].Path, f.files[i].Completed = hostile, 1<<62
	}
	for i := range f.peers {
		f.peers[i].Client, f.peers[i].Flags, f.peers[i].Source, f.peers[i].Progress = hostile, hostile, hostile, 17
	}
	for i := range f.trackers {
		f.trackers[i].URL, f.trackers[i].State, f.trackers[i].Message = hostile, hostile, hostile
	}
	return b
}
