package metainfo

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// CheckName says whether a name can be one element of a path and stay in its folder, on any system: a torrent
// travels. Devices with an extension (aux.c) and streams (a:b) are refused only where they mean something.
func CheckName(name string) error {
	switch {
	case name == "":
		return hostile("an empty name")
	case name == "." || name == "..":
		return hostile("the name %q", name)
	case len(name) > MaxNameLength:
		return hostile("the name %.40q... has %d bytes of at most %d", name, len(name), MaxNameLength)
	case !utf8.ValidString(name):
		return hostile("the name %.80q is not UTF-8", name)
	case strings.ContainsAny(name, `/\`):
		return hostile("the name %.80q has a slash", name)
	case strings.ContainsFunc(name, isControl):
		return hostile("the name %.80q has a control character", name)
	case strings.Trim(name, directionMarks) == "":
		return hostile("the name %q shows nothing", name)
	case isDevice(name):
		return hostile("the name %q is a device of Windows", name)
	case !filepath.IsLocal(name) || (filepath.Separator == '\\' && strings.Contains(name, ":")):
		return hostile("the name %.80q is no file name here", name)
	}
	return nil
}

// directionMarks turn the direction of writing and show nothing; libtorrent drops them from names.
const directionMarks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// isDevice says whether Windows takes a bare name for a device, whatever folder it stands in. It ignores case,
// and dots and spaces at the end.
func isDevice(name string) bool {
	name = strings.ToUpper(strings.TrimRight(name, ". "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"}, name) {
		return true
	}
	port, ok := strings.CutPrefix(name, "COM")
	if !ok {
		port, ok = strings.CutPrefix(name, "LPT")
	}
	return ok && slices.Contains([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"}, port)
}

// folder is a name seen so far: a file, or a folder of others. Case is folded, since file systems that ignore it
// would put two files into one.
type folder struct {
	isFile, isPad bool
	// Most folders of a hostile torrent have one name, and a map costs 200 bytes: the first stands beside it.
	first string
	child *folder
	names map[string]*folder
}

func (f *folder) get(name string) *folder {
	if f.child != nil && f.first == name {
		return f.child
	}
	return f.names[name]
}

func (f *folder) put(name string, child *folder) {
	if f.child == nil {
		f.first, f.child = name, child
		return
	}
	if f.names == nil {
		f.names = make(map[string]*folder)
	}
	f.names[name] = child
}

// enter adds a file, and refuses it when it collides with one that is there. Padding is never written: several
// may have one name.
func (f *folder) enter(path []string, pad bool) error {
	if len(path) == 0 {
		return hostile("a file without a name")
	}
	if len(path) > MaxPathDepth {
		return hostile("a path of %d names, of at most %d", len(path), MaxPathDepth)
	}
	for i, name := range path {
		if err := CheckName(name); err != nil {
			return err
		}
		key, last := strings.ToLower(name), i == len(path)-1
		next := f.get(key)
		if next != nil && (next.isFile || last) && !(last && pad && next.isPad) {
			return hostile("the path %.200q collides with another", strings.Join(path, "/"))
		}
		if next == nil {
			next = &folder{isFile: last, isPad: last && pad}
			f.put(key, next)
		}
		f = next
	}
	return nil
}

// checkNames checks all paths of a torrent together.
func (in *Info) checkNames() error {
	if err := CheckName(in.Name); err != nil {
		return err
	}
	var root folder
	names := 0
	for i := range in.Files {
		f := &in.Files[i]
		if names += len(f.Path); names > MaxNames {
			return tooLarge("paths of more than %d names in all", MaxNames)
		}
		if err := root.enter(f.Path, f.Pad); err != nil {
			return err
		}
		if f.Symlink != nil {
			// The target is below the torrent's folder: no name of it leads upwards.
			if err := new(folder).enter(f.Symlink, false); err != nil {
				return malformed("link %.200q: %w", strings.Join(f.Path, "/"), err)
			}
		}
	}
	return nil
}
