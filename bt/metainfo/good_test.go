package metainfo_test

import (
	"strings"

	"github.com/torrenttx/ttx/bt/metainfo"
)

var (
	hash1 = strings.Repeat("h", metainfo.SizeV1)
	root1 = strings.Repeat("r", metainfo.SizeV2)
)

// single is a v1 torrent of one file of 20,000 bytes.
func single() *node {
	return dict(
		"announce", str("http://t/announce"),
		"announce-list", list(names("http://t/announce", "udp://u:1"), names("http://v/announce")),
		"comment", str("text"),
		"creation date", num(1_700_000_000),
		"info", dict("length", num(20_000), "name", str("n"), "piece length", num(16384),
			"pieces", str(hash1+hash1), "private", num(1), "source", str("s")),
		"nodes", list(list(str("host"), num(6881))),
		"url-list", names("http://w/"),
	)
}

func entry(length int64, path ...string) *node {
	return dict("length", num(length), "path", names(path...))
}

// pad is a padding file.
func pad(length int64, name string) *node {
	return dict("attr", str("p"), "length", num(length), "path", names(".pad", name))
}

// folder is a v1 torrent of several files, padding and a link.
func folder() *node {
	return dict("info", dict(
		"files", list(
			entry(5, "a"), pad(16379, "16379"), entry(0, "empty"), entry(40_000, "sub", "b"),
			dict("attr", str("l"), "length", num(0), "path", names("link"), "symlink path", names("sub", "b")),
			dict("attr", str("x"), "length", num(7), "path", names("sub", "run"), "path.utf-8", names("sub", "run")),
		),
		"name", str("n"), "piece length", num(16384), "pieces", str(strings.Repeat(hash1, 4)),
	))
}

// leaf is a file of the tree; one of no bytes has no root.
func leaf(length int64, root string) *node {
	d := dict("length", num(length))
	if length > 0 {
		d.set("pieces root", str(root))
	}
	return dict("", d)
}

// layered is a piece layer for a file of n pieces of 16 KiB, and the root that it leads to.
func layered(n int) (layer, root string) {
	hashes := make([]metainfo.HashV2, n)
	for i := range hashes {
		hashes[i] = metainfo.HashV2{byte(i + 1)}
		layer += string(hashes[i][:])
	}
	r := metainfo.FileRoot(hashes, metainfo.BlockSize)
	return layer, string(r[:])
}

// tree is a v2 torrent of several files.
func tree() *node {
	layer, root := layered(3)
	return dict(
		"info", dict(
			"file tree", dict("a", leaf(5, root1), "empty", leaf(0, ""), "sub", dict("b", leaf(40_000, root))),
			"meta version", num(2), "name", str("n"), "piece length", num(16384),
		),
		"piece layers", dict(root, str(layer)),
	)
}

// hybrid is the same with a v1 part.
func hybrid() *node {
	t := tree()
	t.at("info").
		set("files", list(entry(5, "a"), pad(16379, "16379"), entry(0, "empty"), entry(40_000, "sub", "b"), pad(9152, "9152"))).
		set("pieces", str(strings.Repeat(hash1, 4)))
	return t
}

// hybridSingle is a hybrid of one file.
func hybridSingle() *node {
	return dict(
		"info", dict("file tree", dict("n", leaf(5, root1)), "length", num(5), "meta version", num(2), "name", str("n"),
			"piece length", num(16384), "pieces", str(hash1)),
		"piece layers", dict(),
	)
}

// goodOnes are what the others are broken from.
func goodOnes() map[string]*node {
	return map[string]*node{
		"single": single(), "folder": folder(), "tree": tree(), "hybrid": hybrid(), "hybrid of one file": hybridSingle(),
	}
}
