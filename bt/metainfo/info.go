package metainfo

import (
	"crypto/sha1"
	"crypto/sha256"
	"sort"
)

// HashV1 is a v1 infohash or piece hash: SHA-1.
type HashV1 [SizeV1]byte

// HashV2 is a v2 infohash, or a node of a v2 hash tree: SHA-256.
type HashV2 [SizeV2]byte

// Info is a checked info dictionary. Do not change it.
type Info struct {
	// Raw is the dictionary as it is hashed.
	Raw []byte
	// Name is the name of the file, or of the folder of the files.
	Name string
	// Single says that the content is one file of that name, in no folder.
	Single bool
	// V1 and V2 say which parts there are; a hybrid has both.
	V1, V2 bool
	// PieceLength is in bytes; the last piece, and with V2 alone the last of each file, is shorter.
	PieceLength int64
	// Hashes are the v1 piece hashes, one after another; nil without V1.
	Hashes []byte
	// Files are in the order of the content. With V1 padding is among them; with V2 alone there is none, and each
	// file begins at a piece.
	Files []File
	// Private means trackers only: no DHT, no peer exchange, no local discovery (BEP 27).
	Private bool
	// Source tells the same content on different trackers apart.
	Source string
}

// File is one file of a torrent.
type File struct {
	// Path is below the folder, of at least one name. For a single file it is the torrent's name.
	Path []string
	// Length is in bytes, Offset where it begins in the content.
	Length, Offset int64
	// Pad means that the file stands for zero bytes that are not stored (BEP 47).
	Pad bool
	// Executable and Hidden are attributes (BEP 47).
	Executable, Hidden bool
	// Symlink is the target of a link, a path like Path; nil if it is none (BEP 47). A link has no content.
	Symlink []string
	// Root is the root of the file's hash tree, with V2 and a length above zero (BEP 52).
	Root HashV2
}

// InfohashV1 is the hash that trackers, the DHT and peers know a v1 or hybrid torrent by.
func (in *Info) InfohashV1() HashV1 { return sha1.Sum(in.Raw) }

// InfohashV2 is the whole v2 infohash; on the wire its first 20 bytes are used.
func (in *Info) InfohashV2() HashV2 { return sha256.Sum256(in.Raw) }

// span is where the content ends, padding and alignment included.
func (in *Info) span() int64 {
	if len(in.Files) == 0 {
		return 0
	}
	last := in.Files[len(in.Files)-1]
	return last.Offset + last.Length
}

// Span is how many bytes the pieces cover: all files with padding, or with V2 alone the gaps up to the next
// piece.
func (in *Info) Span() int64 { return in.span() }

// Pieces is how many pieces there are.
func (in *Info) Pieces() int { return int((in.span() + in.PieceLength - 1) / in.PieceLength) }

// Size is the bytes of all files, without padding.
func (in *Info) Size() int64 {
	var n int64
	for i := range in.Files {
		if !in.Files[i].Pad {
			n += in.Files[i].Length
		}
	}
	return n
}

// PieceHash is the v1 hash of a piece.
func (in *Info) PieceHash(i int) HashV1 { return HashV1(in.Hashes[i*SizeV1 : (i+1)*SizeV1]) }

// PieceSize is the bytes of a piece that the content covers, padding included.
func (in *Info) PieceSize(i int) int64 {
	return min(in.PieceLength, in.span()-int64(i)*in.PieceLength)
}

// Location is the path of a file on disk, the torrent's name first. With Single that is all of it.
func (in *Info) Location(f *File) []string {
	if in.Single {
		return f.Path
	}
	return append([]string{in.Name}, f.Path...)
}

// Part is a run of bytes of one file.
type Part struct {
	File           int   // index in Files
	Offset, Length int64 // bytes, in the file
}

// Parts are the runs that a piece consists of, padding among them.
func (in *Info) Parts(piece int) []Part {
	begin := int64(piece) * in.PieceLength
	end := min(begin+in.PieceLength, in.span())
	// The first file that ends behind the beginning; those before it have nothing here.
	first := sort.Search(len(in.Files), func(i int) bool { return in.Files[i].Offset+in.Files[i].Length > begin })
	var parts []Part
	for i := first; i < len(in.Files) && in.Files[i].Offset < end; i++ {
		f := &in.Files[i]
		from, to := max(begin, f.Offset), min(end, f.Offset+f.Length)
		if from < to {
			parts = append(parts, Part{File: i, Offset: from - f.Offset, Length: to - from})
		}
	}
	return parts
}

// place computes the offsets of the files.
func (in *Info) place() {
	var at int64
	for i := range in.Files {
		f := &in.Files[i]
		if !in.V1 && f.Length > 0 {
			at = (at + in.PieceLength - 1) / in.PieceLength * in.PieceLength
		}
		f.Offset = at
		at += f.Length
	}
}

// PiecesOf are the pieces that have a part of a file: from first up to but not including last. An empty file has
// none.
func (in *Info) PiecesOf(file int) (first, last int) {
	f := &in.Files[file]
	first = int(f.Offset / in.PieceLength)
	if f.Length == 0 {
		return first, first
	}
	return first, int((f.Offset + f.Length + in.PieceLength - 1) / in.PieceLength)
}
