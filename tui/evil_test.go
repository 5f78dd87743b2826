package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// poison is everything that a text can do to a terminal, at once: sequences that
// clear, title, colour, hide, report and paste, in seven bits and in eight; control
// characters; line breaks of three kinds; every way to turn the direction of writing
// around; what is not visible; accents without end; wide runes and pictures of
// several; and bytes that are no text.
const poison = "\x1b[2J\x1b[9mX\x1b]0;own\a\x1b]52;c;cm0=\x1b\\\x1b[?1049l\x1b[6n\x1bPq\x1b\\\x9b31m\u009b9m\u0085\r\n\t\v\f\b\x00\x7f\x0e" +
	"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad\u2028\u2029\U000e0041\ufff9" +
	"\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u20e3日本語👩\u200d👩\u200d👧\U0010ffff\ud7ff\xff\xfe\xc0\xaf\xed\xa0\x80"

// evil is a node whose every text is poison: what it answers is filled in by its
// type, so that a field which is added later is poisoned too.
type evil struct{ n int }

// text is a new text, since rows are told apart by theirs.
func (e *evil) text() string {
	e.n++
	return fmt.Sprintf("%s%d%s", poison, e.n, poison)
}

// few is how long each list is.
const few = 3

// fill poisons a value.
func (e *evil) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(e.text())
	case reflect.Bool:
		v.SetBool(e.n%2 == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(few)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(few)
	case reflect.Float64:
		v.SetFloat(.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), few, few))
		for i := range few {
			e.fill(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		e.fill(v.Elem())
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = clock().Add(-time.Hour)
			return
		}
		for i := range v.NumField() {
			e.fill(v.Field(i))
		}
	case reflect.Func: // what is done is no text
	default:
		panic("nobody knows how to poison a " + v.Kind().String())
	}
}

func of[T any](e *evil) T {
	var v T
	e.fill(reflect.ValueOf(&v).Elem())
	return v
}

func (e *evil) err() error { return errors.New(e.text()) }

func (e *evil) backend() Backend {
	return Backend{
		Overview: e, Torrents: evilTorrents{e}, Wallet: evilWallet{e}, Ledger: evilLedger{e}, Peers: e, Proofs: evilProofs{e},
		Log: e, Settings: e, Commands: e, Leaving: e,
	}
}

func (e *evil) Overview(context.Context) (Overview, error) {
	o := of[Overview](e)
	o.Ledger = true
	return o, nil
}

func (e *evil) Changes(ctx context.Context) (Changes, error) {
	<-ctx.Done()
	return Changes{}, ctx.Err()
}
func (e *evil) Nodes(context.Context) (Nodes, error) { return of[Nodes](e), nil }
func (e *evil) Weight(uint64) string                 { return e.text() }
func (e *evil) Log(context.Context, LogQuery) (LogPage, error) {
	return of[LogPage](e), nil
}
func (e *evil) Settings(context.Context) (Settings, error) {
	s := of[Settings](e)
	s.List[0].Fixed, s.List[1].Fixed = "", ""
	s.List[1].Value = "true"
	return s, nil
}
func (e *evil) Set(context.Context, string, string) (string, error) { return e.text(), nil }
func (e *evil) Reload(context.Context) (string, error)              { return e.text(), nil }
func (e *evil) Commands() []Command                                 { return of[[]Command](e) }
func (e *evil) Complete(context.Context, []string) []string         { return of[[]string](e) }
func (e *evil) Run(context.Context, []string) (string, error)       { return e.text(), e.err() }
func (e *evil) Leaving(context.Context) ([]string, error)           { return of[[]string](e), nil }

type evilTorrents struct{ e *evil }

func (f evilTorrents) Torrents(context.Context, TorrentQuery) (TorrentPage, error) {
	p := of[TorrentPage](f.e)
	p.Offset = 0
	return p, nil
}

func (f evilTorrents) Torrent(_ context.Context, id string) (Torrent, error) {
	t := of[Torrent](f.e)
	t.ID = id
	return t, nil
}

