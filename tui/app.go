package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// refreshEvery is how often the view on the screen is asked to look again.
const refreshEvery = time.Second

// noticeTime is how long a line that is no error stays.
const noticeTime = 5 * time.Second

// app is the program: header, one view, footer, and what stands over the view.
type app struct {
	d        Deps
	opts     Options
	views    []View
	at       int
	w, h     int
	over     []overlay
	notice   NotifyMsg
	noticeN  int // numbers notices, so that an old timer takes no new one away
	overview Overview
	gone     string // why the node is not there; empty when it is
	ready    bool
	palette  *paletteLine
	welcome  *welcome // during the first run
	asking   bool     // an overview is on its way
	fresh    int      // refreshes since the last overview
}

// The app's own messages.
type (
	connectedMsg struct {
		backend Backend
		err     error
	}
	overviewMsg struct {
		overview Overview
		err      error
	}
	changesMsg struct {
		changes Changes
		err     error
	}
	tickMsg      struct{ at time.Time }
	noticeEndMsg struct{ n int }
	themeMsg     struct{ name string }
)

func newApp(ctx context.Context, o Options) *app {
	a := &app{opts: o, w: 80, h: 24}
	a.d = Deps{Theme: o.Theme, Now: o.Now, Context: ctx}
	return a
}

// Init welcomes who is here for the first time, else connects.
func (a *app) Init() tea.Cmd {
	if a.opts.Setup != nil {
		a.welcome = &welcome{d: a.d, setup: a.opts.Setup}
		return a.welcome.start()
	}
	return a.connect
}

func (a *app) connect() tea.Msg {
	b, err := a.opts.Connect(a.d.Context)
	return connectedMsg{b, err}
}

// Update implements tea.Model.
func (a *app) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.w, a.h = msg.Width, msg.Height
		return a, nil
	case tea.KeyMsg:
		return a, a.key(msg)
	case tea.MouseMsg:
		return a, a.mouse(msg)
	case connectedMsg:
		return a, a.connected(msg)
	case tickMsg:
		return a, a.tick(msg.at)
	}
	if cmd, ours := a.own(msg); ours {
		return a, cmd
	}
	return a, tea.Batch(a.toOverlay(msg), a.broadcast(msg))
}

// own takes the messages that are for the app alone.
func (a *app) own(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case overviewMsg:
		a.overviewed(msg)
		return nil, true
	case changesMsg:
		return a.changed(msg), true
	case NotifyMsg:
		return a.notify(msg), true
	case noticeEndMsg:
		if msg.n == a.noticeN && a.notice.Tone != Bad {
			a.notice = NotifyMsg{}
		}
		return nil, true
	case ShowMsg:
		return a.show(msg.Dialog), true
	case GotoMsg:
		return a.visit(msg), true
	case themeMsg:
		return a.setTheme(msg.name), true
	case runMsg:
		return a.ran(msg), true
	case leavingMsg:
		return a.left(msg), true
	case welcomeDoneMsg:
		a.welcome = nil
		return a.connect, true
	case completedMsg:
		if a.palette != nil {
			a.palette.take(msg)
		}
		return nil, true
	}
	if a.welcome != nil {
		return a.welcome.take(msg)
	}
	return nil, false
}

// connected makes the views.
func (a *app) connected(msg connectedMsg) tea.Cmd {
	if msg.err != nil {
		a.gone = msg.err.Error()
		return nil
	}
	a.d.Backend, a.ready = msg.backend, true
	var cmds []tea.Cmd
	for i, make := range views() {
		a.views = append(a.views, make(a.d))
		cmds = append(cmds, a.views[i].Init())
		if a.views[i].ID() == a.opts.View {
			a.at = i
		}
	}
	cmds = append(cmds, a.look(), a.follow(), nextTick(), a.send(a.at, ShownMsg{a.current().ID()}))
	return tea.Batch(cmds...)
}

func nextTick() tea.Cmd {
	return tea.Tick(refreshEvery, func(at time.Time) tea.Msg { return tickMsg{at} })
}

// overviewEvery is after how many refreshes the header is asked for, changes or not.
const overviewEvery = 2

// tick refreshes what is on the screen.
func (a *app) tick(at time.Time) tea.Cmd {
	cmds := []tea.Cmd{nextTick(), a.send(a.at, RefreshMsg{at})}
	if a.fresh++; a.fresh >= overviewEvery {
		cmds = append(cmds, a.look())
	}
	return tea.Batch(cmds...)
}

