package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// From says where a value came from.
type From string

// The places, the weakest first.
const (
	FromDefault     From = "default"
	FromFile        From = "file"
	FromEnvironment From = "environment"
	FromFlag        From = "flag"
)

// Source is where the values of a [Load] are read.
type Source struct {
	// Path is the settings file. It may be missing, unless Required.
	Path     string
	Required bool
	// Getenv reads the environment; nil reads none. An empty variable is one that is not set.
	Getenv func(string) string
	// Flags are the texts of the flags that were given, by key.
	Flags map[string]string
	// Only are the keys that count, whatever the file says of others; nil means all.
	Only []string
}

// Loaded is what a [Load] found.
type Loaded struct {
	Settings
	// From is where each key's value came from.
	From map[string]From
	// Path is the file; Found says whether it was there.
	Path  string
	Found bool
}

// Load reads all places. Paths come out absolute. An error, of kind [ErrInvalid] when a value is refused, names the place and the key.
func Load(src Source) (*Loaded, error) {
	return load(src, func(l *Loaded) error { return l.readFile(src) })
}

// LoadText is Load with raw in place of what is in the file: what would happen if it
// were written there.
func LoadText(raw []byte, src Source) (*Loaded, error) {
	return load(src, func(l *Loaded) error { return l.readRaw(raw, src) })
}

func load(src Source, read func(*Loaded) error) (*Loaded, error) {
	l := &Loaded{Settings: Default(), From: make(map[string]From), Path: src.Path}
	for _, k := range Keys() {
		l.From[k.Name] = FromDefault
	}
	if err := read(l); err != nil {
		return nil, err
	}
	for _, k := range Keys() {
		if err := l.override(k, src); err != nil {
			return nil, err
		}
	}
	if err := l.resolve(); err != nil {
		return nil, err
	}
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return l, nil
}

// override takes what the environment and the flags say of a key.
func (l *Loaded) override(k Key, src Source) error {
	if src.Getenv != nil && src.counts(k.Name) {
		if text := src.Getenv(k.Variable()); text != "" {
			if err := k.value(&l.Settings).parse(text); err != nil {
				return fmt.Errorf("%s: %w", k.Variable(), err)
			}
			l.From[k.Name] = FromEnvironment
		}
	}
	if text, given := src.Flags[k.Name]; given {
		if err := k.value(&l.Settings).parse(text); err != nil {
			return fmt.Errorf("--%s: %w", k.Flag(), err)
		}
		l.From[k.Name] = FromFlag
	}
	return nil
}

func (s Source) counts(name string) bool { return s.Only == nil || slices.Contains(s.Only, name) }

// unknown refuses a key, with the name that was probably meant.
func unknown(name string, known []string) error {
	best, near := "", 3 // more changes than that, and it is another word
	for _, k := range known {
		if d := distance(name, k); d < near {
			best, near = k, d
		}
	}
	if best == "" {
		for _, k := range known {
			if len(name) > 2 && (strings.HasPrefix(k, name) || strings.HasPrefix(name, k)) {
				best = k
				break
			}
		}
	}
	if best == "" {
		return invalid("unknown key %.60q; ttx settings init --stdout lists them", name)
	}
	return invalid("unknown key %.60q; did you mean %q?", name, best)
}

// distance is how many letters to change, add or take away to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Reload is what a running node has after a reload: the new values of the keys that it
// can take, the old ones of all others. taken and restart name those that differ.
func (l *Loaded) Reload(now *Loaded) (merged *Loaded, taken, restart []string) {
	taken, restart = Changed(&l.Settings, &now.Settings)
	next := *now
	next.From = maps.Clone(now.From)
	for _, k := range Keys() {
		if slices.Contains(restart, k.Name) {
			k.value(&next.Settings).put(k.value(&l.Settings).get())
			next.From[k.Name] = l.From[k.Name]
		}
	}
	return &next, taken, restart
}

// Changed are the keys whose values differ, with those that a running node can take first.
func Changed(old, now *Settings) (taken, restart []string) {
	for _, k := range Keys() {
		if reflect.DeepEqual(k.value(old).get(), k.value(now).get()) {
			continue
		}
		if k.Reload {
			taken = append(taken, k.Name)
		} else {
			restart = append(restart, k.Name)
		}
	}
	return taken, restart
}

// Known refuses names that are no keys.
func Known(list []string) error {
	for _, name := range list {
		if known := names(Keys()); !slices.Contains(known, name) {
			return unknown(name, known)
		}
	}
	return nil
}
