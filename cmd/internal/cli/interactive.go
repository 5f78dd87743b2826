package cli

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/demo"
	"github.com/torrenttx/ttx/cmd/internal/journal"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/screen"
	"github.com/torrenttx/ttx/tui"
)

// interactiveFlags are those of ttx without a command.
type interactiveFlags struct {
	attach, plain, noMouse bool
	theme, view            string
}

// declareLook adds those about how it looks.
func (f *interactiveFlags) declareLook(flags *pflag.FlagSet) {
	flags.StringVar(&f.theme, "theme", "", "colours: "+strings.Join(tui.ThemeNames(), ", ")+"; the one chosen last by default; NO_COLOR leaves them out")
	flags.StringVar(&f.view, "view", "", "the view to begin with: torrents, wallet, ledger, peers, proofs, log or settings")
	flags.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal, which can then select text")
}

// interactive makes ttx without a command the interactive client.
func (a *app) interactive(root *cobra.Command) {
	var f interactiveFlags
	flags := root.Flags()
	flags.BoolVar(&f.attach, "attach", false, "show the node that runs on the data folder, and leave it running")
	flags.BoolVar(&f.plain, "plain", false, "print lines instead of drawing, and take commands as lines: for screen readers and pipes")
	f.declareLook(flags)
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		_, in := terminal(a.In)
		_, out := terminal(a.Out)
		if !in && !out && !f.plain && !f.attach {
			return help(cmd, args) // a script that forgot the command
		}
		return a.runInteractive(cmd.Context(), f)
	}
}

// onTerminal says that there is one to draw on and to read keys from.
func (a *app) onTerminal() bool {
	_, in := terminal(a.In)
	_, out := terminal(a.Out)
	return in && out && drawable(os.Getenv("TERM"))
}

// drawable says that a terminal of that kind has a cursor that can be moved: the
// shell of an editor calls itself dumb, a serial console may have no name.
func drawable(term string) bool {
	return runtime.GOOS == "windows" || term != "" && term != "dumb"
}

func (a *app) runInteractive(ctx context.Context, f interactiveFlags) error {
	s := a.newSession(f)
	o := tui.Options{Starting: "reading the ledger and opening the connections"}
	first, err := s.firstRun()
	if err != nil {
		return err
	}
	if first != nil && !f.attach {
		o.Setup = first
	}
	return errors.Join(s.run(ctx, o), s.close())
}

// liveDemo shows the first node of a demo while its network works.
func (a *app) liveDemo(ctx context.Context, opts demo.Options, f interactiveFlags) error {
	s := a.newSession(f)
	opts.Logger, opts.Journal = slog.New(s.log.Handler(slog.LevelInfo)), s.log
	opts.Progress = func(format string, args ...any) {
		s.log.Add(time.Now(), slog.LevelInfo, fmt.Sprintf(format, args...))
	}
	a.say("starting %d nodes", opts.Nodes)
	return demo.Live(ctx, opts, func(ctx context.Context, seat demo.Seat) error {
		s.dir, s.flags.attach, s.ours = seat.Dir, true, true
		s.trial = &tui.Trial{Passphrase: seat.Passphrase, Payee: seat.Payee}
		return errors.Join(s.run(ctx, tui.Options{Name: "the demo's first node"}), s.close())
	})
}

// session is the node that the client shows, and how it is reached.
type session struct {
	*app
	flags  interactiveFlags
	log    *journal.Journal // of the node, when it runs in this process, and of the process
	ours   bool             // the node runs in this process
	node   *node.Node       // nil when somebody else closes it
	client *api.Client
	trial  *tui.Trial // of a demo
}

// newSession makes one whose messages go to the client's log: the terminal is
// being drawn on.
func (a *app) newSession(f interactiveFlags) *session {
	s := &session{flags: f, log: new(journal.Journal)}
	quieter := *a
	s.app = &quieter
	return s
}

// run shows the node until the person leaves, or closes the terminal: that is no
// reason to end less cleanly.
func (s *session) run(ctx context.Context, o tui.Options) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	theme, err := s.theme(&o)
	if err != nil {
		return err
	}
	o.Connect, o.View, o.Theme, o.In, o.Out, o.Mouse = s.connect, s.flags.view, theme, s.In, s.Out, !s.flags.noMouse
	defer s.farewell()
	if s.flags.plain || !s.onTerminal() {
		return tui.RunPlain(ctx, o)
	}
	errs := s.Err
	s.Err = s.log
	log.SetOutput(s.log) // what libraries write to stderr would tear the drawing; close ends it
	err = tui.Run(ctx, o)
	s.Err = errs
	return err
}

// farewellTime bounds the wait for a node that is asked whether it goes on.
const farewellTime = time.Second

// farewell says that a node which was there before goes on, and prints what this
// process said meanwhile: it was the log of no node that anybody could look at.
func (s *session) farewell() {
	if s.ours || s.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	if _, err := s.client.Node(ctx); err == nil {
		s.say("the node goes on; ttx shows it again")
	}
	for _, line := range s.log.Page(journal.Query{}).Lines {
		s.say("%s", clean(line.Text))
	}
}

// connect attaches to the node of the folder, or starts one.
func (s *session) connect(ctx context.Context) (tui.Backend, error) {
	dir, err := s.folder()
	if err != nil {
		return tui.Backend{}, err
	}
	s.client, err = api.Dial(ctx, string(dir))
	if isNoNode(err) && !s.flags.attach {
		err = s.start(ctx, dir)
	}
	if err != nil {
		return tui.Backend{}, withHint(quiet(err))
	}
	info, err := s.client.Node(ctx)
	if err != nil {
		return tui.Backend{}, err
	}
	return screen.Backend(screen.Config{
		Client: s.client, Node: info, Dir: dir, Trial: s.trial, Ends: s.node != nil,
		Check: s.checkSettings, Commands: &verbs{dir: string(dir), config: s.config},
	}), nil
}

// withHint adds what to do next to an error that is shown in one place.
func withHint(err error) error {
	if hint := hintFor(err); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

// start runs a node in this process.
func (s *session) start(ctx context.Context, dir config.Folder) error {
	opts, err := s.nodeOptions(ctx, nodeFlags{})
	if err != nil {
		return err
	}
	opts.Logger, opts.Journal = nil, s.log // the terminal is being drawn on
	opts.Workers = tuneRuntime()
	if s.node, err = node.Start(opts); err != nil {
		return err
	}
	s.ours = true
	s.client, err = api.Dial(ctx, string(dir))
	return err
}

// close stops what this process started.
func (s *session) close() error {
	var errs []error
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	if s.node != nil {
		errs = append(errs, s.node.Close())
	}
	log.SetOutput(s.Err) // libraries complain of sockets that a node closes
	return errors.Join(errs...)
}