// look asks for the overview, once at a time.
func (a *app) look() tea.Cmd {
	if a.asking || a.d.Backend.Overview == nil {
		return nil
	}
	a.asking, a.fresh = true, 0
	return a.d.Do(func(ctx context.Context) tea.Msg {
		o, err := a.d.Backend.Overview.Overview(ctx)
		return overviewMsg{o, err}
	})
}

func (a *app) overviewed(msg overviewMsg) {
	a.asking = false
	if msg.err != nil {
		a.gone = msg.err.Error()
		return
	}
	a.overview, a.gone = msg.overview, ""
}

// follow waits for the next change, without a deadline.
func (a *app) follow() tea.Cmd {
	if a.d.Backend.Overview == nil {
		return nil
	}
	return func() tea.Msg {
		c, err := a.d.Backend.Overview.Changes(a.d.Context)
		return changesMsg{c, err}
	}
}

func (a *app) changed(msg changesMsg) tea.Cmd {
	if msg.err != nil {
		if errors.Is(msg.err, context.Canceled) {
			return nil
		}
		// The refresh goes on asking; whoever answers again is followed again.
		a.gone = msg.err.Error()
		return tea.Tick(refreshEvery, func(time.Time) tea.Msg { return a.follow()() })
	}
	return tea.Batch(a.follow(), a.look(), a.send(a.at, ChangedMsg{msg.changes}))
}

func (a *app) current() View { return a.views[a.at] }

// send gives a message to one view.
func (a *app) send(i int, msg tea.Msg) tea.Cmd {
	v, cmd := a.views[i].Update(msg)
	a.views[i] = v
	return cmd
}

func (a *app) broadcast(msg tea.Msg) tea.Cmd {
	cmds := make([]tea.Cmd, len(a.views))
	for i := range a.views {
		cmds[i] = a.send(i, msg)
	}
	return tea.Batch(cmds...)
}

// goTo puts view i on the screen.
func (a *app) goTo(i int) tea.Cmd {
	if i < 0 || i >= len(a.views) || i == a.at {
		return nil
	}
	hidden := a.send(a.at, HiddenMsg{a.current().ID()})
	a.at = i
	return tea.Batch(hidden, a.send(i, ShownMsg{a.current().ID()}))
}

func (a *app) index(id string) int {
	return slices.IndexFunc(a.views, func(v View) bool { return v.ID() == id })
}

func (a *app) visit(msg GotoMsg) tea.Cmd {
	i := a.index(msg.View)
	cmd := a.goTo(i)
	if i >= 0 && msg.Arg != "" {
		cmd = tea.Sequence(cmd, a.send(i, VisitMsg{msg.View, msg.Arg}))
	}
	return cmd
}

func (a *app) notify(msg NotifyMsg) tea.Cmd {
	a.notice = msg
	a.noticeN++
	n := a.noticeN
	return tea.Tick(noticeTime, func(time.Time) tea.Msg { return noticeEndMsg{n} })
}

// show opens a dialog over what is there.
func (a *app) show(d Dialog) tea.Cmd {
	a.palette = nil
	if a.notice.Tone != Bad {
		a.notice = NotifyMsg{} // the footer is the dialog's now
	}
	o := d.open(a.d)
	a.over = append(a.over, o)
	cmd, _ := o.update(openedMsg{})
	return cmd
}

func (a *app) toOverlay(msg tea.Msg) tea.Cmd {
	if len(a.over) == 0 {
		return nil
	}
	top := len(a.over) - 1
	cmd, done := a.over[top].update(msg)
	if done {
		a.over = a.over[:top]
	}
	return cmd
}

// setTheme takes the theme of a name, or the next one.
func (a *app) setTheme(name string) tea.Cmd {
	names := ThemeNames()[1:]
	if name == "" {
		name = names[(slices.Index(names, a.d.Theme.Name)+1)%len(names)]
	}
	said := "theme: " + name
	if name == ThemeAuto {
		// Whether the background is dark is asked of the terminal, which answers where keys come from.
		said = "theme: dark or light as the terminal's background is, from the next start on"
	} else {
		t, err := NewTheme(name, a.opts.Out)
		if err != nil {
			return Notify(Bad, err.Error()+"; there are "+strings.Join(ThemeNames(), ", "))
		}
		*a.d.Theme = *t
	}
	return tea.Batch(Notify(Plain, said), a.keepTheme(name))
}

// keepTheme remembers the choice.
func (a *app) keepTheme(name string) tea.Cmd {
	if a.opts.KeepTheme == nil {
		return nil
	}
	return func() tea.Msg {
		if err := a.opts.KeepTheme(name); err != nil {
			return NotifyMsg{err.Error(), Bad}
		}
		return nil
	}
}
