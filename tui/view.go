package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// View is one of the pages that Tab and the digits lead to. Input reaches the
// view that is shown; every other message reaches all of them, so a view gives
// the messages that it sends itself types of its own.
type View interface {
	// ID is one word, which the palette takes: torrents.
	ID() string
	// Title stands in the header.
	Title() string
	// Init is run once, when there is a backend.
	Init() tea.Cmd
	// Update takes one message and does no I/O.
	Update(msg tea.Msg) (View, tea.Cmd)
	// Render draws at most h lines of at most w columns.
	Render(w, h int) string
	// Keys are those that the view has now, the most useful first. The footer,
	// the help and the palette are made of them. The keys of a [List] are among
	// them if the view puts them there, see ListKeys.
	Keys() []Key
	// Capturing says that keys are text now: none of the app's keys counts but ctrl+c.
	Capturing() bool
}

// Closer is a view with pages of its own, such as details: Esc goes back there
// before anything else. A view needs not be one.
type Closer interface {
	// Back leaves a page; false when there was none to leave.
	Back() (tea.Cmd, bool)
}

// Verber is a view that adds verbs to the palette beside those of its keys.
type Verber interface{ Verbs() []Verb }

// The messages that the app sends to views.
type (
	// ShownMsg says that the view with this ID is on the screen from now on. It
	// asks for its snapshot.
	ShownMsg struct{ ID string }
	// HiddenMsg says that it is no more. It stops asking.
	HiddenMsg struct{ ID string }
	// RefreshMsg comes once a second, to the view on the screen alone.
	RefreshMsg struct{ At time.Time }
	// ChangedMsg says that something changed in the node, at most a few times a
	// second, to the view on the screen alone.
	ChangedMsg struct{ Changes Changes }
	// VisitMsg asks the view with this ID to show one thing, for example a
	// transaction by its id. It comes after ShownMsg.
	VisitMsg struct{ ID, Arg string }
	// PasteMsg is text that was pasted or dropped while no input had the keys: a
	// magnet link, a path. It goes to the view named torrents, which is shown.
	PasteMsg struct{ Text string }
)

// Deps is what a view is made from.
type Deps struct {
	Backend Backend
	// Theme may be exchanged while the program runs: keep the pointer.
	Theme *Theme
	// Now is the clock.
	Now func() time.Time
	// Context ends when the program does.
	Context context.Context
}

// Timeouts of requests: a read is answered from memory, an order may wait for a
// disk or for scrypt.
const (
	readTimeout  = 5 * time.Second
	orderTimeout = time.Minute
)

// Do runs a read in the background, with a deadline, and hands its message to Update.
func (d Deps) Do(f func(context.Context) tea.Msg) tea.Cmd { return d.within(readTimeout, f) }

// Order is Do for what changes something and may take longer.
func (d Deps) Order(f func(context.Context) tea.Msg) tea.Cmd { return d.within(orderTimeout, f) }

func (d Deps) within(t time.Duration, f func(context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(d.Context, t)
		defer cancel()
		return f(ctx)
	}
}
