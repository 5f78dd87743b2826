package settings

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"
)

// Flags are the flags that were given of a command that declared some.
type Flags struct{ given map[string][]string }

// Declare gives a command the flags of some keys, of all without names.
func Declare(set *pflag.FlagSet, names ...string) *Flags {
	f := &Flags{given: make(map[string][]string)}
	for _, k := range Keys() {
		if len(names) > 0 && !slices.Contains(names, k.Name) {
			continue
		}
		if k.IsBool() {
			f.declareSwitch(set, k)
			continue
		}
		if set.Lookup(k.Flag()) == nil {
			set.Var(&flag{f, k, ""}, k.Flag(), k.Usage())
		}
	}
	return f
}

// declareSwitch declares --x and --no-x; the one that changes the default is shown.
func (f *Flags) declareSwitch(set *pflag.FlagSet, k Key) {
	for name, sets := range map[string]string{k.Flag(): "true", "no-" + k.Flag(): "false"} {
		v := set.VarPF(&flag{f, k, sets}, name, "", k.Usage())
		v.NoOptDefVal = "true"
		v.Hidden = name != k.Switch()
	}
}

// Usage is the help of the key's flag.
func (k Key) Usage() string {
	first, _, _ := strings.Cut(k.Doc, ". ")
	doc := strings.TrimSuffix(first, ".")
	if len(doc) > 1 && !unicode.IsUpper(rune(doc[1])) { // not an acronym
		doc = strings.ToLower(doc[:1]) + doc[1:]
	}
	if k.IsBool() && k.Default == "true" {
		doc = "do not " + doc
	}
	if k.Default != "" && !k.IsBool() && k.Default != "0" && k.Default != "none" {
		doc += " (default " + k.Default + ")"
	}
	return doc
}

// Texts are the flags that were given, as [Source] wants them.
func (f *Flags) Texts() map[string]string {
	texts := make(map[string]string)
	for name, given := range f.given {
		if len(given) == 1 {
			texts[name] = given[0]
		} else {
			texts[name] = list{p: &given}.toml()
		}
	}
	return texts
}

// Given reports whether the flag of a key was given.
func (f *Flags) Given(name string) bool { return len(f.given[name]) > 0 }

// flag is one flag of the command line. switched is what a switch sets.
type flag struct {
	all      *Flags
	key      Key
	switched string
}

// Set implements pflag.Value. What is wrong with a value is found here, so that the message names the flag.
func (v *flag) Set(text string) error {
	if v.switched != "" {
		return v.set(text)
	}
	var scratch Settings
	if err := v.key.value(&scratch).parse(text); err != nil {
		return err
	}
	if !v.key.repeats() {
		v.all.given[v.key.Name] = nil
	}
	v.all.given[v.key.Name] = append(v.all.given[v.key.Name], text)
	return nil
}

// set reads --x=false as well.
func (v *flag) set(text string) error {
	var on bool
	if err := (boolean{&on}).parse(text); err != nil {
		return err
	}
	said := v.switched
	if !on {
		said = map[string]string{"true": "false", "false": "true"}[said]
	}
	v.all.given[v.key.Name] = []string{said}
	return nil
}

// repeats reports whether a flag may be given more than once.
func (k Key) repeats() bool {
	return k.Kind == kindList || k.Kind == kindPaths || k.Kind == kindTables || k.Name == "on_complete"
}

// String implements pflag.Value.
func (v *flag) String() string { return "" }

// Type implements pflag.Value: what stands behind the flag in the help.
func (v *flag) Type() string {
	switch {
	case v.switched != "":
		return "bool"
	case v.key.Kind == kindAddress:
		return "host:port"
	case strings.HasPrefix(v.key.Kind, "rate"):
		return "rate"
	case strings.HasPrefix(v.key.Kind, "time ("):
		return "time"
	case v.key.Kind == kindPath, v.key.Kind == kindPaths, v.key.Kind == kindTables:
		return "path"
	case v.key.Kind == kindCount, v.key.Kind == kindRatio:
		return "number"
	}
	return "text"
}
