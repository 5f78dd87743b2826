package cli

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/screen"
	"github.com/torrenttx/ttx/tui"
)

// interactiveFlags are those of ttx without a command.
type interactiveFlags struct {
	attach bool
	plain  bool
	theme  string
	view   string
}

// interactive makes ttx without a command the interactive client.
func (a *app) interactive(root *cobra.Command) {
	var f interactiveFlags
	flags := root.Flags()
	flags.BoolVar(&f.attach, "attach", false, "show the node that runs on the data folder, and leave it running")
	flags.BoolVar(&f.plain, "plain", false, "print lines instead of drawing")
	flags.StringVar(&f.theme, "theme", tui.ThemeAuto, "colours: auto, dark, light or contrast; NO_COLOR leaves them out")
	flags.StringVar(&f.view, "view", "", "the view to begin with: torrents, wallet, ledger, peers, proofs, log, settings")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		_, in := terminal(a.In)
		_, out := terminal(a.Out)
		if !in || !out || f.plain {
			return help(cmd, args)
		}
		return a.runInteractive(cmd.Context(), f)
	}
}

func (a *app) runInteractive(ctx context.Context, f interactiveFlags) error {
	if !slices.Contains(tui.ThemeNames(), f.theme) {
		return usage(errors.New("no theme " + f.theme + "; there are auto, dark, light and contrast"))
	}
	s := &session{app: a, flags: f, log: new(screen.Log)}
	theme, err := tui.NewTheme(f.theme, a.Out)
	if err != nil {
		return err
	}
	err = tui.Run(ctx, tui.Options{
		Connect: s.connect, Starting: "reading the ledger and looking for peers", View: f.view,
		Theme: theme, In: a.In, Out: a.Out, Mouse: true,
	})
	return errors.Join(err, s.close())
}

// session is the node that the client shows, and how it is reached.
type session struct {
	*app
	flags  interactiveFlags
	log    *screen.Log
	node   *node.Node // nil when attached
	client *api.Client
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
		return tui.Backend{}, quiet(err)
	}
	info, err := s.client.Node(ctx)
	if err != nil {
		return tui.Backend{}, err
	}
	return screen.Backend(screen.Config{
		Client: s.client, Node: info, Dir: dir, Log: s.log, Attached: s.node == nil,
	}), nil
}

// start runs a node in this process. What it logs goes to the client's log: the
// terminal is being drawn on.
func (s *session) start(ctx context.Context, dir config.Folder) error {
	opts, err := s.nodeOptions(ctx, nodeFlags{})
	if err != nil {
		return err
	}
	if opts.Level.Level() > slog.LevelInfo {
		opts.Level.Set(slog.LevelInfo)
	}
	opts.Logger = slog.New(s.log.Handler(opts.Level))
	opts.Workers = tuneRuntime()
	if s.node, err = node.Start(opts); err != nil {
		return err
	}
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
	return errors.Join(errs...)
}
