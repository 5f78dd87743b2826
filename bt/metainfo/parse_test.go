package metainfo_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/metainfo"
)

func TestParseSingle(t *testing.T) {
	got, err := metainfo.Parse(append(single().encode(), "behind"...))
	if err != nil {
		t.Fatal(err)
	}
	in := got.Info
	if !in.Single || in.V2 || in.Name != "n" || in.Size() != 20_000 || in.Pieces() != 2 || !in.Private || in.Source != "s" {
		t.Errorf("info %+v", in)
	}
	if in.PieceSize(0) != 16384 || in.PieceSize(1) != 3616 || in.PieceHash(1) != metainfo.HashV1([]byte(hash1)) {
		t.Errorf("pieces of %d and %d bytes", in.PieceSize(0), in.PieceSize(1))
	}
	want := [][]string{{"http://t/announce", "udp://u:1"}, {"http://v/announce"}}
	if !reflect.DeepEqual(got.Trackers, want) || !reflect.DeepEqual(got.WebSeeds, []string{"http://w/"}) {
		t.Errorf("trackers %v, web seeds %v", got.Trackers, got.WebSeeds)
	}
	if got.Comment != "text" || got.Created != 1_700_000_000 || !reflect.DeepEqual(got.Nodes, []metainfo.Node{{Host: "host", Port: 6881}}) {
		t.Errorf("%+v", got)
	}
}

func TestPartsOfPieces(t *testing.T) {
	for name, c := range map[string]struct {
		torrent *node
		parts   [][]metainfo.Part
	}{
		"v1": {folder(), [][]metainfo.Part{
			{{0, 0, 5}, {1, 0, 16379}}, {{3, 0, 16384}}, {{3, 16384, 16384}}, {{3, 32768, 7232}, {5, 0, 7}},
		}},
		"v2 alone": {tree(), [][]metainfo.Part{
			{{0, 0, 5}}, {{2, 0, 16384}}, {{2, 16384, 16384}}, {{2, 32768, 7232}},
		}},
		"hybrid": {hybrid(), [][]metainfo.Part{
			{{0, 0, 5}, {1, 0, 16379}}, {{3, 0, 16384}}, {{3, 16384, 16384}}, {{3, 32768, 7232}, {4, 0, 9152}},
		}},
	} {
		got, err := metainfo.Parse(c.torrent.encode())
		if err != nil {
			t.Fatal(err)
		}
		for p := range got.Info.Pieces() {
			if parts := got.Info.Parts(p); !reflect.DeepEqual(parts, c.parts[p]) {
				t.Errorf("%s: piece %d is %v, want %v", name, p, parts, c.parts[p])
			}
		}
		if got.Info.Pieces() != len(c.parts) {
			t.Errorf("%s: %d pieces", name, got.Info.Pieces())
		}
	}
}

