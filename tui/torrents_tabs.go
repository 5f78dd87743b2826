package tui

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// table is a tab that is a list over rows which are all there.
type table[T any] struct {
	d       Deps
	name    string
	tab     int
	rows    *List
	all     []T
	loaded  bool
	of      Torrent
	asked   time.Time
	waiting bool
	every   func(n int) time.Duration
	fetch   func(ctx context.Context, id string) ([]T, error)
	key     func(*T) string
	cells   func(*T) ([]string, Tone)
	text    func(*T) string
	compare map[string]func(a, b *T) int
	open    func(*T) *Sheet // what Enter shows of a row; nil for nothing
}

func (t *table[T]) title() string { return t.name }
func (t *table[T]) list() *List   { return t.rows }

func (t *table[T]) init(columns []Column, title, next string) {
	t.rows = NewList(t.d, columns, func(q Query) tea.Cmd {
		if !t.loaded {
			return t.ask()
		}
		return t.rows.Set(t.window(q)) // what is filtered and ordered is here already
	})
	t.rows.EmptyTitle, t.rows.EmptyNext = title, next
}

// load asks again, long lists less often.
func (t *table[T]) load(of Torrent) tea.Cmd {
	t.of = of
	if t.loaded && t.every != nil && t.d.Now().Sub(t.asked) < t.every(len(t.all)) {
		return nil
	}
	return t.ask()
}

func (t *table[T]) ask() tea.Cmd {
	if t.waiting {
		return nil
	}
	t.waiting, t.asked = true, t.d.Now()
	id, tab, load := t.of.ID, t.tab, t.fetch
	return t.d.Do(func(ctx context.Context) tea.Msg {
		all, err := load(ctx, id)
		return detailMsg{of: id, tab: tab, data: all, err: err}
	})
}

func (t *table[T]) take(msg detailMsg) tea.Cmd {
	t.waiting = false
	t.rows.Fail() // an answer to what the list asked, if it did
	if msg.err != nil {
		t.all, t.loaded = nil, true
		t.rows.EmptyTitle, t.rows.EmptyNext = "Nothing is known", msg.err.Error()
		return t.rows.Set(Window{})
	}
	t.all, t.loaded = msg.data.([]T), true
	return t.rows.Reload()
}

// window filters and orders what is there and makes rows of what is asked for.
func (t *table[T]) window(q Query) Window {
	filter := strings.ToLower(q.Filter)
	passed := make([]*T, 0, len(t.all))
	for i := range t.all {
		if filter == "" || strings.Contains(strings.ToLower(t.text(&t.all[i])), filter) {
			passed = append(passed, &t.all[i])
		}
	}
	if by := t.compare[q.Sort]; by != nil {
		slices.SortStableFunc(passed, func(a, b *T) int {
			if q.Desc {
				a, b = b, a
			}
			return by(a, b)
		})
	}
	w := Window{Query: q, Total: len(passed)}
	from := min(q.Offset, len(passed))
	for _, one := range passed[from:min(len(passed), from+q.Limit)] {
		cells, tone := t.cells(one)
		w.Rows = append(w.Rows, Row{Key: t.key(one), Cells: cells, Tone: tone})
	}
	return w
}

func (t *table[T]) render(_ *Theme, w, h int) string { return t.rows.Render(w, h) }

func (t *table[T]) keys() []Key {
	off := ""
	if _, ok := t.rows.Selected(); !ok {
		off = "there is nothing here"
	}
	return []Key{{Keys: []string{"enter"}, Help: "details", Off: off}}
}

func (t *table[T]) press(Torrent, string) tea.Cmd {
	row, ok := t.rows.Selected()
	i := slices.IndexFunc(t.all, func(one T) bool { return t.key(&one) == row.Key })
	if !ok || i < 0 || t.open == nil {
		return nil
	}
	return Show(t.open(&t.all[i]))
}

// by compares what a function says of two.
func by[T any, K cmp.Ordered](of func(*T) K) func(a, b *T) int {
	return func(a, b *T) int { return cmp.Compare(of(a), of(b)) }
}

// The places of the tabs among a page's.
const (
	filesAt = iota
	peersAt
	trackersAt
	piecesAt
)

