package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// detail is the page of one torrent: what it is, and tabs.
type detail struct {
	d       Deps
	torrent Torrent
	history *history
	tabs    []detailTab
	at      int
	asking  bool
	left    bool
	top     int // the line that the tabs' names stand in
}

// detailTab is one part of the page.
type detailTab interface {
	title() string
	// load asks for a snapshot; the answer is a detailMsg.
	load(t Torrent) tea.Cmd
	// take takes an answer.
	take(msg detailMsg) tea.Cmd
	render(t *Theme, w, h int) string
	// list is the rows of the tab, nil without any.
	list() *List
	// keys are those of the tab alone; press takes one.
	keys() []Key
	press(t Torrent, key string) tea.Cmd
}

// detailMsg answers a tab, or the page itself when tab is -1.
type detailMsg struct {
	of      string
	tab     int
	torrent Torrent
	data    any
	err     error
	close   bool
}

// page is the tab of a message that is for the page.
const page = -1

func newDetail(d Deps, t Torrent, h *history) *detail {
	x := &detail{d: d, torrent: t, history: h}
	x.tabs = []detailTab{newFilesTab(d), newTorrentPeersTab(d), newTrackersTab(d), newPiecesTab(d), &speedTab{history: h, of: t.ID}}
	return x
}

// noList stands where a tab has no rows.
func (x *detail) list() *List {
	if l := x.tabs[x.at].list(); l != nil {
		return l
	}
	return NewList(x.d, nil, func(Query) tea.Cmd { return nil })
}

// reload asks for the torrent and for the tab on the screen.
func (x *detail) reload() tea.Cmd {
	if x.asking {
		return nil
	}
	x.asking = true
	id, src := x.torrent.ID, x.d.Backend.Torrents
	return tea.Batch(x.load(), x.d.Do(func(ctx context.Context) tea.Msg {
		t, err := src.Torrent(ctx, id)
		return detailMsg{of: id, tab: page, torrent: t, err: err}
	}))
}

// load asks for what the tab on the screen shows, and marks the answer with the
// tab that it is for.
func (x *detail) load() tea.Cmd { return x.tabs[x.at].load(x.torrent) }

func (x *detail) take(msg detailMsg) tea.Cmd {
	switch {
	case msg.of != x.torrent.ID:
		return nil
	case msg.close:
		x.left = true
		return nil
	case msg.tab != page:
		return x.tabs[msg.tab].take(msg)
	}
	x.asking = false
	if msg.err != nil {
		x.left = true
		return Fail(msg.err)
	}
	x.torrent = msg.torrent
	x.history.note(x.d.Now(), []Torrent{msg.torrent})
	return nil
}

func (x *detail) keys() []Key {
	return append(x.tabs[x.at].keys(), Key{Keys: []string{"l", "right"}, Help: "next page"}, Key{Keys: []string{"h", "left"}, Help: "page before", Quiet: true}, Key{Keys: []string{"esc"}, Help: "back"})
}

func (x *detail) listKeys() []Key {
	if x.tabs[x.at].list() == nil {
		return nil
	}
	return ListKeys()
}

func (x *detail) input(msg tea.Msg) (tea.Cmd, bool) {
	if mouse, ok := msg.(tea.MouseMsg); ok && mouse.Y == x.top && mouse.Action == tea.MouseActionPress {
		return x.click(mouse.X), true
	}
	if l := x.tabs[x.at].list(); l != nil {
		if event, cmd := l.Update(msg); event == Used {
			return cmd, true
		} else if event == Opened {
			return x.tabs[x.at].press(x.torrent, "enter"), true
		}
	}
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, true
	}
	switch name := key.String(); name {
	case "l", "right":
		return x.goTo(x.at + 1), true
	case "h", "left":
		return x.goTo(x.at - 1), true
	default:
		if slices.ContainsFunc(x.tabs[x.at].keys(), func(k Key) bool { return k.Is(key) }) {
			return x.tabs[x.at].press(x.torrent, name), true
		}
	}
	return nil, false
}

func (x *detail) goTo(i int) tea.Cmd {
	x.at = (i + len(x.tabs)) % len(x.tabs)
	return x.load()
}