// TestRefusals has the kinds of bad input by name.
func TestRefusals(t *testing.T) {
	path := func(names ...string) []byte {
		n := folder()
		n.at("info", "files").list[5].set("path.utf-8", nil).set("path", list())
		for _, s := range names {
			p := n.at("info", "files").list[5].at("path")
			p.list = append(p.list, str(s))
		}
		return n.encode()
	}
	for what, c := range map[string]struct {
		raw   []byte
		kind  error
		fault string
	}{
		"parent":               {path("..", "x"), metainfo.ErrHostileName, `the name ".."`},
		"absolute":             {path("/etc", "x"), metainfo.ErrHostileName, "has a slash"},
		"backslash":            {path(`..\x`), metainfo.ErrHostileName, "has a slash"},
		"empty name":           {path("z", ""), metainfo.ErrHostileName, "an empty name"},
		"no path":              {path(), metainfo.ErrHostileName, "without a name"},
		"device":               {path("nul"), metainfo.ErrHostileName, "device"},
		"device with dots":     {path("com1. ."), metainfo.ErrHostileName, "device"},
		"superscript port":     {path("LPT¹"), metainfo.ErrHostileName, "device"},
		"control":              {path("a\x1bb"), metainfo.ErrHostileName, "control character"},
		"long name":            {path(strings.Repeat("x", 256)), metainfo.ErrHostileName, "256 bytes of at most 255"},
		"deep path":            {path(strings.Split(strings.Repeat("d", 65), "")...), metainfo.ErrHostileName, "a path of 65 names"},
		"twice":                {path("sub", "b"), metainfo.ErrHostileName, "collides"},
		"other case":           {path("SUB", "B"), metainfo.ErrHostileName, "collides"},
		"below a file":         {path("a", "b"), metainfo.ErrHostileName, "collides"},
		"a folder's name":      {path("Sub"), metainfo.ErrHostileName, "collides"},
		"below a link":         {path("link", "b"), metainfo.ErrHostileName, "collides"},
		"a padding's name":     {path(".pad", "16379"), metainfo.ErrHostileName, "collides"},
		"link upwards":         {inFile(4, "symlink path", names("..", "etc")), metainfo.ErrHostileName, "link"},
		"absolute link":        {inFile(4, "symlink path", names("/etc/passwd")), metainfo.ErrHostileName, "link"},
		"negative length":      {inFile(3, "length", num(-1)), metainfo.ErrMalformed, "length -1"},
		"huge file":            {inFile(3, "length", num(1<<44)), metainfo.ErrTooLarge, "of at most"},
		"no pieces length":     {inInfo(single(), "piece length", nil), metainfo.ErrMalformed, "piece length 0"},
		"huge piece":           {inInfo(single(), "piece length", num(metainfo.MaxPieceLength+1)), metainfo.ErrMalformed, "piece length"},
		"v2 piece of 24k":      {inInfo(tree(), "piece length", num(24<<10)), metainfo.ErrMalformed, "power of two"},
		"too few hashes":       {inInfo(single(), "length", num(1<<40)), metainfo.ErrMalformed, "piece hashes for"},
		"half a hash":          {inInfo(single(), "pieces", str("x")), metainfo.ErrMalformed, "1 bytes"},
		"no content":           {inInfo(inInfoNode(single(), "pieces", str("")), "length", num(0)), metainfo.ErrMalformed, "no content"},
		"gigantic v2":          {inInfo(hugeTree(metainfo.MaxPieces+1), "source", nil), metainfo.ErrTooLarge, "2097153 pieces"},
		"deep nesting":         {[]byte("d1:a" + strings.Repeat("l", 200)), metainfo.ErrMalformed, "nested too deeply"},
		"cut":                  {single().encode()[:100], metainfo.ErrMalformed, "ends too early"},
		"nothing":              {nil, metainfo.ErrMalformed, "ends too early"},
		"html":                 {[]byte("<html>"), metainfo.ErrMalformed, "syntax"},
		"long file":            {make([]byte, metainfo.MaxFileSize+1), metainfo.ErrTooLarge, "of at most 16777216"},
		"no info":              {[]byte("d1:ai1ee"), metainfo.ErrMalformed, "no info dictionary"},
		"unsorted v2":          {[]byte(strings.Replace(string(tree().encode()), "5:empty", "5:Empty", 1)), metainfo.ErrMalformed, "out of order"},
		"two lengths one root": {twoLengths().encode(), metainfo.ErrMalformed, "96 bytes for 4 pieces"},
	} {
		_, err := metainfo.Parse(c.raw)
		if !errors.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.fault) {
			t.Errorf("%s: %v, want %v with %q", what, err, c.kind, c.fault)
		}
	}
}

func inInfoNode(n *node, key string, v *node) *node {
	n.at("info").set(key, v)
	return n
}

// hugeTree is a v2 torrent of one file of so many pieces.
func hugeTree(pieces int64) *node {
	return inInfoNode(tree(), "file tree", dict("n", leaf(pieces*metainfo.BlockSize, root1)))
}

// twoLengths has two files of different lengths with one root.
func twoLengths() *node {
	n := tree()
	b := n.at("info", "file tree", "sub", "b").clone()
	b.at("").set("length", num(60_000))
	n.at("info", "file tree", "sub").set("c", b)
	return n
}

