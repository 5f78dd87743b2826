package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// drawnFirst is the program with the view that it begins with on the screen.
func drawnFirst(t *testing.T, b Backend, w, h int) *app {
	t.Helper()
	a := drawn(t, b, "torrents", w, h)
	a.current().(*torrentsView).list.Fail() // what it asked for at the start nobody ran
	settle(a, a.send(a.at, ShownMsg{"torrents"}))
	return a
}

func TestGoldenTorrents(t *testing.T) {
	_, b := torrentLab()
	for _, size := range sizes() {
		w, h := size[0], size[1]
		golden(t, "torrents", drawnFirst(t, b, w, h).View(), w, h)
		golden(t, "torrents_hostile", drawnFirst(t, foulTorrents(), w, h).View(), w, h)
		none := lab().backend()
		none.Torrents = &fakeTorrents{}
		golden(t, "torrents_none", drawnFirst(t, none, w, h).View(), w, h)
	}
}

func TestGoldenDetails(t *testing.T) {
	_, b := torrentLab()
	names := []string{"files", "peers", "trackers", "pieces", "speed"}
	for _, size := range sizes() {
		w, h := size[0], size[1]
		kind, foul := drawnFirst(t, b, w, h), drawnFirst(t, foulTorrents(), w, h)
		for _, a := range []*app{kind, foul} {
			settle(a, a.key(keyMsg("enter")))
		}
		for _, name := range names {
			golden(t, "torrent_"+name, kind.View(), w, h)
			golden(t, "torrent_"+name+"_hostile", foul.View(), w, h)
			for _, a := range []*app{kind, foul} {
				settle(a, a.key(keyMsg("l")))
			}
		}
	}
}

func TestGoldenTorrentDialogs(t *testing.T) {
	for _, size := range sizes() {
		w, h := size[0], size[1]
		for _, key := range []string{"a", "d", "D", "t", "L", "m", "y"} {
			name := map[string]string{"a": "add", "d": "remove", "D": "delete", "t": "label", "L": "limit", "m": "move", "y": "magnet"}[key]
			a := drawnFirst(t, foulTorrents(), w, h)
			settle(a, a.key(keyMsg(key)))
			golden(t, "torrent_"+name, a.View(), w, h)
		}
	}
}

func paste(text string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
}

func wantOrder(t *testing.T, f *fakeTorrents, order string) {
	t.Helper()
	if got := f.noted(); !slices.Contains(got, order) {
		t.Errorf("told to %q, not to %q", got, order)
	}
}

func TestAddByPaste(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	press(m, "6") // from any view
	m.Send(paste("magnet:?xt=urn:btih:" + strings.Repeat("a", 40)))
	see(t, m, "Add a torrent", "magnet:?xt")
	press(m, "enter")
	see(t, m, "what was pasted is added", "> what was pasted")
	quit(t, m)
	wantOrder(t, f, "add magnet:?xt=urn:btih:"+strings.Repeat("a", 40)+` to "" as [], paused false`)
}

func TestAddByForm(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	press(m, "a")
	see(t, m, "Add a torrent")
	press(m, "n", "o", "tab")
	see(t, m, "neither a magnet link")
	press(m, "shift+tab")
	m.Send(tea.KeyMsg{Type: tea.KeyCtrlU})
	for _, r := range strings.Repeat("b", 40) {
		press(m, string(r))
	}
	press(m, "tab", "/", "d", "tab", "x", " ", "y", "tab", "right", "enter")
	see(t, m, "is added")
	quit(t, m)
	wantOrder(t, f, "add "+strings.Repeat("b", 40)+` to "/d" as [x y], paused true`)
}

func TestDropSeveralFiles(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	m.Send(paste("'/tmp/one two.torrent' /tmp/three.torrent\n"))
	see(t, m, "Add 2 torrents")
	press(m, "enter")
	see(t, m, "2 torrents added")
	quit(t, m)
	wantOrder(t, f, `add /tmp/one two.torrent to "" as [], paused false`)
	wantOrder(t, f, `add /tmp/three.torrent to "" as [], paused false`)
}

func TestPasteOfSomethingElse(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	m.Send(paste("rm -rf ~"))
	see(t, m, "names no torrent")
	quit(t, m)
	if got := f.noted(); len(got) > 0 {
		t.Errorf("told to %q", got)
	}
}

func TestFilterSortAndDetails(t *testing.T) {
	_, b := torrentLab()
	m := start(t, b, 140, 24)
	see(t, m, "old backup")
	press(m, "/", "a", "l", "b", "u", "m", "enter")
	see(t, m, "/album", "1 of 1")
	press(m, "enter")
	see(t, m, "02 second.flac", "Priority", "458 pieces")
	press(m, "l")
	see(t, m, "Transmission 4.0.6", "192.0.2.7:51413")
	press(m, "enter")
	see(t, m, "Peer 192.0.2.7:51413", "E encrypted, U over uTP")
	press(m, "esc", "l")
	see(t, m, "503 Service Unavailable")
	press(m, "enter")
	see(t, m, "120 seeds, 7 others")
	press(m, "esc")
	press(m, "l")
	see(t, m, "1,400 of 3,014 pieces there")
	press(m, "l")
	see(t, m, "most")
	press(m, "esc", "esc")
	see(t, m, "old backup")
	press(m, "s")
	see(t, m, "Name↑")
	press(m, "s")
	see(t, m, "Size↓")
	quit(t, m)
}

