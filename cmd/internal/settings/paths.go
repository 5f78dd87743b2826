package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// resolve makes the paths of all settings absolute: those of the file stand against its folder, others against
// the working folder. "~/" is the user's home.
func (l *Loaded) resolve() error {
	for name, paths := range l.paths() {
		base := "."
		if l.From[name] == FromFile {
			base = filepath.Dir(l.Path)
		}
		for _, p := range paths {
			if err := absolute(p, base); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// paths are the places of all paths, by key.
func (l *Loaded) paths() map[string][]*string {
	all := map[string][]*string{
		"proxy_password_file": {&l.ProxyPasswordFile},
		"download_dir":        {&l.DownloadDir},
		"incomplete_dir":      {&l.IncompleteDir},
	}
	for i := range l.Blocklists {
		all["blocklist"] = append(all["blocklist"], &l.Blocklists[i])
	}
	for i := range l.Watch {
		all["watch"] = append(all["watch"], &l.Watch[i].Dir, &l.Watch[i].DownloadDir)
	}
	for i := range l.Feeds {
		all["feed"] = append(all["feed"], &l.Feeds[i].DownloadDir)
	}
	return all
}

func absolute(p *string, base string) error {
	if *p == "" {
		return nil
	}
	if rest, ok := strings.CutPrefix(*p, "~"); ok && (rest == "" || rest[0] == '/') {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		*p = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(*p) {
		*p = filepath.Join(base, *p)
	}
	abs, err := filepath.Abs(*p)
	*p = abs
	return err
}
