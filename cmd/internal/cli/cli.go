// Package cli is the command line: one file a command. Data goes to stdout,
// everything else to stderr; every read has --json; what fails says what to do
// next, and ends with one of the exit codes of exit.go.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
)

// app is what the commands share.
type app struct {
	in       io.Reader
	out, err io.Writer

	dir            string
	json           bool
	verbose        bool
	passphraseFile string
	passphraseFD   int
}

// Main runs one command line and returns its exit code.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: in, out: out, err: errOut, passphraseFD: -1}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err != nil {
		a.explain(err)
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ttx",
		Short: "A BitTorrent client whose swarm is also a ledger",
		Long: `ttx is a BitTorrent client whose swarm is also a ledger: transactions are
torrents, and nodes that meet in a torrent handshake keep one ledger.

` + exitHelp,
		Example: `  ttx demo                     # the main job, on this machine
  ttx wallet new && ttx node   # a node on the built-in devnet
  ttx get FILE.torrent         # a plain download`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          usageArgs(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "dir", "", "data folder (default $TTX_DIR, else ttx in the user's data folder)")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "print what happens inside to stderr")
	flags.StringVar(&a.passphraseFile, "passphrase-file", "", "file with the wallet's passphrase (default $TTX_PASSPHRASE_FILE)")
	flags.IntVar(&a.passphraseFD, "passphrase-fd", -1, "open file descriptor to read the passphrase from")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		a.nodeCommand(), a.statusCommand(), a.peersCommand(), a.txCommand(), a.networkCommand(),
		a.walletCommand(), a.sendCommand(), a.getCommand(), a.demoCommand(), a.versionCommand(),
	)
	return root
}

// usageArgs makes what a check of arguments finds a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())}
		}
		return nil
	}
}

// group is a noun: a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return &usageError{fmt.Errorf("say what to do: see %s --help", cmd.CommandPath())}
		},
	}
	g.AddCommand(commands...)
	return g
}

func (a *app) folder() (config.Folder, error) { return config.Choose(a.dir) }

// backend returns the node that runs on the folder or, when none does, the
// folder itself.
func (a *app) backend(ctx context.Context) (api.Backend, func() error, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, nil, err
	}
	client, err := api.Dial(ctx, string(dir))
	if err == nil {
		return client, client.Close, nil
	}
	if !errors.Is(err, api.NoNode) {
		return nil, nil, err
	}
	offline, err := node.OpenOffline(dir, a.logger())
	if err != nil {
		return nil, nil, err
	}
	return offline, offline.Close, nil
}

// node returns the client of the running node.
func (a *app) node(ctx context.Context) (*api.Client, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	return api.Dial(ctx, string(dir))
}

// read runs fn on the backend and prints what it returns: as JSON, or by show.
func read[T any](cmd *cobra.Command, a *app, fn func(context.Context, api.Backend) (T, error), show func(io.Writer, T)) error {
	backend, closeBackend, err := a.backend(cmd.Context())
	if err != nil {
		return err
	}
	value, err := fn(cmd.Context(), backend)
	if err := errors.Join(err, closeBackend()); err != nil {
		return err
	}
	return print(a, value, show)
}

// print writes a value as JSON or for a person.
func print[T any](a *app, value T, show func(io.Writer, T)) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(value)
	}
	show(a.out, value)
	return nil
}

func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
}

func (a *app) say(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
