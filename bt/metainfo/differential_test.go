package metainfo_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/bencode"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// peer is libtorrent, asked one torrent after another.
type peer struct {
	in  *bufio.Writer
	out *bufio.Scanner
}

// said is what libtorrent says of a torrent.
type said struct {
	Error       string   `json:"error"`
	V1          string   `json:"v1"`
	V2          string   `json:"v2"`
	PieceLength int64    `json:"piece_length"`
	Private     bool     `json:"private"`
	Files       [][2]any `json:"files"`
	Trackers    []string `json:"trackers"`
}

func libtorrent(t *testing.T) *peer {
	t.Helper()
	const python = "/usr/bin/python3" // the one that has Debian's modules
	if err := exec.Command(python, "-W", "ignore", "-c", "import libtorrent").Run(); err != nil {
		t.Fatalf("libtorrent's Python binding is not installed; on Debian: apt-get install python3-libtorrent")
	}
	cmd := exec.Command(python, "-u", "-W", "ignore", "testdata/describe.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("libtorrent: %v", err)
		}
	})
	p := &peer{bufio.NewWriter(in), bufio.NewScanner(out)}
	p.out.Buffer(nil, 64<<20)
	return p
}

func (p *peer) ask(t *testing.T, raw []byte) (s said) {
	t.Helper()
	_ = binary.Write(p.in, binary.BigEndian, uint32(len(raw)))
	_, _ = p.in.Write(raw)
	if err := p.in.Flush(); err != nil {
		t.Fatal(err)
	}
	if !p.out.Scan() {
		t.Fatalf("libtorrent died of %q", raw)
	}
	if err := json.Unmarshal(p.out.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// differences are what libtorrent takes and we refuse, by a part of our message. docs/spec/torrent.md has the
// reasons, and [TestDifferences] a case of each.
func differences() []string {
	return []string{
		"unsafe file name in torrent",
		"bencode of another type",
		"one key twice",
		"no piece layer for file",
		"does not lead to its root",
		"without a target",
		"with a length of",
		"is both link and padding",
		"has the length -9223372036854775808",
		"the v1 and v2 parts differ",
		"hybrid: padding of",
		"does not begin at a piece",
		"the only file is padding",
		"a torrent named as padding",
		"a number beyond 64 bits",
		"is not known",
		"both one file and many",
		"no files",
		"no piece hashes",
		"v1 piece hashes without v1 files",
	}
}

// compare holds what we say of a torrent against what libtorrent says. It returns the difference it met.
func compare(t *testing.T, p *peer, raw []byte) string {
	t.Helper()
	theirs := p.ask(t, raw)
	ours, err := metainfo.Parse(raw)
	if err != nil {
		return refused(t, raw, err, theirs)
	}
	if theirs.Error != "" {
		t.Errorf("we accept what libtorrent refuses with %q: %.9000q", theirs.Error, raw)
		return ""
	}
	in := ours.Info
	v1, v2 := "", ""
	if in.V1 {
		v1 = fmt.Sprintf("%x", in.InfohashV1())
	}
	if in.V2 {
		v2 = fmt.Sprintf("%x", in.InfohashV2())
	}
	if v1 != theirs.V1 || v2 != theirs.V2 || in.PieceLength != theirs.PieceLength || (theirs.Private && !in.Private) {
		t.Errorf("we read %s %s %d %v, libtorrent %+v: %.2000q", v1, v2, in.PieceLength, in.Private, theirs, raw)
	}
	compareFiles(t, in, theirs, raw)
	return ""
}

func refused(t *testing.T, raw []byte, err error, theirs said) string {
	t.Helper()
	if strings.Contains(err.Error(), "\n") || !slices.ContainsFunc(
		[]error{metainfo.ErrMalformed, metainfo.ErrHostileName, metainfo.ErrTooLarge},
		func(kind error) bool { return errors.Is(err, kind) }) {
		t.Errorf("no kind or more than a line: %q", err)
	}
	if theirs.Error != "" {
		return ""
	}
	for _, d := range differences() {
		if strings.Contains(err.Error(), d) {
			return d
		}
	}
	t.Errorf("we refuse with %q what libtorrent takes: %.2000q", err, raw)
	return ""
}

func compareFiles(t *testing.T, in *metainfo.Info, theirs said, raw []byte) {
	t.Helper()
	i := 0
	for k := range in.Files {
		f := &in.Files[k]
		if f.Pad {
			continue
		}
		path := strings.Join(in.Location(f), "/")
		if i >= len(theirs.Files) || !samePath(theirs.Files[i][0].(string), path) || theirs.Files[i][1].(float64) != float64(f.Length) {
			t.Errorf("file %d is %q of %d bytes for us: %v: %.2000q", i, path, f.Length, theirs.Files, raw)
			return
		}
		i++
	}
	if i != len(theirs.Files) {
		t.Errorf("%d files for us: %v: %.2000q", i, theirs.Files, raw)
	}
}

// samePath forgives what libtorrent changes of names that we keep: it drops marks of writing direction, and cuts
// names at 240 bytes.
func samePath(theirs, ours string) bool {
	ours = strings.NewReplacer("\u202e", "").Replace(ours)
	if len(ours) > 240 {
		return len(theirs) >= 240
	}
	return theirs == ours
}

// TestLibtorrentAgrees breaks good torrents at random and compares what becomes of them.
func TestLibtorrentAgrees(t *testing.T) {
	const rounds = 5000 // of each good torrent
	p := libtorrent(t)
	met := make(map[string]int)
	good := goodOnes()
	for _, name := range slices.Sorted(maps.Keys(good)) {
		if d := compare(t, p, good[name].encode()); d != "" {
			t.Errorf("%s is refused: %s", name, d)
		}
		rng := rand.New(rand.NewPCG(1, uint64(len(name))))
		for range rounds {
			n := good[name].clone()
			for range 1 + rng.IntN(2) {
				mutate(rng, n)
			}
			raw := n.encode()
			if rng.IntN(4) == 0 {
				raw = flip(rng, raw)
			}
			met[compare(t, p, raw)]++
		}
	}
	t.Logf("%d the same, differences: %v", met[""], met)
}

// TestDifferences has a case for each difference: libtorrent takes it, we say why not.
func TestDifferences(t *testing.T) {
	page, err := os.ReadFile("../../docs/spec/torrent.md")
	if err != nil {
		t.Fatal(err)
	}
	p := libtorrent(t)
	cases := map[string][]byte{
		"unsafe file name in torrent":         inInfo(single(), "name", str("a/b")),
		"bencode of another type":             inInfo(single(), "private", str("1")),
		"one key twice":                       bytes.Replace(single().encode(), []byte("7:comment"), []byte("8:announce"), 1),
		"no piece layer for file":             tree().set("piece layers", nil).encode(),
		"does not lead to its root":           swapLayer().encode(),
		"without a target":                    inFile(4, "symlink path", nil),
		"with a length of":                    inFile(4, "length", num(1)),
		"is both link and padding":            inFile(4, "attr", str("lp")),
		"has the length -9223372036854775808": inFile(2, "length", &node{kind: bencode.Int, text: "-9223372036854775808"}),
		"the v1 and v2 parts differ":          otherEmptyName().encode(),
		"hybrid: padding of":                  otherPadding().encode(),
		"does not begin at a piece":           latePadding().encode(),
		"the only file is padding":            inInfo(single(), "attr", str("p")),
		"a torrent named as padding":          inInfo(single(), "name", str("_____padding_file_0")),
		"a number beyond 64 bits":             bytes.Replace(single().encode(), []byte("i1700000000e"), []byte("i92233720368547758070e"), 1),
		"is not known":                        inInfo(single(), "meta version", num(1<<33)),
		"both one file and many":              inInfo(folder(), "length", num(5)),
		"no files":                            inInfo(hybrid(), "files", list()),
		"no piece hashes":                     inInfo(hybridSingle(), "pieces", nil),
		"v1 piece hashes without v1 files":    inInfo(hybridSingle(), "length", nil),
	}
	for _, d := range differences() {
		raw := cases[d]
		if raw == nil {
			t.Errorf("no case for %q", d)
			continue
		}
		if !strings.Contains(string(page), "| `"+d+"` |") {
			t.Errorf("docs/spec/torrent.md does not say why %q is refused", d)
		}
		if met := compare(t, p, raw); met != d {
			t.Errorf("the case for %q met %q", d, met)
		}
	}
}

// TestBeyondBounds has what libtorrent takes and our bounds do not.
func TestBeyondBounds(t *testing.T) {
	files := list()
	for i := range metainfo.MaxFiles + 1 {
		files.list = append(files.list, entry(int64(i%2), strconv.Itoa(i)))
	}
	hashes := func(n int) *node { return str(strings.Repeat(hash1, n)) }
	cases := map[string][]byte{
		"no info dictionary":          dict("magnet-uri", str("magnet:?xt=urn:btih:"+strings.Repeat("a", 40))).encode(),
		"an info dictionary of 8":     inInfo(inInfoNode(single(), "length", num(420_000<<14)), "pieces", hashes(420_000)),
		"more than 100000 files":      inInfo(inInfoNode(folder(), "files", files), "pieces", hashes(4)),
		"a path of 65 names":          inFile(5, "path.utf-8", names(strings.Split(strings.Repeat("d", 65), "")...)),
		"piece length 536870912 is n": inInfo(inInfoNode(single(), "piece length", num(512<<20)), "pieces", hashes(1)),
	}
	p := libtorrent(t)
	for fault, raw := range cases {
		if theirs := p.ask(t, raw); theirs.Error != "" && theirs.Error != "not valid" {
			t.Errorf("libtorrent refuses the case for %q: %s", fault, theirs.Error)
		}
		if _, err := metainfo.Parse(raw); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("we say %v, not %q", err, fault)
		}
	}
}

// inInfo is a torrent with one key of its info dictionary changed, inFile one with a file of folder's changed.
func inInfo(n *node, key string, v *node) []byte {
	n.at("info").set(key, v)
	return n.encode()
}

func inFile(i int, key string, v *node) []byte {
	n := folder()
	n.at("info", "files").list[i].set(key, v)
	return n.encode()
}

// swapLayer has a layer of the right length with other hashes.
func swapLayer() *node {
	n := tree()
	layer := n.at("piece layers").list[0]
	layer.text = strings.Repeat("z", len(layer.text))
	return n
}

func otherEmptyName() *node {
	n := hybrid()
	n.at("info", "files").list[2].set("path", names("other"))
	return n
}

// otherPadding has the empty file as padding.
func otherPadding() *node {
	n := hybrid()
	n.at("info", "files").list[2].set("attr", str("p"))
	return n
}

// latePadding has the empty file before the padding instead of behind it.
func latePadding() *node {
	n := hybrid()
	files := n.at("info", "files").list
	files[1], files[2] = files[2], files[1]
	return n
}
