// Package cli is the command line: cobra commands, one file each, that talk to
// the running node through the local API, or work on the data folder when none
// runs.
//
// Data goes to stdout and messages to stderr, so that output can be piped.
// Commands that read take --json, whose shapes are stable. Secrets come by
// prompt, file or descriptor and never as an argument. The exit codes are
// listed in every help text and in exit.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// IO is where a run of the program reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

// app is what the commands share.
type app struct {
	IO
	// The flags of every command.
	dir     string
	config  string
	json    bool
	verbose bool
	secret  secretFlags
}

// Main runs the program with its arguments, the program's name left out, and
// returns its exit code.
func Main(ctx context.Context, args []string, std IO) int {
	root := newRoot(&app{IO: std})
	root.SetArgs(args)
	root.SetIn(std.In)
	root.SetOut(std.Out)
	root.SetErr(std.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		report(std.Err, err)
	}
	return exitCode(err)
}

// report says what failed and what to do next.
func report(w io.Writer, err error) {
	fmt.Fprintf(w, "ttx: %s\n", clean(err.Error()))
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(w, "hint: %s\n", clean(hint))
	}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "ttx",
		Short: "BitTorrent client whose swarm is a ledger",
		Long: "ttx is a BitTorrent client whose swarm keeps a ledger: every transaction is a torrent.\n\n" +
			"The data folder is --dir, else $TTX_DIR, else ttx in $XDG_DATA_HOME (~/.local/share).\n\n" + exitCodeHelp,
		Example: "  ttx wallet new      # make a wallet\n" +
			"  ttx node            # run a node\n" +
			"  ttx demo            # see it all on this machine",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "dir", "", "data folder (default $TTX_DIR, else ttx in the user's data folder)")
	flags.StringVar(&a.config, "config", "", "settings file (default $TTX_CONFIG, else settings.toml in the data folder)")
	flags.BoolVar(&a.json, "json", false, "print JSON, one object on one line")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what happens to stderr")
	a.secret.declare(root)
	group(root, a.nodeCommand(), a.statusCommand(), a.peersCommand(), a.logCommand(), a.txCommand(), a.networkCommand(),
		a.ledgerCommand(), a.walletCommand(), a.sendCommand(), a.proofCommand(), a.getCommand(), a.seedCommand(), a.createCommand(), a.torrentCommand(), a.settingsCommand(), a.demoCommand(), a.versionCommand(), a.completionCommand())
	a.interactive(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	return root
}

// group makes parent a command that only holds others. Without one it prints
// its help; with an unknown one it fails.
func group(parent *cobra.Command, children ...*cobra.Command) *cobra.Command {
	parent.AddCommand(children...)
	parent.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usage(fmt.Errorf("no command %q; see: %s --help", args[0], cmd.CommandPath()))
	}
	parent.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return parent
}

// exactly requires n arguments.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage(fmt.Errorf("%d arguments given; usage: %s", len(args), cmd.UseLine()))
	}
}

// between requires from least to most arguments.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return usage(fmt.Errorf("%d arguments given; usage: %s", len(args), cmd.UseLine()))
	}
}

// say writes a message for people.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.Err, format+"\n", args...)
}

// terminal reports whether a stream is a terminal, and its descriptor.
func terminal(stream any) (fd int, ok bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// isNoNode tells a missing node from other failures.
func isNoNode(err error) bool { return errors.Is(err, api.NoNode) }
