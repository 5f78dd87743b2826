package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// torrentsView is the list of torrents and, over it, the details of one.
type torrentsView struct {
	d       Deps
	list    *List
	shown   map[string]Torrent // of the window, by id
	history *history
	detail  *detail // nil while the list is shown
	follow  string  // a torrent to put the cursor on with the next window
	width   int
}

type (
	torrentsMsg struct {
		query Query
		page  TorrentPage
		err   error
	}
	// torrentDoneMsg is what became of an order: ok torrents obeyed, the others gave
	// errors. show is one to put the cursor on.
	torrentDoneMsg struct {
		ok   int
		said string
		show string
		errs []error
	}
)

func newTorrents(d Deps) View {
	if d.Backend.Torrents == nil {
		return newAbsent(d, "torrents", "Torrents", "this node keeps no torrents")
	}
	v := &torrentsView{d: d, shown: map[string]Torrent{}, history: newHistory()}
	v.list = NewList(d, torrentColumns(), v.fetch).Markable()
	v.list.EmptyTitle = "No torrents yet"
	v.list.EmptyNext = "Paste a magnet link here, drop a .torrent file onto this window, or press a. " +
		"The filter behind / also takes state:seeding and label:NAME."
	return v
}

func (v *torrentsView) ID() string      { return "torrents" }
func (v *torrentsView) Title() string   { return "Torrents" }
func (v *torrentsView) Init() tea.Cmd   { return nil }
func (v *torrentsView) Capturing() bool { return v.front().Filtering() }

// front is the list that has the keys.
func (v *torrentsView) front() *List {
	if v.detail != nil {
		return v.detail.list()
	}
	return v.list
}

func (v *torrentsView) fetch(q Query) tea.Cmd {
	src, follow := v.d.Backend.Torrents, v.follow
	return v.d.Do(func(ctx context.Context) tea.Msg {
		page, err := src.Torrents(ctx, TorrentQuery{Query: q, Follow: follow})
		if err == nil && follow != "" && page.Place >= 0 {
			q.Offset = max(0, page.Place-q.Limit/2)
			page, err = src.Torrents(ctx, TorrentQuery{Query: q, Follow: follow})
		}
		return torrentsMsg{q, page, err}
	})
}

// Update implements View.
func (v *torrentsView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.reload()
		}
	case RefreshMsg:
		return v, v.reload()
	case ChangedMsg:
		if msg.Changes.Torrents {
			return v, v.reload()
		}
	case PasteMsg:
		return v, v.paste(msg.Text)
	case VisitMsg:
		if msg.ID == v.ID() {
			return v, v.visit(msg.Arg)
		}
	case torrentsMsg:
		return v, v.take(msg)
	case torrentDoneMsg:
		return v, v.done(msg)
	case detailMsg:
		if v.detail != nil {
			return v, v.takeDetail(msg)
		}
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, nil
}

func (v *torrentsView) reload() tea.Cmd {
	if v.detail != nil {
		return v.detail.reload()
	}
	return v.list.Reload()
}

// takeDetail hands an answer to the page, which may be one that its torrent is gone.
func (v *torrentsView) takeDetail(msg detailMsg) tea.Cmd {
	cmd := v.detail.take(msg)
	if v.detail.left {
		v.detail = nil
		return tea.Batch(cmd, v.list.Reload())
	}
	return cmd
}

// visit puts the cursor on a torrent.
func (v *torrentsView) visit(id string) tea.Cmd {
	v.detail, v.follow = nil, id
	return v.list.Reload()
}

func (v *torrentsView) take(msg torrentsMsg) tea.Cmd {
	if msg.err != nil {
		v.list.Fail()
		return Fail(msg.err)
	}
	clear(v.shown)
	rows := make([]Row, len(msg.page.List))
	for i := range msg.page.List {
		t := &msg.page.List[i]
		v.shown[t.ID], rows[i] = *t, torrentRow(t)
	}
	v.history.note(v.d.Now(), msg.page.List)
	msg.query.Offset = msg.page.Offset
	cmd := v.list.Set(Window{Query: msg.query, Rows: rows, Total: msg.page.Total})
	if v.follow != "" && v.list.Select(v.follow) {
		v.follow = ""
	}
	return cmd
}

