// Package arch keeps ARCHITECTURE.md true: its arrows are compared with the
// import clauses of the code.
package arch

import (
	"bufio"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../../.."
	module = "github.com/torrenttx/ttx/"
)

// rooms are the only top-level folders that hold code.
var rooms = []string{"bt", "ext", "ledger", "proofs", "tracker", "tui", "cmd"}

// engineModules may be imported by bt alone.
var engineModules = []string{"github.com/anacrolix/torrent", "github.com/anacrolix/dht"}

func TestImportsFollowTheArrows(t *testing.T) {
	allowed := readArrows(t)
	used := make(map[string]map[string]bool)
	for _, file := range goFiles(t) {
		pkg := filepath.ToSlash(filepath.Dir(file))
		if _, ok := allowed[pkg]; !ok {
			t.Errorf("ARCHITECTURE.md draws no package %s", pkg)
			allowed[pkg] = nil
		}
		if used[pkg] == nil {
			used[pkg] = make(map[string]bool)
		}
		for _, imported := range imports(t, file) {
			checkEngine(t, file, pkg, imported)
			to, ours := strings.CutPrefix(imported, module)
			if !ours || to == pkg || strings.HasSuffix(file, "_test.go") {
				continue
			}
			used[pkg][to] = true
			if !slices.Contains(allowed[pkg], to) {
				t.Errorf("%s imports %s: ARCHITECTURE.md draws no arrow %s -> %s", file, to, pkg, to)
			}
		}
	}
	for pkg, tos := range allowed {
		for _, to := range tos {
			if !used[pkg][to] {
				t.Errorf("ARCHITECTURE.md draws %s -> %s, which no file uses", pkg, to)
			}
		}
	}
}

func checkEngine(t *testing.T, file, pkg, imported string) {
	t.Helper()
	for _, engine := range engineModules {
		if strings.HasPrefix(imported, engine) && pkg != "bt" && !strings.HasPrefix(pkg, "bt/") {
			t.Errorf("%s imports %s: only bt may", file, imported)
		}
	}
}

func TestCodeLivesInTheSevenRooms(t *testing.T) {
	for _, file := range goFiles(t) {
		room, _, _ := strings.Cut(filepath.ToSlash(file), "/")
		if !slices.Contains(rooms, room) {
			t.Errorf("%s lies outside the rooms %v", file, rooms)
		}
	}
}

// readArrows reads the block of ARCHITECTURE.md fenced as `arrows`: a line a
// package, "pkg -> imported imported ...", or "pkg ->" for none.
func readArrows(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	arrows, inside := make(map[string][]string), false
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		switch {
		case line == "```arrows":
			inside = true
		case line == "```":
			inside = false
		case inside && line != "":
			from, to, ok := strings.Cut(line, "->")
			if !ok {
				t.Fatalf("not an arrow: %q", line)
			}
			arrows[strings.TrimSpace(from)] = strings.Fields(to)
		}
	}
	if len(arrows) == 0 {
		t.Fatal("ARCHITECTURE.md has no block of arrows")
	}
	return arrows
}

func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", file, err))
		}
		out = append(out, path)
	}
	return out
}
