package resume_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

func full() *resume.Record {
	return &resume.Record{
		InfohashV1: [20]byte{1}, InfohashV2: [32]byte{2}, HasInfo: true, Name: "n", Dir: "/d", Incomplete: "/i",
		MovingTo: "/m", Rename: map[int]string{3: "a/b"}, Preallocate: 2, Renaming: map[int]string{4: "c"},
		Pieces: resume.PiecesOf([]bool{true, false, true, false, false, false, false, false, true}),
		Files:  []resume.FileStat{{Size: 5, ModTime: -7, Inode: 1 << 63, Writing: true}, {Size: -1}},
		Parts:  resume.FileStat{Size: 9, ModTime: 8, Inode: 7}, Saved: 10, Interval: 11,
		Priorities: map[int]int{0: -2, 7: 1}, Trackers: [][]string{{"http://a", "udp://b"}, {"c"}},
		WebSeeds: []string{"http://w/"}, Labels: []string{"x", ""},
		Peers:   []netip.AddrPort{netip.MustParseAddrPort("1.2.3.4:5"), netip.MustParseAddrPort("[2001:db8::1]:65535")},
		UpLimit: 1, DownLimit: 2, RatioGoal: 1500, TimeGoal: -1, Downloaded: 3, Uploaded: 4, Seeding: 5, Added: 6,
		Completed: 7, Queue: 8, MaxConns: 9, Paused: true, Sequential: true, FirstLast: true, SuperSeeding: true,
		Forced: true, Finished: true, GoalsOff: true, Reported: true, Retracked: true,
	}
}

func TestRecordComesBack(t *testing.T) {
	want := full()
	for i, f := 0, reflect.ValueOf(*want); i < f.NumField(); i++ {
		if f.Field(i).IsZero() {
			t.Errorf("the field %s is not tested", f.Type().Field(i).Name)
		}
	}
	got, err := resume.Decode(want.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	change := func(from, to string) []byte {
		raw := full().Encode()
		if !bytes.Contains(raw, []byte(from)) {
			t.Fatalf("there is no %q", from)
		}
		return bytes.Replace(raw, []byte(from), []byte(to), 1)
	}
	for name, raw := range map[string][]byte{
		"nothing":             nil,
		"cut":                 full().Encode()[:50],
		"more behind":         append(full().Encode(), 'x'),
		"no dictionary":       []byte("i1e"),
		"a later version":     change("7:versioni1e", "7:versioni2e"),
		"no version":          change("7:versioni1e", "7:varsioni1e"),
		"a bit too many":      change("6:pieces2:\xa0\x80", "6:pieces2:\xa0\xc0"),
		"too few bits":        change("6:pieces2:\xa0\x80", "6:pieces1:\xa0"),
		"negative pieces":     change("11:piece counti9e", "11:piece counti-9e"),
		"a hash of 19 bytes":  change("2:v120:\x01\x00", "2:v119:\x00"),
		"a text for a number": change("5:queuei8e", "5:queue1:8"),
		"file number":         change("6:renameli3e", "6:renameli-3e"),
		"file number beyond":  change("6:renameli3e", "6:renameli100000e"),
		"too many labels":     change("6:labelsl1:x0:e", "6:labelsl"+strings.Repeat("0:", resume.MaxLabels+1)+"e"),
		"a long path":         change("3:dir2:/d", "3:dir4097:"+strings.Repeat("x", 4097)),
		"no folder":           change("3:dir2:/d", "3:dir0:"),
		"a peer of 5 bytes":   change("6:\x01\x02\x03\x04\x00\x05", "5:\x01\x02\x03\x04\x00"),
	} {
		if r, err := resume.Decode(raw); !errors.Is(err, resume.ErrDamaged) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	if _, err := resume.Decode(make([]byte, resume.MaxSize+1)); !errors.Is(err, resume.ErrDamaged) {
		t.Errorf("too long: %v", err)
	}
	at := change("6:labelsl1:x0:e", "6:labelsl"+strings.Repeat("0:", resume.MaxLabels)+"e")
	if _, err := resume.Decode(at); err != nil {
		t.Errorf("as many labels as may be: %v", err)
	}
}

// TestLargestRecord shows that what is within all bounds fits.
func TestLargestRecord(t *testing.T) {
	r := full()
	r.Pieces, r.Files = resume.AllPieces(metainfo.MaxPieces), make([]resume.FileStat, metainfo.MaxFiles)
	r.Rename, r.Priorities = make(map[int]string), make(map[int]int)
	for i := range metainfo.MaxFiles {
		r.Rename[i], r.Priorities[i] = strings.Repeat("n", 200), -2
	}
	raw := r.Encode()
	if len(raw) > resume.MaxSize {
		t.Fatalf("%d bytes, of at most %d", len(raw), resume.MaxSize)
	}
	if _, err := resume.Decode(raw); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(full().Encode())
	f.Add((&resume.Record{Dir: "/"}).Encode())
	f.Add([]byte("d7:versioni1e3:dir1:/e"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := resume.Decode(raw)
		if err != nil {
			if !errors.Is(err, resume.ErrDamaged) {
				t.Errorf("%v is of no kind", err)
			}
			return
		}
		again, err := resume.Decode(r.Encode())
		if err != nil || !bytes.Equal(again.Encode(), r.Encode()) {
			t.Errorf("%v: %+v", err, r)
		}
	})
}

func TestWriteAndRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.resume")
	if _, err := resume.Read(name); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, resume.ErrDamaged) {
		t.Errorf("none: %v", err)
	}
	r := full()
	for range 2 {
		if err := resume.Write(name, r); err != nil {
			t.Fatal(err)
		}
		if got, err := resume.Read(name); err != nil || !reflect.DeepEqual(got, r) {
			t.Fatalf("%v, %+v", err, got)
		}
		r.Queue++
	}
	if err := os.WriteFile(name, r.Encode()[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := resume.Read(name); !errors.Is(err, resume.ErrDamaged) || !strings.Contains(err.Error(), name) {
		t.Errorf("half of one: %v", err)
	}
	if err := resume.Write(filepath.Join(t.TempDir(), "no", "where"), r); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("%v is left: %v", left, err)
	}
}

func TestPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := rapid.SliceOfN(rapid.Bool(), 0, 40).Draw(t, "have")
		p, n := resume.PiecesOf(have), 0
		for i, ok := range have {
			if p.Has(i) != ok {
				t.Fatalf("piece %d", i)
			}
			if ok {
				n++
			}
		}
		if p.Len() != len(have) || p.Count() != n || p.All() != (n == len(have)) {
			t.Fatalf("%d of %d, all: %v", p.Count(), p.Len(), p.All())
		}
		back, err := resume.ParsePieces(p.Bitfield(), p.Len())
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("%v: %v", err, back)
		}
		if all := resume.AllPieces(len(have)); !all.All() {
			t.Fatal("not all")
		} else if _, err := resume.ParsePieces(all.Bitfield(), all.Len()); err != nil {
			t.Fatal(err)
		}
		if c := p.Clone(); len(have) > 0 {
			c.Set(0, !have[0])
			if p.Has(0) != have[0] {
				t.Fatal("a clone is no copy")
			}
		}
	})
}
