package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// configVariable names the environment variable for the settings file.
const configVariable = "TTX_CONFIG"

func (a *app) settingsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "settings",
		Short: "See, check and reload the settings",
		Long: "See, check and reload the settings: one file, settings.toml in the data folder or the one that --config or\n" +
			"$TTX_CONFIG names. Every key of it is a flag of ttx node and an environment variable too.\n\n" + exitCodeHelp,
		Example: "  ttx settings init    # write the file, with every key and its default\n  ttx settings show",
	}, a.settingsShowCommand(), a.settingsPathCommand(), a.settingsCheckCommand(), a.settingsInitCommand(), a.settingsReloadCommand())
}

// settingsFile is where the settings file is, and whether somebody named it.
func (a *app) settingsFile() (path string, named bool, err error) {
	for _, name := range []string{a.config, os.Getenv(configVariable)} {
		if name != "" {
			path, err = filepath.Abs(name)
			return path, true, err
		}
	}
	dir, err := a.folder()
	if err != nil {
		return "", false, err
	}
	return filepath.Join(string(dir), settings.FileName), false, nil
}

// settingsSource is where a command reads its settings. only are the keys that concern it, all when empty.
func (a *app) settingsSource(flags *settings.Flags, only ...string) (settings.Source, error) {
	path, named, err := a.settingsFile()
	src := settings.Source{Path: path, Required: named, Getenv: os.Getenv, Only: only}
	if flags != nil {
		src.Flags = flags.Texts()
	}
	return src, err
}

// loadSettings reads them.
func (a *app) loadSettings(flags *settings.Flags, only ...string) (*settings.Loaded, error) {
	src, err := a.settingsSource(flags, only...)
	if err != nil {
		return nil, err
	}
	return settings.Load(src)
}

func (a *app) settingsPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where the settings file is",
		Long:    "Print where the settings file is, or would be.\n\nJSON: {path, found}.\n\n" + exitCodeHelp,
		Example: "  $EDITOR $(ttx settings path)",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			path, _, err := a.settingsFile()
			if err != nil {
				return err
			}
			out := struct {
				Path  string `json:"path"`
				Found bool   `json:"found"`
			}{path, exists(path)}
			return a.print(out, func(t *table) { t.row(path) })
		},
	}
}

func (a *app) settingsCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check",
		Short:   "Read the settings file and say what is wrong with it",
		Long:    "Read the settings file and the environment as ttx node would, and say what is wrong with them.\n\n" + exitCodeHelp,
		Example: "  ttx settings check && ttx settings reload",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			l, err := a.loadSettings(nil)
			if err == nil {
				err = a.checkSettings(l)
			}
			switch {
			case err != nil:
				return err
			case l.Found:
				a.say("%s is fine", l.Path)
			default:
				a.say("no settings file at %s: the defaults count; write one with: ttx settings init", l.Path)
			}
			return nil
		},
	}
}

// checkSettings says what the torrents of a node would find wrong.
func (a *app) checkSettings(l *settings.Loaded) error {
	dir, err := a.folder()
	if err == nil {
		err = node.CheckSettings(l, string(dir))
	}
	return err
}

func (a *app) settingsInitCommand() *cobra.Command {
	var stdout bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a settings file with every key and its default",
		Long: "Write a settings file in which every key stands with what it means and its default, as a comment. A file that\n" +
			"is there is never overwritten.\n\n" + exitCodeHelp,
		Example: "  ttx settings init\n  ttx settings init --stdout | less",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if stdout {
				_, err := fmt.Fprint(a.Out, settings.Template())
				return err
			}
			return a.initSettings()
		},
	}
	cmd.Flags().BoolVar(&stdout, "stdout", false, "print it instead")
	return cmd
}

// initSettings writes the file for its owner alone: it may hold a password one day.
func (a *app) initSettings() error {
	path, _, err := a.settingsFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the settings: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return &hinted{fmt.Errorf("%s is there already", path), "see what a new one would say with: ttx settings init --stdout"}
	}
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	_, err = f.WriteString(settings.Template())
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	return a.print(map[string]string{"path": path}, func(t *table) { t.row(path) })
}
