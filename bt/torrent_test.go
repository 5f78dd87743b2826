package bt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// share writes files below dir and returns the .torrent of them.
func share(t testing.TB, dir, name string, files map[string][]byte) []byte {
	t.Helper()
	for path, data := range files {
		full := filepath.Join(dir, name, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	info := metainfo.Info{PieceLength: 32 << 10}
	if err := info.BuildFromFilePath(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	mi := metainfo.MetaInfo{InfoBytes: bencode.MustMarshal(&info)}
	if err := mi.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func someFiles() map[string][]byte {
	return map[string][]byte{
		"readme":        []byte("a short one"),
		"empty":         {},
		"sub/big":       bytes.Repeat([]byte("0123456789abcde\n"), 20_000),
		"sub/deep/next": bytes.Repeat([]byte{0xaa}, 70_001),
	}
}

func add(t *testing.T, e *Engine, src Source) *Torrent {
	t.Helper()
	x, err := e.Add(src)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func wait(t *testing.T, x *Torrent) {
	t.Helper()
	if err := x.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", path, len(got), len(want), err)
		}
	}
}

func TestDownloadOfManyFiles(t *testing.T) {
	files, there, here := someFiles(), t.TempDir(), t.TempDir()
	raw := share(t, there, "album", files)
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))

	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	info, ok := x.Info()
	if !ok || info.Name != "album" || len(info.Files) != 4 || info.Length != 390_012 {
		t.Errorf("info %+v", info)
	}
	if p := x.Progress(); p.Completed != p.Length || p.Length != info.Length || p.Downloaded == 0 {
		t.Errorf("progress %+v", p)
	}
	if err := x.Err(); err != nil {
		t.Errorf("a complete torrent has error %v", err)
	}
	x.Drop()
	if !errors.Is(x.Err(), ErrClosed) {
		t.Errorf("after Drop: %v", x.Err())
	}
	// What is there is found again without a peer.
	wait(t, add(t, leecher, Source{File: raw, Dir: here}))
}

// TestHybridOfOneFile is stored under its name, and not in a folder of that name as the library would.
func TestHybridOfOneFile(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := map[string][]byte{"film": bytes.Repeat([]byte("0123456789abcde\n"), 20_000)}
	if err := os.WriteFile(filepath.Join(there, "film"), files["film"], 0o644); err != nil {
		t.Fatal(err)
	}
	made, err := content.Create(testContext(t), filepath.Join(there, "film"), content.Options{Version: checked.Hybrid})
	if err != nil {
		t.Fatal(err)
	}
	raw := made.Torrent.Encode()
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	wait(t, add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)}))
	compare(t, here, files)
	got, err := checked.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := content.Check(testContext(t), got, here, nil); err != nil || !found.Complete(got.Info) {
		t.Errorf("not whole: %v, %v", found, err)
	}
}

func TestDownloadByMagnet(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	// Several metadata pieces: 2,000 files.
	files := make(map[string][]byte)
	for i := range 2000 {
		files[fmt.Sprintf("some/folder/with/a/long/name/file-%05d", i)] = []byte{byte(i)}
	}
	raw := share(t, there, "many", files)
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)
	if n := len(up.InfoBytes()); n < 3*metadataPieceSize {
		t.Fatalf("the info has only %d bytes", n)
	}
	h := up.Infohash()
	x := add(t, leecher, Source{
		Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%x&dn=later&x.pe=%s", h, seeder.Addr()), Dir: here,
	})
	if x.Name() != "later" && x.Name() != "many" {
		t.Errorf("name %q", x.Name())
	}
	wait(t, x)
	compare(t, filepath.Join(here, "many"), files)
	if !bytes.Equal(x.InfoBytes(), up.InfoBytes()) {
		t.Error("the info differs")
	}
}

