package bt

import (
	"crypto/sha1"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

// parseInfo decodes an info dictionary and checks everything the library takes on trust. Errors are of
// kind ErrMalformed, ErrV2Only, ErrHostileName or ErrTooLarge.
func parseInfo(raw []byte) (*metainfo.Info, error) {
	if len(raw) > MaxInfoSize {
		return nil, fmt.Errorf("info dictionary of %d bytes: %w", len(raw), ErrTooLarge)
	}
	n, err := bencodeLen(raw)
	if err != nil {
		return nil, fmt.Errorf("info dictionary: %w: %w", ErrMalformed, err)
	}
	if n != len(raw) || raw[0] != 'd' {
		return nil, fmt.Errorf("info dictionary: %w: not one dictionary", ErrMalformed)
	}
	var info metainfo.Info
	if err := unmarshal(raw, &info); err != nil {
		return nil, fmt.Errorf("info dictionary: %w: %w", ErrMalformed, err)
	}
	if !info.HasV1() || (info.HasV2() && len(info.Pieces) == 0) {
		return nil, ErrV2Only
	}
	if err := checkShape(&info); err != nil {
		return nil, err
	}
	return &info, checkNames(&info)
}

// unmarshal decodes bencode, turning a panic of the decoder or of a type's own decoding into an error.
func unmarshal(b []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decoder: %v", r)
		}
	}()
	return bencode.Unmarshal(b, v)
}

// checkShape checks lengths and piece counts, so that no later arithmetic on them overflows, divides by
// zero or indexes past the hashes.
func checkShape(info *metainfo.Info) error {
	if info.PieceLength < 1 || info.PieceLength > MaxPieceLength {
		return fmt.Errorf("piece length %d: %w", info.PieceLength, ErrMalformed)
	}
	if len(info.Pieces)%sha1.Size != 0 {
		return fmt.Errorf("piece hashes of %d bytes: %w", len(info.Pieces), ErrMalformed)
	}
	if len(info.Files) > MaxTorrentFiles {
		return fmt.Errorf("%d files: %w", len(info.Files), ErrTooLarge)
	}
	total := info.Length
	if total < 0 || total > MaxTorrentLength {
		return fmt.Errorf("length %d: %w", total, ErrMalformed)
	}
	for _, f := range info.Files {
		if f.Length < 0 || f.Length > MaxTorrentLength {
			return fmt.Errorf("file length %d: %w", f.Length, ErrMalformed)
		}
		if total += f.Length; total > MaxTorrentLength {
			return fmt.Errorf("total length: %w", ErrTooLarge)
		}
	}
	if len(info.Files) > 0 && info.Length != 0 {
		return fmt.Errorf("both one file and many: %w", ErrMalformed)
	}
	pieces := (total + info.PieceLength - 1) / info.PieceLength
	if pieces != int64(len(info.Pieces)/sha1.Size) {
		return fmt.Errorf("%d piece hashes for %d pieces: %w", len(info.Pieces)/sha1.Size, pieces, ErrMalformed)
	}
	if info.HasV2() {
		return checkTree(info, pieces)
	}
	return nil
}

// checkTree checks that the v2 part of a hybrid (BEP 52) describes as many pieces as its v1 part: the library
// counts one and indexes the other.
func checkTree(info *metainfo.Info, pieces int64) error {
	var counted, files int64
	var err error
	info.FileTree.Walk(nil, func(_ []string, ft *metainfo.FileTree) {
		f := ft.File
		if files++; files > 2*MaxTorrentFiles {
			err = fmt.Errorf("file tree: %w", ErrTooLarge)
			return
		}
		if f.Length < 0 || f.Length > MaxTorrentLength || (f.PiecesRoot != "" && len(f.PiecesRoot) != 32) ||
			(f.Length > 0 && (f.PiecesRoot == "" || len(ft.Dir) > 0)) {
			err = fmt.Errorf("file tree: %w", ErrMalformed)
			return
		}
		counted += (f.Length + info.PieceLength - 1) / info.PieceLength
	})
	if err == nil && counted != pieces {
		err = fmt.Errorf("hybrid with %d v2 pieces for %d: %w", counted, pieces, ErrMalformed)
	}
	return err
}

// checkNames refuses paths that leave the folder, that no file system takes, or that collide.
func checkNames(info *metainfo.Info) error {
	if !validName(info.BestName()) {
		return fmt.Errorf("name %q: %w", info.BestName(), ErrHostileName)
	}
	if !info.IsDir() && !info.HasV2() {
		return nil
	}
	seen := make(map[string]bool) // true for a file, false for a directory above one
	for f := range info.UpvertedFilesIter() {
		if err := checkPath(f.BestPath(), seen, info.IsDir()); err != nil {
			return err
		}
	}
	return nil
}

// checkPath checks one file's path and enters it and its directories into seen.
func checkPath(path []string, seen map[string]bool, inDir bool) error {
	if len(path) > MaxPathDepth || (inDir && len(path) == 0) {
		return fmt.Errorf("path of %d names: %w", len(path), ErrHostileName)
	}
	for i, name := range path {
		if !validName(name) {
			return fmt.Errorf("path %q: %w", path, ErrHostileName)
		}
		// Case is folded: file systems that ignore it would put two files into one.
		key := strings.ToLower(strings.Join(path[:i+1], "/"))
		last := i == len(path)-1
		if isFile, ok := seen[key]; ok && (isFile || last) {
			return fmt.Errorf("path %q collides with another: %w", path, ErrHostileName)
		}
		seen[key] = last
	}
	return nil
}

// validName says whether a name can be one element of a path and stay in its folder. Both kinds of slash are
// refused everywhere, what only the system at hand gives a meaning to (devices, streams) there.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= MaxNameLength && utf8.ValidString(name) &&
		filepath.IsLocal(name) && !strings.ContainsAny(name, `/\`) &&
		(filepath.Separator == '/' || !strings.Contains(name, ":")) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