func TestChangeAPriority(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	press(m, "enter")
	see(t, m, "01 first.flac")
	press(m, "+")
	see(t, m, "01 first.flac: high")
	press(m, "j", "j", " ", " ", "enter")
	see(t, m, "How much is this wanted?", "2 files")
	press(m, "right", "enter")
	see(t, m, "2 files: low")
	quit(t, m)
	wantOrder(t, f, "prioritize 111111 [0] high")
	wantOrder(t, f, "prioritize 111111 [2 3] low")
}

func TestRemoveAsksFirst(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	press(m, "d")
	see(t, m, "Remove debian-13.1.0-amd64-netinst.iso?", "stay where they are")
	press(m, "enter") // is no
	see(t, m, "nothing was done")
	if got := f.noted(); len(got) > 0 {
		t.Errorf("told to %q without a yes", got)
	}
	press(m, " ", " ", "D")
	see(t, m, "Remove 2 torrents and delete the files?", "cannot be taken back")
	press(m, "y")
	see(t, m, "2 torrents removed")
	quit(t, m)
	wantOrder(t, f, "remove 111111, data true")
	wantOrder(t, f, "remove 222222, data true")
}

// TestRemoveFromTheDetails leaves the page of what is gone.
func TestRemoveFromTheDetails(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 100, 24)
	see(t, m, "old backup")
	press(m, "j", "enter")
	see(t, m, "01 first.flac")
	press(m, "d")
	see(t, m, "Remove The Album?", "12 files in /srv")
	press(m, "y")
	see(t, m, "The Album is removed", "old backup")
	quit(t, m)
	wantOrder(t, f, "remove 222222, data false")
}

func TestOrders(t *testing.T) {
	f, b := torrentLab()
	m := start(t, b, 120, 24)
	see(t, m, "old backup")
	press(m, "p")
	see(t, m, "is paused")
	press(m, "c")
	see(t, m, "is being checked")
	press(m, "t")
	see(t, m, "It has: iso")
	press(m, "n", "e", "w", "tab", "i", "s", "o", "enter")
	see(t, m, "is labelled")
	press(m, "L")
	see(t, m, "4.00 MiB/s now")
	press(m, "7", "tab", "tab", "enter")
	see(t, m, "is limited")
	press(m, "o")
	see(t, m, "http://127.0.0.1:40000/stream/x")
	press(m, "esc", "m")
	see(t, m, "Move the files")
	press(m, "2", "enter")
	see(t, m, "is moved")
	press(m, "r") // it runs
	see(t, m, "it is not stopped")
	press(m, "j", "j", "j", "r")
	see(t, m, "old backup is resumed")
	quit(t, m)
	for _, order := range []string{
		"pause 111111", "recheck 111111", "label 111111 +[new] -[iso]", "limit 111111 down 7, up as it is", "stream 111111 -1",
		"move 111111 to /home/ana/Downloads2", "resume 444444",
	} {
		wantOrder(t, f, order)
	}
}