func (v *torrentsView) paste(text string) tea.Cmd {
	what := dropped(text)
	if len(what) == 0 {
		return Notify(Warn, "what was pasted names no torrent: "+Cut(Clean(text), 40))
	}
	return v.addForm(what)
}

// done tells what became of an order.
func (v *torrentsView) done(msg torrentDoneMsg) tea.Cmd {
	v.list.Unmark()
	if msg.show != "" {
		v.follow = msg.show
	}
	said := Notify(Good, Clean(msg.said))
	if len(msg.errs) > 0 {
		text := msg.errs[0].Error()
		if n := len(msg.errs) - 1; n > 0 {
			text += fmt.Sprintf(" (and %d more; %d done)", n, msg.ok)
		}
		said = Notify(Bad, text)
	}
	return tea.Batch(said, v.reload())
}

// selected is the torrent that keys without marks are about.
func (v *torrentsView) selected() (Torrent, bool) {
	if v.detail != nil {
		return v.detail.torrent, true
	}
	row, ok := v.list.Selected()
	t, known := v.shown[row.Key]
	return t, ok && known
}

// chosen are the torrents that an order is for, by id.
func (v *torrentsView) chosen() []string {
	if v.detail != nil {
		return []string{v.detail.torrent.ID}
	}
	return v.list.Chosen()
}

func (v *torrentsView) input(msg tea.Msg) tea.Cmd {
	if v.detail != nil {
		if cmd, used := v.detail.input(msg); used {
			return cmd
		}
		return v.act(msg)
	}
	event, cmd := v.list.Update(msg)
	switch event {
	case Opened:
		return v.open()
	case Ignored:
		return v.act(msg)
	}
	return cmd
}

// open shows the details of the torrent under the cursor.
func (v *torrentsView) open() tea.Cmd {
	t, ok := v.selected()
	if !ok {
		return nil
	}
	v.detail = newDetail(v.d, t, v.history)
	return v.detail.reload()
}

// Back implements Closer.
func (v *torrentsView) Back() (tea.Cmd, bool) {
	if v.detail == nil {
		return v.list.Back()
	}
	if cmd, ok := v.detail.list().Back(); ok {
		return cmd, true
	}
	v.detail = nil
	return v.list.Reload(), true
}

// Render implements View.
func (v *torrentsView) Render(w, h int) string {
	v.width = w
	if v.detail != nil {
		return v.detail.render(w, h)
	}
	return v.list.Render(w, h)
}

// each gives an order to torrents one after the other; said is what one that
// obeyed did: "paused".
func (v *torrentsView) each(ids []string, said string, do func(ctx context.Context, id string) error) tea.Cmd {
	return v.eachWithin(orderTimeout, ids, said, do)
}

func (v *torrentsView) eachWithin(t time.Duration, ids []string, said string, do func(ctx context.Context, id string) error) tea.Cmd {
	name := v.nameOf(ids)
	return v.d.within(t, func(ctx context.Context) tea.Msg {
		var done torrentDoneMsg
		for _, id := range ids {
			if err := do(ctx, id); err != nil {
				done.errs = append(done.errs, err)
				if errors.Is(err, context.DeadlineExceeded) {
					break
				}
				continue
			}
			done.ok++
		}
		if done.said = name + " is " + said; done.ok > 1 {
			done.said = Plural(done.ok, "torrent") + " " + said
		}
		return done
	})
}

// nameOf is what torrents are called in a sentence.
func (v *torrentsView) nameOf(ids []string) string {
	if len(ids) != 1 {
		return Plural(len(ids), "torrent")
	}
	t := v.shown[ids[0]]
	if v.detail != nil && v.detail.torrent.ID == ids[0] {
		t = v.detail.torrent
	}
	if t.Name != "" {
		return Cut(Clean(strings.TrimSpace(t.Name)), 50)
	}
	return Cut(ids[0], 12)
}
