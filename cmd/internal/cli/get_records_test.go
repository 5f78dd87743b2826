package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt/resume"
)

// TestReadRecord: what a torrent put into the folder is not believed, be it named as a record is.
func TestReadRecord(t *testing.T) {
	dir, swarm := t.TempDir(), [20]byte{1, 2}
	name := filepath.Join(dir, recordName(swarm))
	if _, err := readRecord(name, dir, swarm); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	write := func(rec *resume.Record, mode fs.FileMode) {
		t.Helper()
		if err := errors.Join(resume.Write(name, rec), os.Chmod(name, mode)); err != nil {
			t.Fatal(err)
		}
	}
	write(&resume.Record{InfohashV1: swarm, Dir: dir}, 0o600)
	if rec, err := readRecord(name, dir, swarm); err != nil || rec.InfohashV1 != swarm {
		t.Errorf("our own: %v, %v", rec, err)
	}
	for what, bad := range map[string]struct {
		rec  resume.Record
		mode fs.FileMode
	}{
		"of another torrent":       {resume.Record{InfohashV1: [20]byte{2}, Dir: dir}, 0o600},
		"of another folder":        {resume.Record{InfohashV1: swarm, Dir: "/elsewhere"}, 0o600},
		"as downloads are":         {resume.Record{InfohashV1: swarm, Dir: dir}, 0o644},
		"as safe downloads may be": {resume.Record{InfohashV1: swarm, Dir: dir}, 0o640},
	} {
		write(&bad.rec, bad.mode)
		if _, err := readRecord(name, dir, swarm); !errors.Is(err, errForeign) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.WriteFile(name, []byte("d"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readRecord(name, dir, swarm); !errors.Is(err, resume.ErrDamaged) {
		t.Errorf("half of one: %v", err)
	}
	left := &record{name: name}
	if err := os.WriteFile(filepath.Join(dir, "."+filepath.Base(name)+".123.new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	left.tidy()
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v is left: %v", list, err)
	}
}
