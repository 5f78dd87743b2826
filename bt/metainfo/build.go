package metainfo

import (
	"strconv"

	"github.com/torrenttx/ttx/bt/bencode"
)

// Version says which parts a new torrent has.
type Version int

// The versions.
const (
	V1     Version = iota + 1 // BEP 3: every client reads it
	V2                        // BEP 52
	Hybrid                    // both
)

// Layout is a new torrent before its hashes are known: which files, in which order, in which pieces.
type Layout struct {
	Name        string
	Single      bool // one file, in no folder
	Version     Version
	PieceLength int64
	// Files have Path and Length; sorted by path, name by name.
	Files   []File
	Private bool
	Source  string
}

// maxAutoPieces is how many pieces AutoPieceLength makes at most: the hashes of both versions have room.
const maxAutoPieces = 200_000

// AutoPieceLength is the piece length for so many bytes: a power of two from 16 KiB to 16 MiB, the one that
// libtorrent 2 takes, so that the same content gets the same infohash; and more from 3 TiB on.
func AutoPieceLength(size int64) int64 {
	piece := int64(BlockSize)
	// libtorrent takes 16 KiB up to 2^28/100 bytes, rounded, and doubles the piece for each four times as much.
	for scale := int64(1 << 28); size > (scale+50)/100 && piece < 16<<20; scale *= 4 {
		piece *= 2
	}
	for size/piece > maxAutoPieces && piece < MaxPieceLength {
		piece *= 2 // where libtorrent stays, and the hashes would have no room here
	}
	return piece
}

// Info computes what an info dictionary with this layout would be, but for its hashes: the padding files that a
// hybrid needs, and where each file begins. Errors are those of [ParseInfo].
func (l *Layout) Info() (*Info, error) {
	in := &Info{
		Name: l.Name, Single: l.Single, V1: l.Version != V2, V2: l.Version != V1,
		PieceLength: l.PieceLength, Private: l.Private, Source: l.Source, Files: l.Files,
	}
	if l.Version == Hybrid && len(l.Files) > 1 {
		in.Files = padded(l.Files, l.PieceLength)
	}
	keys := infoKeys{pieceLength: l.PieceLength, hasLength: true, hasPieces: true}
	if in.V2 {
		keys.version, keys.tree = 2, new(fileTree)
	}
	if err := keys.checkShape(&Info{Name: l.Name, V1: true, V2: in.V2}); err != nil {
		return nil, err
	}
	if len(in.Files) > MaxFiles {
		return nil, tooLarge("%d files, of at most %d", len(in.Files), MaxFiles)
	}
	if err := in.checkNames(); err != nil {
		return nil, err
	}
	if err := in.checkLengths(); err != nil {
		return nil, err
	}
	in.place()
	return in, in.checkRoom()
}

// checkRoom refuses more pieces than have room for their hashes, before anybody computes them. What paths and
// trackers take is not counted here.
func (in *Info) checkRoom() error {
	n, most := in.Pieces(), MaxPieces
	if in.V1 {
		most = MaxInfoSize / SizeV1
	}
	if in.V2 {
		most = min(most, (MaxFileSize-MaxInfoSize)/SizeV2)
	}
	if n > most {
		return tooLarge("%d pieces, of at most %d: larger pieces make fewer", n, most)
	}
	return nil
}

// padded puts a padding file behind each file that does not end at a piece (BEP 47), the last one too, as
// libtorrent does.
func padded(files []File, pieceLength int64) []File {
	var out []File
	for _, f := range files {
		out = append(out, f)
		if gap := -f.Length & (pieceLength - 1); gap > 0 {
			out = append(out, File{Path: []string{".pad", strconv.FormatInt(gap, 10)}, Length: gap, Pad: true})
		}
	}
	return out
}

