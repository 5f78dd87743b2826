package content

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Options say what a new torrent is to be.
type Options struct {
	// PieceLength in bytes; zero takes [metainfo.AutoPieceLength]. v2 needs a power of two from 16 KiB on.
	PieceLength int64
	// Version is V1, V2 or Hybrid.
	Version metainfo.Version
	Private bool
	Source  string
	// FollowLinks takes what symbolic links point to. Otherwise a link is an error.
	FollowLinks bool
	// Started, if set, is told the bytes that will be hashed, padding included; Progress is then called from many
	// goroutines with the bytes that were hashed since its last call.
	Started  func(total int64)
	Progress func(n int64)
}

// Created is a new torrent.
type Created struct {
	// Torrent has Info and Layers; what no hash covers is for the caller to add.
	Torrent metainfo.Torrent
	// Empty are the folders without files, which no torrent can hold.
	Empty []string
}

// Create makes a torrent of the file or folder at path. Errors are [ErrUnsupported], [ErrChanged], those of
// metainfo for names and bounds, and the file system's.
func Create(ctx context.Context, path string, o Options) (*Created, error) {
	s, err := scanPath(path, o.FollowLinks)
	if err != nil {
		return nil, err
	}
	if o.Version == metainfo.V2 && !s.single && len(s.files) == 1 && len(s.files[0].Path) == 1 {
		return nil, fmt.Errorf("%s: a folder with one file %w of v2 alone, which cannot tell it from the file: "+
			"name the file, or make a hybrid", path, ErrUnsupported)
	}
	layout := metainfo.Layout{
		Name: s.name, Single: s.single, Version: o.Version, PieceLength: o.PieceLength,
		Files: s.files, Private: o.Private, Source: o.Source,
	}
	if layout.PieceLength == 0 {
		layout.PieceLength = metainfo.AutoPieceLength(s.size())
	}
	info, err := layout.Info()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Created{Torrent: metainfo.Torrent{Info: info}, Empty: s.empty}
	if err := c.hash(ctx, s, o); err != nil {
		return nil, err
	}
	// What is written is read again, so that nobody gets a torrent that this program would refuse.
	if c.Torrent.Info, err = metainfo.ParseInfo(metainfo.EncodeInfo(info)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// hash fills in the hashes of all pieces.
func (c *Created) hash(ctx context.Context, s *scan, o Options) error {
	info := c.Torrent.Info
	pieces := make([]digest, info.Pieces())
	h := hashing{
		info: info,
		open: func(i int) (Reader, error) { return os.Open(s.location(info.Files[i].Path)) },
		result: func(p int, d digest, err error) error {
			pieces[p] = d
			return err
		},
		progress: o.Progress,
	}
	if o.Started != nil {
		o.Started(info.Span())
	}
	if err := h.run(ctx); err != nil {
		return fmt.Errorf("hash %s: %w", filepath.Base(s.root), err)
	}
	if err := s.unchanged(); err != nil {
		return err
	}
	if info.V1 {
		info.Hashes = make([]byte, 0, len(pieces)*metainfo.SizeV1)
		for i := range pieces {
			info.Hashes = append(info.Hashes, pieces[i].v1[:]...)
		}
	}
	if info.V2 {
		c.layers(pieces)
	}
	return nil
}

// layers computes the roots of the files, and keeps the hashes of their pieces.
func (c *Created) layers(pieces []digest) {
	info := c.Torrent.Info
	c.Torrent.Layers = make(map[metainfo.HashV2][]byte)
	for i := range info.Files {
		f := &info.Files[i]
		if f.Pad || f.Length == 0 {
			continue
		}
		first := f.Offset / info.PieceLength
		last := (f.Offset + f.Length - 1) / info.PieceLength
		var layer []byte
		roots := make([]metainfo.HashV2, 0, last-first+1)
		for p := first; p <= last; p++ {
			roots = append(roots, pieces[p].v2)
			layer = append(layer, pieces[p].v2[:]...)
		}
		f.Root = metainfo.FileRoot(roots, info.PieceLength)
		if f.Length > info.PieceLength {
			c.Torrent.Layers[f.Root] = layer
		}
	}
}