func newTorrentPeersTab(d Deps) detailTab {
	t := &table[TorrentPeer]{
		d: d, name: "Peers", tab: peersAt, fetch: d.Backend.Torrents.Peers,
		key:  func(p *TorrentPeer) string { return p.Address },
		text: func(p *TorrentPeer) string { return p.Address + " " + p.Client + " " + p.Source },
		cells: func(p *TorrentPeer) ([]string, Tone) {
			tone := Plain
			if p.Down+p.Up == 0 {
				tone = Quiet
			}
			return []string{p.Address, percentText(p.Progress), rateCell(p.Down), rateCell(p.Up), p.Flags, p.Source, p.Client}, tone
		},
		open: peerSheet,
		compare: map[string]func(a, b *TorrentPeer) int{
			"address":  by(func(p *TorrentPeer) string { return p.Address }),
			"progress": by(func(p *TorrentPeer) float64 { return p.Progress }),
			"down":     by(func(p *TorrentPeer) int64 { return p.Down }),
			"up":       by(func(p *TorrentPeer) int64 { return p.Up }),
			"client":   by(func(p *TorrentPeer) string { return p.Client }),
		},
	}
	t.init([]Column{
		{Title: "Address", Width: 15, Flex: 1, Sort: "address"},
		{Title: "Done", Width: 5, Right: true, Sort: "progress"},
		{Title: "Down/s", Width: 8, Right: true, Sort: "down"},
		{Title: "Up/s", Width: 8, Right: true, Sort: "up"},
		{Title: "Flags", Width: 5, From: Medium},
		{Title: "Found by", Width: 9, From: Wide},
		{Title: "Client", Width: 12, Flex: 2, From: Medium, Sort: "client"},
	}, "No peers", "Trackers, the DHT and other peers are asked for more by themselves.")
	return t
}

func newTrackersTab(d Deps) detailTab {
	t := &table[Tracker]{
		d: d, name: "Trackers", tab: trackersAt, fetch: d.Backend.Torrents.Trackers,
		key:  func(x *Tracker) string { return x.URL },
		text: func(x *Tracker) string { return x.URL + " " + x.State + " " + x.Message },
		cells: func(x *Tracker) ([]string, Tone) {
			tone := map[string]Tone{"failed": Bad, "working": Good, "disabled": Quiet}[x.State]
			return []string{
				x.URL, x.State, countOrNone(x.Seeders), countOrNone(x.Leechers), countOrNone(x.Peers), clock24(x.Last), clock24(x.Next), x.Message,
			}, tone
		},
		open: trackerSheet,
		compare: map[string]func(a, b *Tracker) int{
			"url":   by(func(x *Tracker) string { return x.URL }),
			"state": by(func(x *Tracker) string { return x.State }),
			"seeds": by(func(x *Tracker) int { return x.Seeders }),
		},
	}
	t.init([]Column{
		{Title: "Tracker", Width: 18, Flex: 2, Sort: "url"},
		{Title: "State", Width: 10, Sort: "state"},
		{Title: "Seeds", Width: 6, Right: true, Sort: "seeds"},
		{Title: "Leech", Width: 6, Right: true},
		{Title: "Peers", Width: 6, Right: true, From: Medium},
		{Title: "Last", Width: 8, From: Wide},
		{Title: "Next", Width: 8, From: Wide},
		{Title: "It says", Width: 10, Flex: 2, From: Medium},
	}, "No trackers", "Peers are found by the DHT, by other peers and on the local network, unless the torrent is private.")
	return t
}

// factWidth is the columns of a fact's name on a sheet.
const factWidth = 12

func peerSheet(p *TorrentPeer) *Sheet {
	var how []string
	for _, f := range []struct{ letter, word string }{{"E", "encrypted"}, {"U", "over uTP"}, {"I", "it called us"}} {
		if strings.Contains(p.Flags, f.letter) {
			how = append(how, f.letter+" "+f.word)
		}
	}
	return &Sheet{Title: "Peer " + p.Address, Lines: []string{
		Pad("Client", factWidth) + p.Client,
		Pad("Has", factWidth) + percentText(p.Progress),
		Pad("Rates", factWidth) + "↓ " + Rate(p.Down) + "  ↑ " + Rate(p.Up),
		Pad("Found by", factWidth) + p.Source,
		Pad("Flags", factWidth) + strings.Join(how, ", "),
	}}
}

func trackerSheet(x *Tracker) *Sheet {
	return &Sheet{Title: "Tracker", Lines: []string{
		x.URL, "",
		Pad("State", factWidth) + x.State + ", tier " + strconv.Itoa(x.Tier),
		Pad("It says", factWidth) + x.Message,
		Pad("It knows", factWidth) + countOrNone(x.Seeders) + " seeds, " + countOrNone(x.Leechers) + " others; it named " + countOrNone(x.Peers),
		Pad("Asked", factWidth) + moment(x.Last), Pad("Again", factWidth) + moment(x.Next),
	}}
}

// clock24 is a time of day; none is "-".
func clock24(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.TimeOnly)
}

// filesTab is the files of a torrent, whose priorities it changes.
type filesTab struct{ table[TorrentFile] }

// manyFiles is from where on a list of files is asked for less often: each thousand
// of them is some 150 KB to be read.
const manyFiles = 1000