// EncodeInfo writes the info dictionary of in. Hashes must be set with V1, and the roots of the files with V2.
func EncodeInfo(in *Info) []byte {
	d := map[string][]byte{
		"name":         bencode.StringValue(in.Name),
		"piece length": bencode.IntValue(in.PieceLength),
	}
	if in.V1 {
		d["pieces"] = bencode.StringValue(in.Hashes)
		if in.Single {
			d["length"] = bencode.IntValue(in.Files[0].Length)
		} else {
			d["files"] = encodeFiles(in.Files)
		}
	}
	if in.V2 {
		d["meta version"] = bencode.IntValue(2)
		d["file tree"] = encodeTree(in.Files, 0)
	}
	if in.Private {
		d["private"] = bencode.IntValue(1)
	}
	if in.Source != "" {
		d["source"] = bencode.StringValue(in.Source)
	}
	return bencode.AppendDict(nil, d)
}

func encodeFiles(files []File) []byte {
	list := make([][]byte, len(files))
	for i := range files {
		f := &files[i]
		d := map[string][]byte{"length": bencode.IntValue(f.Length), "path": bencode.StringList(f.Path)}
		if f.Pad {
			d["attr"] = bencode.StringValue("p")
		}
		list[i] = bencode.AppendDict(nil, d)
	}
	return bencode.AppendList(nil, list...)
}

// encodeTree writes the folder of files that have the names up to depth in common. Files are sorted.
func encodeTree(files []File, depth int) []byte {
	d := make(map[string][]byte)
	for len(files) > 0 {
		if files[0].Pad {
			files = files[1:]
			continue
		}
		name, n := files[0].Path[depth], 1
		for n < len(files) && (files[n].Pad || files[n].Path[depth] == name) {
			n++
		}
		if len(files[0].Path) == depth+1 {
			d[name] = bencode.AppendDict(nil, map[string][]byte{"": encodeLeaf(&files[0])})
		} else {
			d[name] = encodeTree(files[:n], depth+1)
		}
		files = files[n:]
	}
	return bencode.AppendDict(nil, d)
}

func encodeLeaf(f *File) []byte {
	d := map[string][]byte{"length": bencode.IntValue(f.Length)}
	if f.Length > 0 {
		d["pieces root"] = bencode.StringValue(f.Root[:])
	}
	return bencode.AppendDict(nil, d)
}

// Encode writes the .torrent file. The info dictionary is written as it was read.
func (t *Torrent) Encode() []byte {
	d := map[string][]byte{"info": t.Info.Raw}
	if t.Info.V2 {
		layers := make(map[string][]byte, len(t.Layers))
		for root, layer := range t.Layers {
			layers[string(root[:])] = bencode.StringValue(layer)
		}
		d["piece layers"] = bencode.AppendDict(nil, layers)
	}
	if len(t.Trackers) > 0 {
		d["announce"] = bencode.StringValue(t.Trackers[0][0])
		if len(t.Trackers) > 1 || len(t.Trackers[0]) > 1 {
			tiers := make([][]byte, len(t.Trackers))
			for i, tier := range t.Trackers {
				tiers[i] = bencode.StringList(tier)
			}
			d["announce-list"] = bencode.AppendList(nil, tiers...)
		}
	}
	if len(t.WebSeeds) > 0 {
		d["url-list"] = bencode.StringList(t.WebSeeds)
	}
	if len(t.HTTPSeeds) > 0 {
		d["httpseeds"] = bencode.StringList(t.HTTPSeeds)
	}
	if len(t.Nodes) > 0 {
		nodes := make([][]byte, len(t.Nodes))
		for i, n := range t.Nodes {
			nodes[i] = bencode.AppendList(nil, bencode.StringValue(n.Host), bencode.IntValue(int64(n.Port)))
		}
		d["nodes"] = bencode.AppendList(nil, nodes...)
	}
	if t.Comment != "" {
		d["comment"] = bencode.StringValue(t.Comment)
	}
	if t.CreatedBy != "" {
		d["created by"] = bencode.StringValue(t.CreatedBy)
	}
	if t.Created > 0 {
		d["creation date"] = bencode.IntValue(t.Created)
	}
	return bencode.AppendDict(nil, d)
}
