package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const (
	// FileName is the settings file in a data folder.
	FileName = "settings.toml"
	// maxFile bounds the file: 256 feeds of 1 KB each are a quarter of it.
	maxFile = 1 << 20
	// maxSecret bounds a file with a password.
	maxSecret = 4096
)

// readFile takes what the file says.
func (l *Loaded) readFile(src Source) error {
	if src.Path == "" {
		return nil
	}
	raw, err := readBounded(src.Path, maxFile)
	if errors.Is(err, fs.ErrNotExist) && !src.Required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	l.Found = true
	return l.readRaw(raw, src)
}

// readRaw takes what a file's content says.
func (l *Loaded) readRaw(raw []byte, src Source) error {
	var root map[string]toml.Primitive
	md, err := toml.Decode(string(raw), &root)
	if err != nil {
		return inFile(src.Path, raw, "", err)
	}
	for _, name := range topKeys(md) {
		if err := l.readKey(&md, name, root[name], src); err != nil {
			return inFile(src.Path, raw, name, err)
		}
	}
	return nil
}

// topKeys are the keys at the top, in the file's order.
func topKeys(md toml.MetaData) []string {
	var names []string
	for _, k := range md.Keys() {
		if !slices.Contains(names, k[0]) {
			names = append(names, k[0])
		}
	}
	return names
}

func (l *Loaded) readKey(md *toml.MetaData, name string, p toml.Primitive, src Source) error {
	keys := Keys()
	at := slices.IndexFunc(keys, func(k Key) bool { return k.Name == name })
	take := func(any) error { return unknown(name, names(keys)) }
	if at >= 0 {
		into := &l.Settings
		if !src.counts(name) { // still read, so that a fault is found by every command
			into = new(Settings)
		} else {
			l.From[name] = FromFile
		}
		take = keys[at].value(into).decode
	}
	return md.PrimitiveDecode(p, &decoder{take})
}

func names(keys []Key) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.Name
	}
	return all
}

// decoder hands a value to a key, and lets the library say where an error stands.
type decoder struct{ take func(any) error }

// UnmarshalTOML implements toml.Unmarshaler.
func (d *decoder) UnmarshalTOML(v any) error { return d.take(v) }

// inFile says where in the file an error stands.
func inFile(path string, raw []byte, key string, err error) error {
	var at toml.ParseError
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %w", path, err)
	}
	line := at.Position.Line
	message := at.Message
	if table := tableOf(message); key != "" && table > 0 {
		line = tableLine(string(raw), key, table)
	}
	if key == "" {
		return invalid("%s:%d: %s", path, line, message)
	}
	if strings.HasPrefix(message, "unknown key") {
		return invalid("%s:%d: %s", path, line, message)
	}
	return invalid("%s:%d: %s: %s", path, line, key, message)
}

// tableOf is n of an error that begins with "table n: ", else 0.
func tableOf(message string) (n int) {
	if _, err := fmt.Sscanf(message, "table %d:", &n); err != nil {
		return 0
	}
	return n
}

// tableLine is the line of the n-th heading [[key]].
func tableLine(raw, key string, n int) int {
	line := 0
	for text := range strings.Lines(raw) {
		line++
		heading := strings.ReplaceAll(strings.TrimSpace(text), " ", "")
		if strings.HasPrefix(heading, "[["+key+"]]") {
			if n--; n == 0 {
				return line
			}
		}
	}
	return line
}

func readBounded(path string, bound int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, bound+1))
	if err == nil && int64(len(raw)) > bound {
		err = invalid("%s is larger than %d bytes", path, bound)
	}
	return raw, err
}

// readSecret is the first line of a file.
func readSecret(path string) (string, error) {
	raw, err := readBounded(path, maxSecret)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", invalid("%s has no password in its first line", path)
	}
	return line, nil
}