// TestBounds holds each bound at its last good value.
func TestBounds(t *testing.T) {
	many := func(n int) []byte {
		files := list(entry(5, "first"))
		for i := 1; i < n; i++ {
			files.list = append(files.list, entry(0, fmt.Sprint(i)))
		}
		return dict("info", dict("files", files, "name", str("n"), "piece length", num(16384), "pieces", str(hash1))).encode()
	}
	deep := func(n int) []byte {
		return dict("info", dict("files", list(entry(5, strings.Split(strings.Repeat("d", n), "")...)), "name", str("n"),
			"piece length", num(16384), "pieces", str(hash1))).encode()
	}
	hashes := func(n int) []byte {
		return dict("info", dict("length", num(int64(n)), "name", str("n"), "piece length", num(1),
			"pieces", str(strings.Repeat(hash1, n)))).encode()
	}
	most := (metainfo.MaxInfoSize - 100) / metainfo.SizeV1
	for what, c := range map[string]struct{ good, bad []byte }{
		"files":  {many(metainfo.MaxFiles), many(metainfo.MaxFiles + 1)},
		"depth":  {deep(metainfo.MaxPathDepth), deep(metainfo.MaxPathDepth + 1)},
		"name":   {inInfo(single(), "name", str(strings.Repeat("x", 255))), inInfo(single(), "name", str(strings.Repeat("x", 256)))},
		"names":  {chains(metainfo.MaxNames), chains(metainfo.MaxNames + 1)},
		"hashes": {hashes(most), hashes(most + 10)},
		"pieces": {hugeLayers(t, 1<<8), hugeLayers(t, 0)},
	} {
		if _, err := metainfo.Parse(c.good); err != nil {
			t.Errorf("%s at the bound: %v", what, err)
		}
		if _, err := metainfo.Parse(c.bad); err == nil {
			t.Errorf("%s past the bound are accepted", what)
		}
	}
}

// chains is a torrent with n names in its paths, each file in folders of its own.
func chains(n int) []byte {
	files := list()
	for i := 0; n > 0; i++ {
		depth := min(n, 50)
		path := strings.Split(strings.Repeat("d", depth), "")
		path[0] = fmt.Sprint("d", i)
		files.list = append(files.list, entry(int64((i+1)%2), path...))
		n -= depth
	}
	size := (len(files.list) + 1) / 2
	return dict("info", dict("files", files, "name", str("n"), "piece length", num(1<<20),
		"pieces", str(strings.Repeat(hash1, (size+1<<20-1)>>20)))).encode()
}

// hugeLayers is a v2 torrent with a layer of n pieces, and none for n = 0.
func hugeLayers(t *testing.T, n int) []byte {
	t.Helper()
	if n == 0 {
		return hugeTree(2).encode()
	}
	layer, root := layered(n)
	x := inInfoNode(tree(), "file tree", dict("n", leaf(int64(n)*metainfo.BlockSize, root)))
	return x.set("piece layers", dict(root, str(layer))).encode()
}

