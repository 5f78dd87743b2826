package settings_test

import (
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// TestUsage: the help of a flag begins small, unless with an acronym.
func TestUsage(t *testing.T) {
	want := map[string]string{
		"bootstrap": "DHT nodes to begin with, HOST:PORT; empty for the well-known public ones",
		"feed":      "RSS and Atom feeds whose entries are added",
		"utp":       "do not accept uTP (BEP 29) beside TCP",
		"ratio":     "a torrent is finished when it has uploaded so many times its size; 0 for never",
	}
	for _, k := range settings.Keys() {
		if text, ok := want[k.Name]; ok && k.Usage() != text {
			t.Errorf("%s: %q, want %q", k.Name, k.Usage(), text)
		}
		delete(want, k.Name)
	}
	if len(want) > 0 {
		t.Errorf("no keys %v", want)
	}
}
