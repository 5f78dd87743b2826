package settings

import (
	"fmt"
	"strings"
)

// width is where comments of the file are broken.
const width = 100

// Template is a settings file in which every key stands with its default, as a comment.
func Template() string {
	var b strings.Builder
	b.WriteString("# Settings of ttx. What is commented out is the default. A flag goes before an environment\n" +
		"# variable, that before this file. \"ttx settings check\" reads it, \"ttx settings reload\" (or SIGHUP)\n" +
		"# makes a running node take it; keys marked with * need a restart.\n")
	section := ""
	for _, k := range Keys() {
		if k.Section != section {
			section = k.Section
			fmt.Fprintf(&b, "\n\n## %s\n", section)
		}
		b.WriteString("\n")
		star := ""
		if !k.Reload {
			star = " *"
		}
		comment(&b, "# ", fmt.Sprintf("%s Flag --%s, variable %s.%s", k.Doc, k.ShownFlag(), k.Variable(), star))
		if k.Kind == kindTables {
			k.tableExample(&b)
			continue
		}
		s := Default()
		fmt.Fprintf(&b, "#%s = %s\n", k.Name, k.value(&s).toml())
	}
	return b.String()
}

// comment breaks a text into lines.
func comment(b *strings.Builder, prefix, text string) {
	line := prefix
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > width && line != prefix {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = prefix
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// ShownFlag is the flag that the help shows: of a switch the one that changes the default.
func (k Key) ShownFlag() string {
	if k.IsBool() {
		return k.Switch()
	}
	return k.Flag()
}

// TableKeys are the names of the keys of [[watch]] or [[feed]]; the first is required.
func TableKeys(table string) []string {
	var names []string
	for _, f := range (Key{Name: table}).tableFields() {
		names = append(names, f.name)
	}
	return names
}

// tableFields are the keys of a table.
func (k Key) tableFields() []field {
	if k.Name == "watch" {
		return watchFields(new(Watch))
	}
	return feedFields(new(Feed))
}

func (k Key) tableExample(b *strings.Builder) {
	fmt.Fprintf(b, "#[[%s]]\n", k.Name)
	for _, f := range k.tableFields() {
		fmt.Fprintf(b, "#%s = %s  # %s\n", f.name, f.value.toml(), f.doc)
	}
}

// Page is docs/settings.md.
func Page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	section := ""
	for _, k := range Keys() {
		if k.Section != section {
			section = k.Section
			fmt.Fprintf(&b, "\n## %s\n\n| key | value | default | flag | variable | reload | |\n|---|---|---|---|---|---|---|\n", section)
		}
		reload := "restart"
		if k.Reload {
			reload = "yes"
		}
		def := ""
		if k.Default != "" {
			def = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `--%s` | `%s` | %s | %s |\n", k.Name, k.Kind, def, k.ShownFlag(), k.Variable(), reload, k.Doc)
	}
	for _, name := range []string{"watch", "feed"} {
		fmt.Fprintf(&b, "\n### `[[%s]]`\n\n| key | |\n|---|---|\n", name)
		for _, f := range (Key{Name: name}).tableFields() {
			fmt.Fprintf(&b, "| `%s` | %s |\n", f.name, f.doc)
		}
	}
	return b.String()
}

const pageHead = `# Settings

One file, ` + "`settings.toml`" + ` in the data folder, or the one that ` + "`--config`" + ` or ` + "`TTX_CONFIG`" + ` names.
` + "`ttx settings init`" + ` writes it with every key and its default, ` + "`check`" + ` reads it, ` + "`show`" + ` prints what counts and
where it came from. This page is made from the table of keys by ` + "`go test ./cmd/internal/settings -run TestPage -update`" + `;
do not edit it.

A flag goes before an environment variable, a variable before the file, the file before the default. A variable that
is empty is one that is not set. An unknown key, a number without its unit or a text where a switch is wanted is an error
that names file, line and key; nothing is guessed.

- Sizes: ` + "`4096`, `500 kB`, `5 MiB`, `1.5 GiB`" + `; rates the same, with or without ` + "`/s`" + `; ` + "`none`" + ` is no limit.
- Times: ` + "`90s`, `90m`, `1h30m`, `2d`, `1w`" + `; ` + "`none`" + ` is none.
- Lists: in the file ` + "`[\"a\", \"b\"]`" + `; the flag is repeated; in a variable separated by commas, or written as in the file.
- Paths: in the file they stand against its folder, elsewhere against the working folder; a leading ~ is the home folder.
- A switch has two flags, ` + "`--dht` and `--no-dht`" + `; the help shows the one that changes the default.
- The proxy's password is never a flag or a variable: other users of the machine can read those. It stands in the file
  that ` + "`proxy_password_file`" + ` names, or in the address in the settings file.

A running node takes a changed file by ` + "`ttx settings reload`" + ` or ` + "`SIGHUP`" + `, all of it or, when something in it is wrong,
nothing. Keys that need a restart are named and wait for it. Flags and variables of the running node keep their place.

` + "`ttx get`, `ttx seed`" + ` read the same file for what concerns the network and the order of pieces; folders, queue and
` + "`listen`" + ` are the node's alone.
`