func TestDownloadTakesOverOnDemandTorrent(t *testing.T) {
	x := tinies(1)[0]
	server, by := openEngine(t, Config{OnDemand: newShelf(x)}), openEngine(t, Config{})
	fetch(t, by, x, server)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tx0"), x.data, 0o644); err != nil {
		t.Fatal(err)
	}
	file := bencode.MustMarshal(map[string]bencode.Bytes{"info": x.info})
	wait(t, add(t, server, Source{File: file, Dir: dir}))
	if n := server.Loaded(); n != 0 {
		t.Errorf("%d on-demand torrents live, want the download in its place", n)
	}
	if _, err := server.Add(Source{File: file, Dir: dir}); !errors.Is(err, ErrInUse) {
		t.Errorf("adding it twice: %v", err)
	}
	fetch(t, by, x, server)
}

func TestWriteErrorStopsDownload(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	// A file where the folder should be cannot be written below.
	here := t.TempDir()
	if err := os.WriteFile(filepath.Join(here, "album"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	if err := x.Wait(testContext(t)); !errors.Is(err, ErrStorage) {
		t.Errorf("ended with %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	e := openEngine(t, Config{})
	good := metainfo.Info{Name: "n", Length: 1, PieceLength: 16384, Pieces: make([]byte, 20)}
	file := func(change func(*metainfo.Info)) []byte {
		info := good
		change(&info)
		return bencode.MustMarshal(map[string]bencode.Bytes{"info": bencode.MustMarshal(&info)})
	}
	name := func(n string) []byte { return file(func(i *metainfo.Info) { i.Name = n }) }
	path := func(paths ...[]string) []byte {
		return file(func(i *metainfo.Info) {
			i.Length = 0
			for _, p := range paths {
				i.Files = append(i.Files, metainfo.FileInfo{Path: p})
			}
			i.Files[0].Length = 1
		})
	}
	for what, c := range map[string]struct {
		src  Source
		want error
	}{
		"nothing":           {Source{}, ErrMalformed},
		"empty file":        {Source{File: []byte{}}, ErrMalformed},
		"garbage":           {Source{File: []byte("garbage")}, ErrMalformed},
		"deep list":         {Source{File: bytes.Repeat([]byte("l"), 1<<20)}, ErrMalformed},
		"huge file":         {Source{File: make([]byte, MaxTorrentFileSize+1)}, ErrTooLarge},
		"no info":           {Source{File: []byte("d1:ai1ee")}, ErrMalformed},
		"parent":            {Source{File: name("..")}, ErrHostileName},
		"no name":           {Source{File: name("")}, ErrHostileName},
		"slash":             {Source{File: name("a/b")}, ErrHostileName},
		"backslash":         {Source{File: name(`a\b`)}, ErrHostileName},
		"absolute":          {Source{File: name("/etc/passwd")}, ErrHostileName},
		"zero byte":         {Source{File: name("a\x00b")}, ErrHostileName},
		"long name":         {Source{File: name(string(bytes.Repeat([]byte("x"), 256)))}, ErrHostileName},
		"not UTF-8":         {Source{File: name("\xff")}, ErrHostileName},
		"path with parent":  {Source{File: path([]string{"a", "..", "..", "b"})}, ErrHostileName},
		"empty path":        {Source{File: path([]string{})}, ErrHostileName},
		"same file twice":   {Source{File: path([]string{"a"}, []string{"A"})}, ErrHostileName},
		"file as folder":    {Source{File: path([]string{"a"}, []string{"a", "b"})}, ErrHostileName},
		"folder as file":    {Source{File: path([]string{"a", "b"}, []string{"a"})}, ErrHostileName},
		"no piece length":   {Source{File: file(func(i *metainfo.Info) { i.PieceLength = 0 })}, ErrMalformed},
		"huge pieces":       {Source{File: file(func(i *metainfo.Info) { i.PieceLength = 1 << 40 })}, ErrMalformed},
		"negative pieces":   {Source{File: file(func(i *metainfo.Info) { i.PieceLength = -1 })}, ErrMalformed},
		"negative length":   {Source{File: file(func(i *metainfo.Info) { i.Length = -5 })}, ErrMalformed},
		"half a hash":       {Source{File: file(func(i *metainfo.Info) { i.Pieces = make([]byte, 30) })}, ErrMalformed},
		"too many hashes":   {Source{File: file(func(i *metainfo.Info) { i.Pieces = make([]byte, 40) })}, ErrMalformed},
		"too few hashes":    {Source{File: file(func(i *metainfo.Info) { i.Length = 1 << 40 })}, ErrMalformed},
		"hybrid that lies":  {Source{File: lyingHybrid()}, ErrMalformed},
		"not a magnet":      {Source{Magnet: "http://example.org/"}, ErrMalformed},
		"magnet of nothing": {Source{Magnet: "magnet:?dn=x"}, ErrMalformed},
		"magnet of zero":    {Source{Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%040x", 0)}, ErrMalformed},
		"v2 magnet of zero": {Source{Magnet: fmt.Sprintf("magnet:?xt=urn:btmh:1220%064x", 0)}, ErrMalformed},
	} {
		t.Run(what, func(t *testing.T) {
			c.src.Dir = t.TempDir()
			if _, err := e.Add(c.src); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// tree is a v2 file tree of one file.
func tree(length int64) metainfo.FileTree {
	return metainfo.FileTree{Dir: map[string]metainfo.FileTree{
		"n": {File: metainfo.FileTreeFile{Length: length, PiecesRoot: string(bytes.Repeat([]byte{7}, 32))}},
	}}
}

func v2Only() []byte {
	info := metainfo.Info{Name: "n", PieceLength: 16384, MetaVersion: 2, FileTree: tree(1)}
	return bencode.MustMarshal(map[string]bencode.Bytes{"info": bencode.MustMarshal(&info)})
}

// lyingHybrid has more pieces in its v2 part than hashes in its v1 part.
func lyingHybrid() []byte {
	info := metainfo.Info{
		Name: "n", PieceLength: 16384, MetaVersion: 2, FileTree: tree(1 << 30), Length: 1, Pieces: make([]byte, 20),
	}
	return bencode.MustMarshal(map[string]bencode.Bytes{"info": bencode.MustMarshal(&info)})
}

// FuzzParseInfo: whatever a stranger sends as an info dictionary is refused or harmless.
func FuzzParseInfo(f *testing.F) {
	f.Add(newTiny("a", []byte("b")).info)
	for _, raw := range [][]byte{v2Only(), lyingHybrid(), share(f, f.TempDir(), "x", someFiles())} {
		f.Add(raw)
		f.Add(raw[len("d4:info") : len(raw)-1])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, err := parseInfo(raw)
		if err != nil {
			return
		}
		if n := info.NumPieces(); n*20 != len(info.Pieces) {
			t.Errorf("%d pieces, %d bytes of hashes", n, len(info.Pieces))
		}
		for file := range info.UpvertedFilesIter() {
			if p := filepath.Join(filePath(info, &file)...); !filepath.IsLocal(p) {
				t.Errorf("path %q leaves the folder", p)
			}
		}
		info.FileSegmentsIndex()
	})
}

// FuzzSource: a .torrent file or magnet link from anywhere is refused or resolved.
func FuzzSource(f *testing.F) {
	f.Add(share(f, f.TempDir(), "x", someFiles()))
	f.Add([]byte("d8:announce3:abc13:announce-listll1:aee4:infodee"))
	f.Add([]byte("magnet:?xt=urn:btih:0101010101010101010101010101010101010101&x.pe=1.2.3.4:5"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, s := range []Source{{File: raw}, {Magnet: string(raw)}} {
			o, err := s.resolve()
			if err == nil && o.infohash == [20]byte{} {
				t.Error("resolved to no infohash")
			}
		}
	})
}

func BenchmarkParseInfo(b *testing.B) {
	raw := newTiny("0000000000000000000000000000000000000000000000000000000000000000", make([]byte, 400)).info
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseInfo(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// filePath is where the library would put a file.
func filePath(info *metainfo.Info, f *metainfo.FileInfo) []string {
	if !isFolder(info) {
		return []string{info.BestName()}
	}
	return append([]string{info.BestName()}, f.BestPath()...)
}