// click goes to the tab whose name stands at a column.
func (x *detail) click(at int) tea.Cmd {
	from := 1
	for i, tab := range x.tabs {
		to := from + Width(tab.title())
		if at >= from && at < to {
			return x.goTo(i)
		}
		from = to + 2
	}
	return nil
}

// render draws the page: a head as high as there is room for, the tabs' names, a tab.
func (x *detail) render(w, h int) string {
	lines := x.head(w, h)
	x.top = len(lines)
	lines = append(lines, x.names(w))
	if l := x.tabs[x.at].list(); l != nil {
		l.At(0, len(lines))
	}
	room := max(1, h-len(lines))
	return strings.Join(lines, "\n") + "\n" + Fit(x.tabs[x.at].render(x.d.Theme, w, room), w, room)
}

// head says what the torrent is and how it stands: two lines where a window is low, more where it is not.
func (x *detail) head(w, h int) []string {
	t, th := &x.torrent, x.d.Theme
	first := " " + th.Title.Render(Cut(Clean(torrentName(t)), w-2))
	bar := min(20, w/4)
	state := fmt.Sprintf(" %s %s  ", Bar(th, t.Progress, bar), percentText(t.Progress)) +
		th.Tone(torrentTone(t.State)).Render(Clean(t.State)) + x.speeds()
	lines := []string{first, Cut(state, w)}
	if h < 16 {
		return lines
	}
	lines = append(lines, x.fact(w, "Size", x.sizes()), x.fact(w, "Sent", x.traffic()))
	if h >= 22 {
		lines = append(lines, x.fact(w, "Folder", CutMiddle(Clean(t.Dir), w-12)), x.fact(w, "Infohash", Clean(t.ID)), x.fact(w, "Also", x.also()))
	}
	return append(lines, "")
}

func (x *detail) fact(w int, name, value string) string {
	return Cut(" "+x.d.Theme.Muted.Render(Pad(name, 9))+" "+value, w)
}

func (x *detail) speeds() string {
	t := &x.torrent
	text := fmt.Sprintf("  ↓ %s  ↑ %s", Rate(t.Down), Rate(t.Up))
	if t.ETA >= 0 {
		text += "  " + etaText(t.ETA) + " left"
	}
	return text
}

func (x *detail) sizes() string {
	t := &x.torrent
	if t.Files == 0 {
		return "not known before a peer tells"
	}
	text := fmt.Sprintf("%s in %s", Size(t.Size), Plural(t.Files, "file"))
	if t.Wanted != t.Size {
		text += fmt.Sprintf(", of which %s wanted", Size(t.Wanted))
	}
	return fmt.Sprintf("%s, %s there; %s of %s", text, Size(t.Completed), Plural(t.Pieces, "piece"), Size(t.PieceSize))
}

func (x *detail) traffic() string {
	t := &x.torrent
	return fmt.Sprintf("%s up, %s down, ratio %s; %s, %d of them seeds, %d known",
		Size(t.Uploaded), Size(t.Downloaded), ratioText(t.Ratio), Plural(t.Peers, "peer"), t.Seeds, t.Known)
}

func (x *detail) also() string {
	t := &x.torrent
	parts := []string{"added " + moment(t.Added)}
	if len(t.Labels) > 0 {
		parts = append(parts, "labels "+Clean(strings.Join(t.Labels, " ")))
	}
	if t.LimitDown > 0 {
		parts = append(parts, "at most "+Rate(t.LimitDown)+" down")
	}
	if t.LimitUp > 0 {
		parts = append(parts, "at most "+Rate(t.LimitUp)+" up")
	}
	if t.Private {
		parts = append(parts, "private")
	}
	if t.Sequential {
		parts = append(parts, "in order")
	}
	return strings.Join(parts, "; ")
}

// names is the line of the tabs' names.
func (x *detail) names(w int) string {
	var b strings.Builder
	for i, tab := range x.tabs {
		style, mark := x.d.Theme.Tab, " "
		if i == x.at {
			style = x.d.Theme.TabOn
			if mark = "*"; style.Render("x") != "x" {
				mark = " "
			}
		}
		b.WriteString(" " + style.Render(tab.title()) + mark)
	}
	return Cut(b.String(), w)
}