func (f evilTorrents) Files(context.Context, string) ([]TorrentFile, error) {
	return of[[]TorrentFile](f.e), nil
}
func (f evilTorrents) Peers(context.Context, string) ([]TorrentPeer, error) {
	return of[[]TorrentPeer](f.e), nil
}
func (f evilTorrents) Trackers(context.Context, string) ([]Tracker, error) {
	return of[[]Tracker](f.e), nil
}
func (f evilTorrents) Pieces(context.Context, string) ([]PieceRun, error) {
	return []PieceRun{{1, 'c'}, {2, 0x1b}, {3, 0x9b}}, nil
}
func (f evilTorrents) Add(context.Context, AddTorrent) (string, string, error) {
	return f.e.text(), f.e.text(), nil
}
func (f evilTorrents) Pause(context.Context, string) error                { return f.e.err() }
func (f evilTorrents) Resume(context.Context, string) error               { return f.e.err() }
func (f evilTorrents) Recheck(context.Context, string) error              { return nil }
func (f evilTorrents) Remove(context.Context, string, bool) error         { return nil }
func (f evilTorrents) Move(context.Context, string, string) error         { return nil }
func (f evilTorrents) Limit(context.Context, string, TorrentLimits) error { return f.e.err() }
func (f evilTorrents) Label(context.Context, string, []string, []string) error {
	return f.e.err()
}
func (f evilTorrents) Prioritize(context.Context, string, []int, string) error { return nil }
func (f evilTorrents) Stream(context.Context, string, int) (string, error)     { return f.e.text(), nil }
func (f evilTorrents) ParseRate(string) (int64, error)                         { return 0, f.e.err() }

type evilWallet struct{ e *evil }

func (f evilWallet) Wallet(context.Context) (Wallet, error) {
	w := of[Wallet](f.e)
	w.None = ""
	return w, nil
}

func (f evilWallet) History(context.Context, Query) (HistoryPage, error) {
	return of[HistoryPage](f.e), nil
}
func (f evilWallet) Coins(context.Context, Query) (CoinPage, error) { return of[CoinPage](f.e), nil }
func (f evilWallet) CheckAddress(string) string                     { return "" }
func (f evilWallet) CheckAmount(string) string                      { return "" }
func (f evilWallet) CheckMemo(string) string                        { return f.e.text() }
func (f evilWallet) Plan(context.Context, Payment) (Plan, error)    { return of[Plan](f.e), nil }
func (f evilWallet) Wait(context.Context, string) (string, error)   { return f.e.text(), nil }
func (f evilWallet) NewAddress(context.Context, string) (string, error) {
	return "", f.e.err()
}

type evilLedger struct{ e *evil }

func (f evilLedger) Txs(context.Context, int, int) (TxPage, error) { return of[TxPage](f.e), nil }
func (f evilLedger) Search(context.Context, TxSearch) (TxFound, error) {
	return of[TxFound](f.e), nil
}
func (f evilLedger) Tx(context.Context, string) (TxDetails, error) {
	d := of[TxDetails](f.e)
	d.Outside = false
	return d, nil
}

type evilProofs struct{ e *evil }

func (f evilProofs) Proofs(context.Context) ([]ProofFile, error) { return of[[]ProofFile](f.e), nil }
func (f evilProofs) Verdict(context.Context, string) (Verdict, error) {
	return of[Verdict](f.e), nil
}
func (f evilProofs) Export(context.Context, ProofExport) (Exported, error) {
	return of[Exported](f.e), nil
}
func (f evilProofs) Import(context.Context, string) (Verdict, error) { return of[Verdict](f.e), nil }

// harmless checks a frame: once our styles are taken out nothing is left of the
// poison but what is visible. None of our styles crosses out, as the poison would.
func harmless(t *testing.T, styles *regexp.Regexp, where, frame string, w, h int) {
	t.Helper()
	plain := styles.ReplaceAllString(frame, "")
	if !utf8.ValidString(plain) {
		t.Fatalf("%s: it is no UTF-8: %q", where, plain)
	}
	marks := 0
	for _, r := range plain {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		} else if marks++; marks > maxMarks {
			t.Fatalf("%s: a stack of accents:\n%s", where, plain)
		}
	}
	checkDrawing(t, where, plain, w, h)
	if t.Failed() {
		t.FailNow() // every frame would say it again
	}
}

