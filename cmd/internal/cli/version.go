package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

type versionJSON struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the program's version",
		Long:    "Print the program's version and what it was built from.\n\nJSON: {version, revision, modified, go, platform}.\n\n" + exitCodeHelp,
		Example: "  ttx version --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			v := buildInfo()
			return a.print(v, func(t *table) {
				t.row("ttx", v.Version)
				t.row("revision", v.Revision)
				t.row("go", v.Go, v.Platform)
			})
		},
	}
}

// version is what this program calls itself towards peers.
func version() string { return buildInfo().Version }

func buildInfo() versionJSON {
	v := versionJSON{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
