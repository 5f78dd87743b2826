package metainfo

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/torrenttx/ttx/bt/bencode"
)

// ParseInfo reads and checks an info dictionary.
func ParseInfo(raw []byte) (*Info, error) {
	if len(raw) > MaxInfoSize {
		return nil, tooLarge("an info dictionary of %d bytes, of at most %d", len(raw), MaxInfoSize)
	}
	r, n, err := bencode.NewReader(raw)
	switch {
	case err != nil:
		return nil, malformed("info dictionary: %w", err)
	case n != len(raw):
		return nil, malformed("%d bytes behind the info dictionary", len(raw)-n)
	}
	var keys infoKeys
	_, err = r.Dict(func(key []byte) error { return keys.read(string(key), r) })
	if err != nil {
		return nil, broken("info dictionary", err)
	}
	if keys.version > 0 {
		if err := bencode.Canonical(raw); err != nil {
			return nil, malformed("info dictionary with a meta version: %w", err)
		}
	}
	info, err := keys.info(raw)
	if err != nil {
		return nil, err
	}
	return info, nil
}

// infoKeys is what an info dictionary says.
type infoKeys struct {
	name, nameUTF8 string
	version        int64
	pieceLength    int64
	hasLength      bool
	files          *[]File
	pieces         []byte
	hasPieces      bool
	tree           *fileTree
	private        bool
	source         string
	// top is the dictionary read as that of the only file.
	top fileKeys
}

func (k *infoKeys) read(key string, r *bencode.Reader) (err error) {
	switch key {
	case "name":
		err = readName(&k.name, r)
	case "name.utf-8":
		err = readName(&k.nameUTF8, r)
	case "meta version":
		err = readInt(&k.version, r)
	case "piece length":
		err = readInt(&k.pieceLength, r)
	case "length":
		k.hasLength = true
		err = k.top.read(key, r)
	case "attr", "symlink path":
		err = k.top.read(key, r)
	case "files":
		k.files = new([]File)
		err = readFiles(k.files, r)
	case "pieces":
		k.hasPieces = true
		k.pieces, err = r.Bytes()
	case "file tree":
		k.tree = new(fileTree)
		err = readTree(k.tree, r)
	case "private":
		var v int64
		err = readInt(&v, r)
		k.private = v != 0
	case "source":
		k.source, err = hashedText(r)
	}
	return inKey(key, err)
}

// inKey names the key that an error is about; no error stays none.
func inKey(key string, err error) error {
	if err == nil {
		return nil
	}
	return broken(key, err)
}

func readInt(v *int64, r *bencode.Reader) (err error) {
	*v, err = r.Int()
	return err
}

func readName(s *string, r *bencode.Reader) error {
	b, err := r.Bytes()
	*s = string(b)
	return err
}

// text reads a string that is only shown. Another type is none; what is not UTF-8 is replaced.
func text(r *bencode.Reader) string {
	b, err := r.Bytes()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(b[:min(len(b), MaxText)]), "\ufffd")
}

// hashedText reads a text that the infohash covers, which has to be one.
func hashedText(r *bencode.Reader) (string, error) {
	if k := r.Kind(); k != bencode.String {
		return "", fmt.Errorf("%w: %s, not a string", bencode.ErrType, k)
	}
	return text(r), nil
}

// info makes of the keys what they mean.
func (k *infoKeys) info(raw []byte) (*Info, error) {
	in := &Info{
		Raw: raw, Name: k.bestName(), PieceLength: k.pieceLength, Private: k.private, Source: k.source,
		V1: k.files != nil || k.hasLength, V2: k.version == 2,
	}
	if err := k.checkShape(in); err != nil {
		return nil, err
	}
	if err := k.list(in); err != nil {
		return nil, err
	}
	if err := in.checkNames(); err != nil {
		return nil, err
	}
	if err := in.checkLengths(); err != nil {
		return nil, err
	}
	in.place()
	if in.V1 {
		in.Hashes = k.pieces
	}
	return in, in.checkPieces()
}

func (k *infoKeys) bestName() string {
	if k.nameUTF8 != "" {
		return k.nameUTF8
	}
	return k.name
}

// checkShape checks which keys stand beside which.
func (k *infoKeys) checkShape(in *Info) error {
	switch {
	case k.version > 2:
		return malformed("meta version %d is not known", k.version)
	case k.pieceLength < 1 || k.pieceLength > MaxPieceLength:
		return malformed("piece length %d is not between 1 and %d", k.pieceLength, MaxPieceLength)
	case in.V2 && (k.pieceLength < BlockSize || k.pieceLength&(k.pieceLength-1) != 0):
		return malformed("piece length %d is no power of two from %d on, as v2 needs", k.pieceLength, BlockSize)
	case in.V2 && k.tree == nil:
		return malformed("meta version 2 without a file tree")
	case !in.V2 && k.tree != nil:
		return malformed("a file tree without meta version 2")
	case in.Name == "":
		return hostile("no name")
	case k.files != nil && k.hasLength:
		return malformed("both one file and many")
	case in.V1 && strings.Contains(in.Name, padMark):
		return malformed("a torrent named as padding: %.80q", in.Name)
	case !in.V1 && !in.V2:
		return malformed("neither length nor files nor a file tree")
	case in.V1 && !k.hasPieces:
		return malformed("no piece hashes")
	case !in.V1 && k.hasPieces:
		return malformed("v1 piece hashes without v1 files")
	case len(k.pieces)%sha1.Size != 0:
		return malformed("piece hashes of %d bytes", len(k.pieces))
	}
	return nil
}

// list fills in Files and Single.
func (k *infoKeys) list(in *Info) error {
	switch {
	case k.files != nil:
		in.Files = *k.files
	case in.V1:
		f, err := k.top.file([]string{in.Name})
		if err != nil {
			return err
		}
		if f.Pad {
			return malformed("the only file is padding")
		}
		in.Files, in.Single = []File{f}, true
	default:
		in.Files = k.tree.files
		// BEP 52 does not say what makes one file; this is libtorrent's reading.
		in.Single = len(in.Files) == 1 && len(in.Files[0].Path) == 1 && k.tree.names == 1
		if in.Single {
			in.Name = in.Files[0].Path[0]
		}
	}
	if len(in.Files) == 0 {
		return malformed("no files")
	}
	if in.V1 && in.V2 {
		if in.Single && k.tree.names != 1 {
			return malformed("hybrid: one file in the v1 part, %d names in the v2 part", k.tree.names)
		}
		return in.merge(k.tree.files)
	}
	return nil
}

// checkLengths keeps every sum of lengths within bounds.
func (in *Info) checkLengths() error {
	var total int64
	for i := range in.Files {
		total += in.Files[i].Length
		if !in.V1 {
			total += in.PieceLength // the most that alignment adds
		}
		if total > MaxLength {
			return tooLarge("more than %d bytes of content", int64(MaxLength))
		}
	}
	if in.Size() == 0 {
		return malformed("no content: all files are empty")
	}
	return nil
}

func (in *Info) checkPieces() error {
	pieces := in.span() / in.PieceLength
	if in.span()%in.PieceLength != 0 {
		pieces++
	}
	if !in.V1 && pieces > MaxPieces {
		return tooLarge("%d pieces, of at most %d", pieces, MaxPieces)
	}
	if in.V1 && pieces != int64(len(in.Hashes)/SizeV1) {
		return malformed("%d piece hashes for %d pieces", len(in.Hashes)/SizeV1, pieces)
	}
	return nil
}
