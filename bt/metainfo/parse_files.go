package metainfo

import (
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/bencode"
)

// fileKeys is what a dictionary says of one file: an entry of files, a leaf of the file tree, or the info
// dictionary itself.
type fileKeys struct {
	length         int64
	hasLength      bool
	path, pathUTF8 []string
	attr           string
	symlink        []string
	root           []byte
}

func (k *fileKeys) read(key string, r *bencode.Reader) (err error) {
	switch key {
	case "length":
		k.hasLength = true
		k.length, err = r.Int()
	case "path":
		k.path, err = readPath(r)
	case "path.utf-8":
		k.pathUTF8, err = readPath(r)
	case "attr":
		k.attr, err = hashedText(r)
	case "symlink path":
		k.symlink, err = readPath(r)
	case "pieces root":
		k.root, err = r.Bytes()
	}
	return inKey(key, err)
}

func readPath(r *bencode.Reader) ([]string, error) {
	path := []string{}
	err := r.List(func() error {
		if len(path) > MaxPathDepth {
			return hostile("a path of more than %d names", MaxPathDepth)
		}
		name, err := r.Bytes()
		path = append(path, string(name))
		return err
	})
	return path, err
}

// padMark is how BitComet names the padding files that it makes without an attribute.
const padMark = "_____padding_file_"

// file makes of the keys what they mean. The v2 root is not looked at.
func (k *fileKeys) file(path []string) (File, error) {
	f := File{
		Path: path, Length: k.length,
		Pad:        strings.Contains(k.attr, "p"),
		Executable: strings.Contains(k.attr, "x"),
		Hidden:     strings.Contains(k.attr, "h"),
	}
	isPad := func(name string) bool { return strings.Contains(name, padMark) }
	f.Pad = f.Pad || slices.ContainsFunc(path, isPad)
	link := strings.Contains(k.attr, "l")
	switch {
	case link && len(k.symlink) == 0:
		return f, malformed("link %.200q without a target", strings.Join(path, "/"))
	case link && k.length != 0:
		return f, malformed("link %.200q with a length of %d", strings.Join(path, "/"), k.length)
	case link && f.Pad:
		return f, malformed("file %.200q is both link and padding", strings.Join(path, "/"))
	case link:
		f.Symlink = k.symlink
	case !k.hasLength:
		return f, malformed("file %.200q without a length", strings.Join(path, "/"))
	case k.length < 0:
		return f, malformed("file %.200q has the length %d", strings.Join(path, "/"), k.length)
	case k.length > MaxFileLength:
		return f, tooLarge("file %.200q of %d bytes, of at most %d", strings.Join(path, "/"), k.length, int64(MaxFileLength))
	}
	return f, nil
}

// readFiles reads the v1 list.
func readFiles(files *[]File, r *bencode.Reader) error {
	return r.List(func() error {
		if len(*files) == MaxFiles {
			return tooLarge("more than %d files", MaxFiles)
		}
		var k fileKeys
		if _, err := r.Dict(func(key []byte) error { return k.read(string(key), r) }); err != nil {
			return err
		}
		path := k.path
		if k.pathUTF8 != nil {
			path = k.pathUTF8
		}
		f, err := k.file(path)
		*files = append(*files, f)
		return err
	})
}

// fileTree is the v2 file tree.
type fileTree struct {
	files []File
	// names is how many there are at the top, folders without files among them.
	names int
}

func readTree(tree *fileTree, r *bencode.Reader) (err error) {
	tree.names, err = readNode(&tree.files, nil, r)
	return err
}

// readNode reads what a name of the tree stands for: a file when the only key is the empty one, else a folder. It
// returns the number of keys. The nesting is bounded by that of bencode.
func readNode(files *[]File, path []string, r *bencode.Reader) (entries int, err error) {
	leaf := false
	_, err = r.Dict(func(name []byte) (err error) {
		entries++
		if len(name) > 0 {
			_, err = readNode(files, append(slices.Clip(path), string(name)), r)
			return err
		}
		if len(*files) == MaxFiles {
			return tooLarge("more than %d files", MaxFiles)
		}
		leaf = true
		f, err := readLeaf(path, r)
		*files = append(*files, f)
		return err
	})
	if err == nil && leaf && (entries > 1 || len(path) == 0) {
		err = malformed("file tree: %.200q is both file and folder", strings.Join(path, "/"))
	}
	return entries, err
}

func readLeaf(path []string, r *bencode.Reader) (File, error) {
	var k fileKeys
	if _, err := r.Dict(func(key []byte) error { return k.read(string(key), r) }); err != nil {
		return File{}, err
	}
	f, err := k.file(path)
	switch {
	case err != nil:
		return f, err
	case f.Pad:
		return f, malformed("padding %.200q in the file tree", strings.Join(path, "/"))
	case f.Length == 0:
		return f, nil
	case k.root != nil && len(k.root) != SizeV2:
		return f, malformed("file %.200q has a pieces root of %d bytes", strings.Join(path, "/"), len(k.root))
	case k.root == nil || HashV2(k.root) == HashV2{}:
		return f, malformed("file %.200q without a pieces root", strings.Join(path, "/"))
	}
	f.Root = HashV2(k.root)
	return f, nil
}

// merge checks that the two parts of a hybrid describe the same files at the same places, and gives the v1 list
// the roots of the tree.
func (in *Info) merge(tree []File) error {
	next := 0
	var at int64
	for i := range in.Files {
		f := &in.Files[i]
		gap := -at & (in.PieceLength - 1)
		if f.Pad {
			if gap == 0 || f.Length != gap {
				return malformed("hybrid: padding of %d bytes where %d belong", f.Length, gap)
			}
			at += gap
			continue
		}
		if gap != 0 {
			return malformed("hybrid: file %.200q does not begin at a piece", strings.Join(f.Path, "/"))
		}
		if next == len(tree) || !same(f, &tree[next]) {
			return malformed("hybrid: the v1 and v2 parts differ at file %.200q", strings.Join(f.Path, "/"))
		}
		f.Root = tree[next].Root
		next++
		at += f.Length
	}
	if next != len(tree) {
		return malformed("hybrid: file %.200q is in the v2 part alone", strings.Join(tree[next].Path, "/"))
	}
	return nil
}

// same compares what both parts of a hybrid say of a file, attributes apart: no byte depends on them.
func same(a, b *File) bool {
	return a.Length == b.Length && slices.Equal(a.Path, b.Path) && slices.Equal(a.Symlink, b.Symlink)
}
