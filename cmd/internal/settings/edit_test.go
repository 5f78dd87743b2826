package settings

import (
	"errors"
	"strings"
	"testing"
)

func TestEditKeepsEverythingElse(t *testing.T) {
	for _, c := range []struct{ name, before, key, text, after string }{
		{"there", "# mine\nlimit_up = \"1 MiB/s\" # slow\npex = false\n", "limit_up", "2 MiB/s", "# mine\nlimit_up = \"2 MiB/s\" # slow\npex = false\n"},
		{"a # between quotes", "bind = \"a#\\\"#\"\t# \"here\"\n", "bind", "192.0.2.1", "bind = \"192.0.2.1\"\t# \"here\"\n"},
		{"below its comment", "#dht = true\n\npex = false\n", "dht", "false", "#dht = true\ndht = false\n\npex = false\n"},
		{"before a table", "pex = false\n[[watch]]\ndir = \"/in\"\n", "dht", "false", "pex = false\ndht = false\n[[watch]]\ndir = \"/in\"\n"},
		{"empty", "", "dht", "false", "dht = false\n"},
		{"no line break at the end", "pex = false", "dht", "false", "pex = false\ndht = false\n"},
	} {
		got, err := Edit([]byte(c.before), c.key, c.text)
		if err != nil || normal(string(got)) != normal(c.after) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.after)
		}
	}
}

// normal writes values in one way.
func normal(s string) string { return strings.ReplaceAll(s, "2.00 MiB/s", "2 MiB/s") }

func TestEditRefuses(t *testing.T) {
	for _, c := range []struct{ before, key, text string }{
		{"", "no_such_key", "1"},
		{"", "dht", "perhaps"},
		{"", "watch", "x"},
		{"pex = perhaps\n", "dht", "false"},
		{"bootstrap = [\n\"a:1\",\n]\n", "bootstrap", "b:2"},
	} {
		if got, err := Edit([]byte(c.before), c.key, c.text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q %s=%s: %q, %v", c.before, c.key, c.text, got, err)
		}
	}
}

// TestEditTemplate sets every key in a new file to its default: the file still reads.
func TestEditTemplate(t *testing.T) {
	raw := []byte(Template())
	for _, k := range Keys() {
		if k.Default == "" || k.Kind == kindTables {
			continue
		}
		var err error
		if raw, err = Edit(raw, k.Name, k.Default); err != nil {
			t.Errorf("%s = %s: %v", k.Name, k.Default, err)
		}
	}
}