func TestDropped(t *testing.T) {
	hash := strings.Repeat("0123456789", 4)
	for text, want := range map[string][]string{
		"":                            nil,
		"hello":                       nil,
		hash:                          {hash},
		"  " + hash + "\r\n":          {hash},
		"magnet:?xt=a\nmagnet:?xt=b":  {"magnet:?xt=a", "magnet:?xt=b"},
		"https://e.example/a.torrent": {"https://e.example/a.torrent"},
		"/a b/c d.torrent":            {"/a b/c d.torrent"},
		`'/a b/c.torrent'`:            {"/a b/c.torrent"},
		`/a\ b/c.torrent /d.torrent`:  {"/a b/c.torrent", "/d.torrent"},
		`"/a'b.torrent" junk`:         {"/a'b.torrent"},
		"/a.torrent /b.torrent":       {"/a.torrent", "/b.torrent"},
		"file:///a%20b.torrent":       {"/a b.torrent"},
		"ftp://e.example/a":           nil,
	} {
		if got := dropped(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := dropped(strings.Repeat(hash+"\n", maxDropped+1)); len(got) != maxDropped {
		t.Errorf("%d torrents of one paste", len(got))
	}
}

// TestPieceCells: a cell is full only with all of its pieces, and every piece is in one cell.
func TestPieceCells(t *testing.T) {
	for total := 1; total < 60; total++ {
		for n := 1; n <= total; n++ {
			for hole := range total {
				runs := []PieceRun{{hole, 'c'}, {1, 'm'}, {total - hole - 1, 'c'}}
				cells := pieceCells(runs, total, n)
				holes := 0
				for _, c := range cells {
					if c != '█' {
						holes++
					}
				}
				if holes != 1 || len(cells) != n {
					t.Fatalf("%d pieces in %d cells, %d is missing: %s", total, n, hole, string(cells))
				}
			}
		}
	}
}

func TestGraph(t *testing.T) {
	got := Graph([]int64{0, 1, 4, 8}, 6, 2)
	if want := []string{"     █", "   ▂██"}; !slices.Equal(got, want) {
		t.Errorf("drawn %q, want %q", got, want)
	}
}

// TestHistoryIsBounded: torrents and samples beyond the bounds give way to newer ones.
func TestHistoryIsBounded(t *testing.T) {
	h, now := newHistory(), clock()
	for i := range maxHistories + 100 {
		now = now.Add(sampleEvery)
		h.note(now, []Torrent{{ID: fmt.Sprint(i), Down: 1}})
	}
	if len(h.of) > maxHistories {
		t.Errorf("%d torrents are remembered", len(h.of))
	}
	for i := range maxSamples + 10 {
		now = now.Add(sampleEvery)
		h.note(now, []Torrent{{ID: "x", Down: int64(i)}})
	}
	down, _ := h.rates("x")
	if len(down) != maxSamples || down[maxSamples-1] != maxSamples+9 {
		t.Errorf("%d samples, the last %d", len(down), down[len(down)-1])
	}
}

// manyTorrents is a node with n of them.
func manyTorrents(n int) (*fakeTorrents, Backend) {
	f := &fakeTorrents{}
	for i := range n {
		f.list = append(f.list, Torrent{
			ID: fmt.Sprintf("%040x", i), Name: fmt.Sprintf("torrent number %d", i), State: "seeding", Size: int64(i) << 20, Progress: 1, Up: int64(i), ETA: -1, Files: 1,
		})
	}
	b := lab().backend()
	b.Torrents = f
	return f, b
}

// TestTenThousand: whichever way one goes through the list, a window is asked for and never the list.
func TestTenThousand(t *testing.T) {
	f, b := manyTorrents(10_000)
	a := drawnFirst(t, b, 120, 60)
	a.View() // a list learns its height when it is drawn
	for _, key := range []string{"G", "pgup", "g", "pgdown", "s", "G", "k"} {
		settle(a, a.key(keyMsg(key)))
		checkDrawing(t, key, a.View(), 120, 60)
		if strings.Count(a.View(), "torrent number") < 50 {
			t.Errorf("after %s rows are missing:\n%s", key, a.View())
		}
	}
	if f.largest > maxWindow {
		t.Errorf("%d torrents came at once", f.largest)
	}
}

// BenchmarkTorrentsFrame draws one frame of a list of 10,000.
func BenchmarkTorrentsFrame(b *testing.B) {
	a := benchApp(b)
	for b.Loop() {
		if a.View() == "" {
			b.Fatal("nothing is drawn")
		}
	}
}

// BenchmarkTorrentsUpdate takes a new window of 10,000 torrents and draws it, as each second does.
func BenchmarkTorrentsUpdate(b *testing.B) {
	a := benchApp(b)
	view := a.current().(*torrentsView)
	msg := view.fetch(view.list.query())()
	for b.Loop() {
		a.Update(msg)
		if a.View() == "" {
			b.Fatal("nothing is drawn")
		}
	}
}

func benchApp(b *testing.B) *app {
	b.Helper()
	_, backend := manyTorrents(10_000)
	a := newApp(b.Context(), options(backend))
	a.Update(tea.WindowSizeMsg{Width: 140, Height: 40})
	a.Update(connectedMsg{backend: backend})
	a.current().(*torrentsView).list.Fail()
	settle(a, a.send(a.at, ShownMsg{"torrents"}), a.key(keyMsg("G")))
	return a
}

// TestHeadingsHaveRoomForTheOrder: a heading that can carry an arrow is not cut by it.
func TestHeadingsHaveRoomForTheOrder(t *testing.T) {
	_, b := torrentLab()
	a := drawnFirst(t, b, 140, 40)
	lists := []*List{a.current().(*torrentsView).list, newPeers(Deps{Backend: Backend{Peers: &fakeNodes{}}, Theme: PlainTheme()}).(*peersView).list}
	for _, tab := range newDetail(a.d, Torrent{}, newHistory()).tabs {
		if l := tab.list(); l != nil {
			lists = append(lists, l)
		}
	}
	for _, l := range lists {
		for _, c := range l.columns {
			if c.Sort != "" && c.Width < Width(c.Title)+1 {
				t.Errorf("%s has %d columns", c.Title, c.Width)
			}
		}
	}
}
