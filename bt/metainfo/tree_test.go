package metainfo_test

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/torrenttx/ttx/bt/bencode"
)

// node is a bencoded value that can be broken: the pairs of a dictionary stay as they stand.
type node struct {
	kind bencode.Kind
	text string // a string, or a number as its digits
	keys []string
	list []*node
}

func str(s string) *node { return &node{kind: bencode.String, text: s} }
func num(n int64) *node  { return &node{kind: bencode.Int, text: strconv.FormatInt(n, 10)} }
func list(l ...*node) *node {
	return &node{kind: bencode.List, list: l}
}

// names is a list of strings.
func names(l ...string) *node {
	n := list()
	for _, s := range l {
		n.list = append(n.list, str(s))
	}
	return n
}

// dict takes keys and values in turn.
func dict(pairs ...any) *node {
	d := &node{kind: bencode.Dict}
	for i := 0; i < len(pairs); i += 2 {
		d.keys = append(d.keys, pairs[i].(string))
		d.list = append(d.list, pairs[i+1].(*node))
	}
	return d
}

func (n *node) append(dst []byte) []byte {
	switch n.kind {
	case bencode.String:
		return bencode.AppendString(dst, n.text)
	case bencode.Int:
		return append(append(append(dst, 'i'), n.text...), 'e')
	}
	dst = append(dst, byte(n.kind))
	for i, child := range n.list {
		if n.kind == bencode.Dict {
			dst = bencode.AppendString(dst, n.keys[i])
		}
		dst = child.append(dst)
	}
	return append(dst, 'e')
}

func (n *node) encode() []byte { return n.append(nil) }

func (n *node) clone() *node {
	c := *n
	c.keys = append([]string(nil), n.keys...)
	c.list = nil
	for _, child := range n.list {
		c.list = append(c.list, child.clone())
	}
	return &c
}

// at finds the value under keys.
func (n *node) at(keys ...string) *node {
	for _, key := range keys {
		n = n.list[n.index(key)]
	}
	return n
}

func (n *node) index(key string) int {
	for i, k := range n.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// set replaces the value of a key, adds it in order, or removes it when v is nil.
func (n *node) set(key string, v *node) *node {
	i := n.index(key)
	switch {
	case i >= 0 && v != nil:
		n.list[i] = v
	case i >= 0:
		n.keys, n.list = append(n.keys[:i], n.keys[i+1:]...), append(n.list[:i], n.list[i+1:]...)
	case v != nil:
		at := 0
		for at < len(n.keys) && n.keys[at] < key {
			at++
		}
		n.keys = append(n.keys[:at], append([]string{key}, n.keys[at:]...)...)
		n.list = append(n.list[:at], append([]*node{v}, n.list[at:]...)...)
	}
	return n
}

// all lists a value and everything in it.
func (n *node) all() []*node {
	out := []*node{n}
	for _, child := range n.list {
		out = append(out, child.all()...)
	}
	return out
}

var (
	oddNumbers = []string{
		"0", "1", "-1", "2", "3", "20", "32", "16383", "16384", "16385", "32768", "65536", "1048576", "268435456",
		"268435457", "2147483647", "17592186044416", "9223372036854775807", "-9223372036854775808",
	}
	oddStrings = []string{
		"", ".", "..", "/", "a", "A", "n", "a/b", `a\b`, "/etc/passwd", "\xff", "a\x00b", "a\nb", "CON", "nul", "lpt1",
		"aux.c", "x.", "x ", " ", "p", "l", "x", "h", "xh", "_____padding_file_0", ".pad", "name", "\u202e",
		strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("r", 20), strings.Repeat("r", 32),
		strings.Repeat("\x00", 32), "http://t/announce",
	}
	oddKeys = []string{
		"", "length", "path", "path.utf-8", "name", "name.utf-8", "attr", "symlink path", "pieces", "pieces root",
		"files", "file tree", "meta version", "piece length", "private", "info", "piece layers", "source", "a", "B",
	}
)

// mutate breaks one thing of a torrent.
func mutate(rng *rand.Rand, root *node) {
	all := root.all()
	n := all[rng.IntN(len(all))]
	switch rng.IntN(10) {
	case 0, 1:
		*n = node{kind: bencode.Int, text: oddNumbers[rng.IntN(len(oddNumbers))]}
	case 2, 3:
		*n = node{kind: bencode.String, text: oddStrings[rng.IntN(len(oddStrings))]}
	case 4:
		*n = node{kind: []bencode.Kind{bencode.List, bencode.Dict}[rng.IntN(2)]}
	case 5: // a copy of something from elsewhere
		*n = *all[rng.IntN(len(all))].clone()
	case 6:
		if n.kind == bencode.String && len(n.text) > 0 {
			n.text = n.text[:rng.IntN(len(n.text))]
		}
	default:
		mutateList(rng, n)
	}
}

// mutateList drops, repeats, moves or renames what is in a list or dictionary.
func mutateList(rng *rand.Rand, n *node) {
	if len(n.list) == 0 {
		return
	}
	i, j := rng.IntN(len(n.list)), rng.IntN(len(n.list))
	switch rng.IntN(4) {
	case 0:
		n.list = append(n.list[:i], n.list[i+1:]...)
		if n.kind == bencode.Dict {
			n.keys = append(n.keys[:i], n.keys[i+1:]...)
		}
	case 1:
		n.list = append(n.list, n.list[i].clone())
		if n.kind == bencode.Dict {
			n.keys = append(n.keys, oddKeys[rng.IntN(len(oddKeys))])
		}
	case 2:
		n.list[i], n.list[j] = n.list[j], n.list[i]
		if n.kind == bencode.Dict && rng.IntN(2) == 0 {
			n.keys[i], n.keys[j] = n.keys[j], n.keys[i]
		}
	case 3:
		if n.kind == bencode.Dict {
			n.keys[i] = oddKeys[rng.IntN(len(oddKeys))]
		}
	}
}

// flip breaks bytes.
func flip(rng *rand.Rand, raw []byte) []byte {
	raw = append([]byte(nil), raw...)
	for range 1 + rng.IntN(3) {
		i := rng.IntN(len(raw))
		switch rng.IntN(4) {
		case 0:
			raw[i] ^= 1 << rng.IntN(8)
		case 1:
			raw[i] = "0123456789:ilde-"[rng.IntN(16)]
		case 2:
			raw = append(raw[:i:i], raw[i+1:]...)
		case 3:
			raw = append(raw[:i:i], append([]byte{raw[i]}, raw[i:]...)...)
		}
		if len(raw) == 0 {
			return []byte("d")
		}
	}
	return raw
}
