package bt

import (
	"fmt"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// parseInfo checks an info dictionary and decodes it for the library, which takes everything on trust. Errors
// are of kind ErrMalformed, ErrV2Only, ErrHostileName or ErrTooLarge.
func parseInfo(raw []byte) (*metainfo.Info, error) {
	ours, err := checked.ParseInfo(raw)
	if err != nil {
		return nil, err
	}
	if !ours.V1 {
		return nil, ErrV2Only
	}
	var info metainfo.Info
	if err := unmarshal(raw, &info); err != nil {
		return nil, fmt.Errorf("%w: info dictionary: %w", ErrMalformed, err)
	}
	return &info, agree(ours, &info)
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

// isFolder says whether the content lies in a folder. The library says so of every torrent with a file tree, also
// of a hybrid of one file.
func isFolder(info *metainfo.Info) bool { return len(info.Files) > 0 }

// agree checks that the library sees what was checked: it has a decoder of its own, counts the pieces of a
// hybrid by the file tree, and indexes the hashes of v1 by them.
func agree(ours *checked.Info, info *metainfo.Info) error {
	files := 0
	for range info.UpvertedFilesIter() {
		files++
	}
	want := len(ours.Files)
	if ours.V2 {
		want = 0 // of a hybrid the library lists the tree, which has no padding
		for i := range ours.Files {
			if !ours.Files[i].Pad {
				want++
			}
		}
	}
	if info.BestName() != ours.Name || info.PieceLength != ours.PieceLength || info.NumPieces() != ours.Pieces() ||
		isFolder(info) == ours.Single || files != want {
		return fmt.Errorf("%w: the torrent library reads it in another way", ErrMalformed)
	}
	return nil
}
