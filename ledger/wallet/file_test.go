package wallet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

// TestChangedPublicFile puts somebody else's key where the owner's was: money
// would go there.
func TestChangedPublicFile(t *testing.T) {
	other := artKeys(t, 0).VoterKey()
	for name, change := range map[string]func(*state){
		"address": func(s *state) { s.keys[3] = other },
		"order":   func(s *state) { s.keys[3], s.keys[4] = s.keys[4], s.keys[3] },
		"voter":   func(s *state) { s.voter = s.keys[0] },
	} {
		dir := t.TempDir()
		w := createArt(t, dir)
		s := state{voter: w.VoterKey(), next: 1, keys: w.Keys()}
		change(&s)
		content, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, publicFile), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reopen(t, dir).Unlock(passphrase); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	address := tx.EncodeAddress(artKeys(t, 0).VoterKey())
	voter := strings.Repeat("00", 32)
	for name, content := range map[string]string{
		"empty":          "",
		"no object":      "[]",
		"version":        `{"version":2,"voter":"` + voter + `","next":1,"addresses":["` + address + `"]}`,
		"unknown field":  `{"version":1,"seed":"","voter":"` + voter + `","next":1,"addresses":["` + address + `"]}`,
		"no address":     `{"version":1,"voter":"` + voter + `","next":1,"addresses":[]}`,
		"none given out": `{"version":1,"voter":"` + voter + `","next":0,"addresses":["` + address + `"]}`,
		"too many":       `{"version":1,"voter":"` + voter + `","next":2,"addresses":["` + address + `"]}`,
		"negative":       `{"version":1,"voter":"` + voter + `","next":-1,"addresses":["` + address + `"]}`,
		"twice":          `{"version":1,"voter":"` + voter + `","next":1,"addresses":["` + address + `"]}{}`,
		"short voter":    `{"version":1,"voter":"00","next":1,"addresses":["` + address + `"]}`,
		"no voter":       `{"version":1,"next":1,"addresses":["` + address + `"]}`,
		"bad address":    `{"version":1,"voter":"` + voter + `","next":1,"addresses":["` + address[:len(address)-1] + `q"]}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, publicFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamagedSeed(t *testing.T) {
	dir := t.TempDir()
	w := createArt(t, dir)
	name := filepath.Join(dir, seedFile)
	sealed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	work := bytes.Replace(sealed, []byte(" 2\n"), []byte(" 30\n"), 1)
	for what, content := range map[string][]byte{
		"empty": nil, "cut": sealed[:len(sealed)-1], "changed": damaged, "endless work": work, "no age file": []byte(artWords),
	} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := w.Unlock(passphrase)
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), "abandon") {
			t.Errorf("%s: the error tells a word: %v", what, err)
		}
	}
}

// FuzzPublicFile: what is accepted is written back with the same meaning.
func FuzzPublicFile(f *testing.F) {
	keys := artKeys(f, 3)
	content, err := state{voter: keys.VoterKey(), next: 2, keys: keys.addresses()}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte(`{"version":1,"voter":"","next":1,"addresses":["ttx1"]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := parsePublic(content)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("parsePublic: %v", err)
			}
			return
		}
		encoded, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parsePublic(encoded); err != nil || !again.equal(s) {
			t.Fatalf("written back it is %v, %v; expected %v", again, err, s)
		}
	})
}