func newFilesTab(d Deps) detailTab {
	t := &filesTab{table[TorrentFile]{
		d: d, name: "Files", tab: filesAt, fetch: d.Backend.Torrents.Files,
		every: func(n int) time.Duration { return time.Duration(n/manyFiles) * time.Second },
		key:   func(f *TorrentFile) string { return strconv.Itoa(f.Index) },
		text:  func(f *TorrentFile) string { return f.Path },
		cells: func(f *TorrentFile) ([]string, Tone) {
			share := 1.0
			if f.Length > 0 {
				share = float64(f.Completed) / float64(f.Length)
			}
			tone := map[string]Tone{"skip": Quiet, "high": Warn}[f.Priority]
			return []string{f.Path, Size(f.Length), barText(share, torrentBar), percentText(share), f.Priority}, tone
		},
		compare: map[string]func(a, b *TorrentFile) int{
			"path":     by(func(f *TorrentFile) string { return f.Path }),
			"size":     by(func(f *TorrentFile) int64 { return f.Length }),
			"priority": by(func(f *TorrentFile) int { return slices.Index(priorities(), f.Priority) }),
		},
	}}
	t.init([]Column{
		{Title: "File", Width: 16, Flex: 1, Sort: "path"},
		{Title: "Size", Width: 8, Right: true, Sort: "size"},
		{Title: "Progress", Width: torrentBar, From: Medium},
		{Title: "Done", Width: 4, Right: true},
		{Title: "Priority", Width: 9, Sort: "priority"},
	}, "No files yet", "A magnet link does not say what is in it: a peer has to tell first.")
	t.rows.Markable()
	return t
}

// priorities are the words for how much a file is wanted, the least first.
func priorities() []string { return []string{"skip", "low", "normal", "high"} }

func (t *filesTab) keys() []Key {
	off := ""
	if _, ok := t.rows.Selected(); !ok {
		off = "there is no file here"
	}
	return []Key{
		{Keys: []string{"enter"}, Help: "priority", Off: off},
		{Keys: []string{"+", "="}, Help: "want more", Off: off},
		{Keys: []string{"-"}, Help: "want less", Off: off},
		{Keys: []string{"x"}, Help: "skip", Off: off},
		{Keys: []string{"o"}, Help: "play", Off: off, Quiet: true},
		MarkKey(),
	}
}

func (t *filesTab) press(of Torrent, key string) tea.Cmd {
	files := t.chosen()
	if len(files) == 0 {
		return nil
	}
	at := max(0, slices.Index(priorities(), files[0].Priority))
	switch key {
	case "enter":
		return t.askPriority(of, files)
	case "+", "=":
		return t.set(of, files, priorities()[min(at+1, len(priorities())-1)])
	case "-":
		return t.set(of, files, priorities()[max(at-1, 0)])
	case "x":
		if files[0].Priority == "skip" {
			return t.set(of, files, "normal")
		}
		return t.set(of, files, "skip")
	case "o":
		src := torrentsView{d: t.d}
		return src.play(of.ID, files[0].Index)
	}
	return nil
}

// chosen are the files that an order is for.
func (t *filesTab) chosen() []TorrentFile {
	var files []TorrentFile
	for _, key := range t.rows.Chosen() {
		if i := slices.IndexFunc(t.all, func(f TorrentFile) bool { return strconv.Itoa(f.Index) == key }); i >= 0 {
			files = append(files, t.all[i])
		}
	}
	return files
}

// askPriority asks for the priority of files.
func (t *filesTab) askPriority(of Torrent, files []TorrentFile) tea.Cmd {
	name := files[0].Path
	if len(files) > 1 {
		name = Plural(len(files), "file")
	}
	return Show(&Form{
		Title: "How much is this wanted?", Intro: []string{name}, Yes: "set",
		Fields: []Field{{Name: "priority", Label: "Priority", Value: files[0].Priority, Choices: priorities()}},
		Submit: func(values map[string]string) tea.Cmd { return t.set(of, files, values["priority"]) },
	})
}

func (t *filesTab) set(of Torrent, files []TorrentFile, priority string) tea.Cmd {
	src := t.d.Backend.Torrents
	indexes := make([]int, len(files))
	for i, f := range files {
		indexes[i] = f.Index
	}
	said := files[0].Path
	if len(files) > 1 {
		said = Plural(len(files), "file")
	}
	t.rows.Unmark()
	t.asked = time.Time{} // show it at once, however long the list
	return t.d.Order(func(ctx context.Context) tea.Msg {
		if err := src.Prioritize(ctx, of.ID, indexes, priority); err != nil {
			return torrentDoneMsg{errs: []error{err}}
		}
		return torrentDoneMsg{ok: 1, said: CutMiddle(Clean(said), 50) + ": " + priority}
	})
}
