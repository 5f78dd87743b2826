package cli

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/tui"
)

// verbs runs the command line inside the interactive client: the same commands on
// the same folder, without a terminal.
type verbs struct{ dir, config string }

// maxPrinted bounds what a command may print there: ten thousand lines.
const maxPrinted = 1 << 20

// elsewhere are the commands that the client leaves to a shell: they run until they
// are interrupted, ask for secrets, or are about the shell itself.
func elsewhere() []string {
	return []string{"node", "demo", "get", "seed", "completion", "send", "wallet new", "wallet restore", "settings init", "help"}
}

// Commands implements tui.CommandSource.
func (v *verbs) Commands() []tui.Command {
	var list []tui.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		path := strings.TrimPrefix(c.CommandPath(), "ttx ")
		if slices.Contains(elsewhere(), path) || c.Hidden {
			return
		}
		if !c.HasSubCommands() {
			_, args, _ := strings.Cut(c.Use, " ")
			list = append(list, tui.Command{Path: path, Args: args, Help: c.Short})
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(&app{}))
	return list
}

// Complete implements tui.CommandSource with what a shell would get.
func (v *verbs) Complete(ctx context.Context, words []string) []string {
	out := &bounded{}
	args := append([]string{cobra.ShellCompNoDescRequestCmd}, v.args(words)...)
	if Main(ctx, args, IO{In: strings.NewReader(""), Out: out, Err: &bounded{}}) != exitOK {
		return nil
	}
	var found []string
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ":") {
			found = append(found, line)
		}
	}
	return found
}

// Run implements tui.CommandSource.
func (v *verbs) Run(ctx context.Context, words []string) (string, error) {
	if name, ok := v.allowed(words); !ok {
		return "", errors.New("ttx " + name + " needs a terminal of its own: run it in a shell")
	}
	out := &bounded{}
	Main(ctx, v.args(words), IO{In: strings.NewReader(""), Out: out, Err: out})
	return out.String(), nil // what failed is in it
}

// allowed refuses the commands that are left to a shell.
func (v *verbs) allowed(words []string) (string, bool) {
	line := strings.Join(words, " ") + " "
	for _, name := range elsewhere() {
		if strings.HasPrefix(line, name+" ") {
			return name, false
		}
	}
	return "", true
}

func (v *verbs) args(words []string) []string {
	args := []string{"--dir", v.dir}
	if v.config != "" {
		args = append(args, "--config", v.config)
	}
	return append(args, words...)
}

// bounded keeps the beginning of what is written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := maxPrinted - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}
