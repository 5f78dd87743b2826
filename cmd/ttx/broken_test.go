package main_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/bencode"
)

// malformedTorrent is the exit code of every command that refuses a torrent, or to make one.
const malformedTorrent = 24

type dict = map[string]any

// one is a torrent of one file, with some of it changed; nil takes a key out.
func one(changed dict) dict {
	info := dict{"name": "x", "piece length": 16384, "pieces": strings.Repeat("a", 20), "length": 10}
	maps.Copy(info, changed)
	maps.DeleteFunc(info, func(_ string, v any) bool { return v == nil })
	return info
}

// many is a torrent of files of 5 bytes.
func many(paths ...[]string) dict {
	var files []any
	for _, p := range paths {
		files = append(files, dict{"length": 5, "path": p})
	}
	return one(dict{"length": nil, "files": files})
}

// brokenInfos are torrents that must be refused, and a word of what each is told.
func brokenInfos() map[string]struct {
	info dict
	says string
} {
	type broken = struct {
		info dict
		says string
	}
	link := dict{"length": 0, "path": []string{"l"}, "attr": "l", "symlink path": []string{"..", "..", "etc", "passwd"}}
	return map[string]broken{
		"parent":        {one(dict{"name": ".."}), `".."`},
		"absolute":      {one(dict{"name": "/etc/passwd"}), "slash"},
		"slash":         {one(dict{"name": "a/b"}), "slash"},
		"device":        {one(dict{"name": "NUL"}), "device"},
		"device-below":  {many([]string{"sub", "aux"}), "device"},
		"escape":        {one(dict{"name": "a\x1b[2Jb"}), "control character"},
		"newline":       {one(dict{"name": "a\nb"}), "control character"},
		"long-name":     {one(dict{"name": strings.Repeat("x", 256)}), "256 bytes"},
		"no-name":       {one(dict{"name": ""}), "name"},
		"parent-below":  {many([]string{"a", "..", "b"}), `".."`},
		"case":          {many([]string{"A"}, []string{"a"}), "collides"},
		"twice":         {many([]string{"a"}, []string{"a"}), "collides"},
		"file-folder":   {many([]string{"a"}, []string{"a", "b"}), "collides"},
		"empty-path":    {many([]string{}), "name"},
		"link":          {one(dict{"length": nil, "files": []any{link, dict{"length": 5, "path": []string{"a"}}}}), `".."`},
		"negative":      {one(dict{"length": -1}), "length -1"},
		"negative-file": {one(dict{"length": nil, "files": []any{dict{"length": -5, "path": []string{"a"}}}}), "length -5"},
		"huge":          {one(dict{"length": int64(1) << 49}), "too large"},
		"many-pieces":   {one(dict{"length": int64(1) << 44, "piece length": 1}), ""},
		"no-piece":      {one(dict{"piece length": 0}), "piece length"},
		"huge-piece":    {one(dict{"piece length": int64(1) << 40}), "piece length"},
		"few-hashes":    {one(dict{"length": 99999}), "hashes"},
		"no-hashes":     {one(dict{"pieces": nil}), "hashes"},
	}
}

// brokenFiles writes what must be refused and returns a word of what each is told, by path.
func brokenFiles(t *testing.T) map[string]string {
	t.Helper()
	dir, files := t.TempDir(), make(map[string]string)
	add := func(name string, raw []byte, says string) {
		path := filepath.Join(dir, name+".torrent")
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		files[path] = says
	}
	for name, b := range brokenInfos() {
		raw, err := bencode.EncodeBytes(dict{"info": b.info})
		if err != nil {
			t.Fatal(err)
		}
		add(name, raw, b.says)
	}
	whole, err := bencode.EncodeBytes(dict{"info": one(nil)})
	if err != nil {
		t.Fatal(err)
	}
	const deep = 200_000
	add("deep", bytes.Repeat([]byte("l"), deep), "deep")
	add("deep-info", []byte("d4:info"+strings.Repeat("d1:a", deep)+strings.Repeat("e", deep+1)), "deep")
	add("empty", nil, "early")
	add("page", []byte("<!doctype html><title>Login</title>"), "not a torrent")
	add("cut", whole[:len(whole)-5], "early")
	add("too-long", append([]byte("d"), make([]byte, 16<<20)...), "too large")
	return files
}

// TestBrokenTorrents: commands refuse broken torrents with one line that names the file and the fault, and leave nothing
// behind. All read them with one function, so each torrent is shown to two commands, and a third of them to each of those
// that would touch the disk.
func TestBrokenTorrents(t *testing.T) {
	u := newUser(t, build(t))
	files := brokenFiles(t)
	for i, path := range slices.Sorted(maps.Keys(files)) {
		out, named := t.TempDir(), filepath.Base(path)
		refused(t, u, files[path], named, "torrent", "show", path)
		command := [][]string{{"torrent", "check"}, {"get", "--no-dht"}, {"seed", "--no-dht"}}[i%3]
		refused(t, u, files[path], named, append(command, "--out", out, path)...)
		if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
			t.Errorf("%v left %v, %v", command, left, err)
		}
	}
}

func refused(t *testing.T, u *user, says, named string, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := u.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != malformedTorrent || out.Len() > 0 {
		t.Errorf("%v: exit code %d, %s%s", args, code, &out, &errs)
	}
	line, _, _ := strings.Cut(errs.String(), "hint: ") // what to do about it may follow
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, says) || !strings.Contains(line, named) || strings.Contains(line, "\x1b") {
		t.Errorf("%v: said %q", args, line)
	}
}

// TestCreateRefusesHostileNames: what every client would refuse to download is not made.
func TestCreateRefusesHostileNames(t *testing.T) {
	u := newUser(t, build(t))
	for says, names := range map[string][]string{
		"device": {"nul"}, "control character": {"a\nb"}, "collides": {"Same", "same"},
	} {
		dir := filepath.Join(t.TempDir(), "album")
		for _, name := range append(names, "good") {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(t.TempDir(), "x.torrent")
		refused(t, u, says, "album", "create", "--out", file, dir)
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("%s: a torrent was made: %v", says, err)
		}
	}
}