func TestMagnet(t *testing.T) {
	const v1, v2 = "0123456789abcdef0123456789abcdef01234567", "1220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	m, err := metainfo.ParseMagnet("magnet:?xt=urn:btih:" + strings.ToUpper(v1) + "&xt=urn:btmh:" + v2 +
		"&dn=a+b&tr=http%3A%2F%2Ft%2F&tr.1=udp://u:1&x.pe=1.2.3.4:5&x.pe=[::1]:6&x.pe=host:1&so=0,2-4&xl=77&ws=http://w/")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "a b" || len(m.Trackers) != 2 || len(m.Peers) != 2 || m.Length != 77 || len(m.WebSeeds) != 1 ||
		!reflect.DeepEqual(m.Select, [][2]int{{0, 0}, {2, 4}}) {
		t.Errorf("%+v", m)
	}
	again, err := metainfo.ParseMagnet(m.String())
	if err != nil || *again.V1 != *m.V1 || *again.V2 != *m.V2 || again.Name != m.Name || !reflect.DeepEqual(again.Trackers, m.Trackers) {
		t.Errorf("%s: %+v, %v", m, again, err)
	}
	base32, err := metainfo.ParseMagnet("MAGNET:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH")
	if err != nil || *base32.V1 != *m.V1 {
		t.Errorf("base32: %+v, %v", base32, err)
	}
	for _, bad := range []string{
		"", "http://x", "magnet:?dn=x", "magnet:?xt=urn:btih:12", "magnet:?xt=urn:btih:" + strings.Repeat("0", 40),
		"magnet:?xt=urn:btmh:1120" + strings.Repeat("a", 64), "magnet:?xt=urn:btih:" + v1 + "&so=4-2",
		"magnet:?xt=urn:btih:" + v1 + "&xt=urn:btih:" + strings.Repeat("1", 40), "magnet:?xt=%zz",
		"magnet:?xt=urn:btih:" + v1 + "&dn=" + strings.Repeat("x", metainfo.MaxMagnetSize),
	} {
		if _, err := metainfo.ParseMagnet(bad); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80q: %v", bad, err)
		}
	}
}

// FuzzParse: whatever is accepted has pieces and paths that nothing runs past, and is read the same again.
func FuzzParse(f *testing.F) {
	for _, n := range goodOnes() {
		f.Add(n.encode())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := metainfo.Parse(raw)
		if err != nil {
			return
		}
		checkSane(t, got)
		again, err := metainfo.Parse(got.Encode())
		if err != nil || !reflect.DeepEqual(again.Info, got.Info) || !reflect.DeepEqual(again.Trackers, got.Trackers) {
			t.Errorf("written and read again: %v", err)
		}
	})
}

func checkSane(t *testing.T, got *metainfo.Torrent) {
	t.Helper()
	in := got.Info
	var covered int64
	for p := range min(in.Pieces(), 1000) {
		if in.V1 {
			_ = in.PieceHash(p)
		}
		for _, part := range in.Parts(p) {
			f := &in.Files[part.File]
			if part.Offset < 0 || part.Length < 1 || part.Offset+part.Length > f.Length {
				t.Fatalf("piece %d has %+v of a file of %d bytes", p, part, f.Length)
			}
			covered += part.Length
			if in.V2 && !f.Pad {
				_, ok := got.PieceRoot(f, int(part.Offset/in.PieceLength))
				if !ok && !in.V1 {
					t.Fatalf("no hash of piece %d", p)
				}
			}
		}
	}
	if in.Pieces() <= 1000 && in.V1 && covered != in.Span() {
		t.Fatalf("pieces cover %d of %d bytes", covered, in.Span())
	}
}

// FuzzParseInfo: an info dictionary of a stranger is refused or harmless.
func FuzzParseInfo(f *testing.F) {
	for _, n := range goodOnes() {
		f.Add(n.at("info").encode())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := metainfo.ParseInfo(raw)
		if err != nil {
			return
		}
		for i := range in.Files {
			for _, name := range in.Location(&in.Files[i]) {
				if strings.ContainsAny(name, "/\\\x00") || name == ".." || name == "" {
					t.Errorf("name %q", name)
				}
			}
		}
	})
}

// FuzzMagnet: what is read is written and read the same.
func FuzzMagnet(f *testing.F) {
	f.Add("magnet:?xt=urn:btih:0101010101010101010101010101010101010101&x.pe=1.2.3.4:5&tr=a&dn=b&so=1-2")
	f.Add("magnet:?xt=urn:btmh:1220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, link string) {
		m, err := metainfo.ParseMagnet(link)
		if err != nil || len(m.String()) > metainfo.MaxMagnetSize {
			return
		}
		m.Select, m.Length = nil, 0 // not written
		again, err := metainfo.ParseMagnet(m.String())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%q: %+v, %+v, %v", link, m, again, err)
		}
	})
}
