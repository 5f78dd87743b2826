package wallet

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrototype_MnemonicKeptInClear: no file of a wallet holds three of its
// words in a row.
func TestPrototype_MnemonicKeptInClear(t *testing.T) {
	dir := t.TempDir()
	words := NewMnemonic()
	if _, err := Create(dir, words, "secret", Options{WorkFactor: 2}); err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(words.Reveal())
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(list) - 2 {
			if bytes.Contains(content, []byte(strings.Join(list[i:i+3], " "))) {
				t.Errorf("%s holds words in clear", e.Name())
			}
		}
	}
}