// TestNothingOfAStrangerReachesTheTerminal visits every view, presses every key that
// it has, and those of the dialogs behind them, in three sizes, and once with
// colours. A view that draws a text and forgets to clean it fails here.
func TestNothingOfAStrangerReachesTheTerminal(t *testing.T) {
	colours := makeTheme(ThemeDark, lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.TrueColor)))
	for i := range len(views()) {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			for _, size := range sizes() {
				synctest.Test(t, func(t *testing.T) { haunt(t, PlainTheme(), i, size[0], size[1]) })
			}
			synctest.Test(t, func(t *testing.T) { haunt(t, colours, i, 80, 24) })
		})
	}
}

// house is the program with the evil node.
type house struct {
	*app
	t      *testing.T
	where  string
	styles *regexp.Regexp
	last   string // frame that was looked at
}

// haunt plays one view.
func haunt(t *testing.T, theme *Theme, view, w, h int) {
	t.Helper()
	e := &evil{}
	o := options(e.backend())
	o.Theme, o.Name = theme, e.text()
	x := &house{app: newApp(t.Context(), o), t: t, where: "start", styles: regexp.MustCompile(`\x1b\[([0-8][0-9;]*)?m`)}
	x.Update(tea.WindowSizeMsg{Width: w, Height: h})
	x.Update(connectedMsg{backend: e.backend()})
	overview, _ := e.Overview(t.Context())
	x.Update(overviewMsg{overview: overview})
	for _, v := range x.views {
		if own, ok := v.(*torrentsView); ok {
			own.list.Fail() // what it asked for at the start nobody ran
		}
	}
	x.settle(x.send(0, ShownMsg{"torrents"}))
	x.settle(x.goTo(view))
	for _, k := range append(x.ownKeys(), x.lastKeys()...) {
		x.where = fmt.Sprintf("%s %dx%d, %s", x.current().ID(), w, h, k.Keys[0])
		x.press(k.Keys[0])
		if k.Quiet && len(x.over) == 0 {
			continue // a key that moves
		}
		for _, inside := range []string{"j", "enter", "tab", "x", "enter", "enter", "l", "enter", "y"} {
			x.where += " " + inside
			x.press(inside)
		}
		x.press("esc")
		x.press("esc")
		x.over, x.palette = nil, nil
		x.settle(x.goTo(view))
	}
}

func (x *house) press(name string) { x.settle(x.key(keyMsg(name))) }

// settle runs commands and what follows from them, and looks at what is drawn then,
// and at each notice, which goes by itself.
func (x *house) settle(cmd tea.Cmd) {
	x.t.Helper()
	defer x.look()
	for todo := []tea.Cmd{cmd}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == nil {
			continue
		}
		msg := todo[0]()
		if many := reflect.ValueOf(msg); many.IsValid() && many.Type().ConvertibleTo(reflect.TypeFor[[]tea.Cmd]()) {
			todo = append(todo, many.Convert(reflect.TypeFor[[]tea.Cmd]()).Interface().([]tea.Cmd)...)
			continue
		}
		_, next := x.Update(msg)
		todo = append(todo, next)
		if _, ok := msg.(NotifyMsg); ok {
			x.look()
		}
	}
}

// look checks what is drawn, when that is something new.
func (x *house) look() {
	x.t.Helper()
	if frame := x.frame(); frame != x.last {
		harmless(x.t, x.styles, x.where, frame, x.w, x.h)
		x.last = frame
	}
}

// TestNothingOfAStrangerReachesALine is the same for --plain.
func TestNothingOfAStrangerReachesALine(t *testing.T) {
	out := newTape()
	o := options((&evil{}).backend())
	o.In, o.Out = strings.NewReader("help\nanything\nquit\n"), out
	if err := RunPlain(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if text := strings.TrimSuffix(line, "\n"); guard(text) != text || strings.Contains(text, "\x1b") {
			t.Errorf("it printed %q", text)
		}
	}
}
