package resume

import "github.com/torrenttx/ttx/bt/metainfo"

// Verdict is what may be believed of a torrent's files at a start.
type Verdict struct {
	// Trusted pieces are there.
	Trusted Pieces
	// Doubtful pieces have to be hashed: those of files that somebody else may have written.
	Doubtful Pieces
	// Files are the indexes of the files that caused the doubt; Parts says that the parts did.
	Files []int
	Parts bool
}

// Judge compares what the files of a torrent look like now with what they did when a record was written. The files are
// in the order of info.Files.
//
// A file that was whole, or of which nothing was to be written, must not have changed at all. One that was being
// written may have grown up to its length, and may have been written until the next record would have been: later it
// was not us. In both cases it has to be the same file. A file that was not there counts by what is needed of it: a
// piece that was claimed all the same has its part of it in the parts, or the record was not written by us.
func Judge(saved *Record, info *metainfo.Info, now []FileStat, parts FileStat) Verdict {
	n := info.Pieces()
	v := Verdict{Trusted: NewPieces(n), Doubtful: NewPieces(n)}
	if saved.Pieces.Len() != n || len(saved.Files) != len(info.Files) || len(now) != len(info.Files) {
		v.Doubtful = AllPieces(n)
		return v
	}
	v.Trusted = saved.Pieces.Clone()
	v.Parts = saved.Parts.Size >= 0 && !saved.same(saved.Parts, parts, info.Span())
	for i := range info.Files {
		f := &info.Files[i]
		if f.Pad || f.Length == 0 || f.Symlink != nil {
			continue
		}
		v.file(saved, info, i, now[i])
	}
	return v
}

// file judges one file.
func (v *Verdict) file(saved *Record, info *metainfo.Info, i int, now FileStat) {
	was := saved.Files[i]
	away := was.Size < 0
	switch {
	case away && now.Size < 0 && !v.Parts && (saved.Parts.Size >= 0 || !saved.claims(info, i)):
		return
	case !away && saved.same(was, now, info.Files[i].Length):
		return
	case away && now.Size >= 0 && !saved.claims(info, i):
		// It was made since then. What it has is ours, and not claimed, or somebody else's.
		if now.ModTime <= saved.Saved+saved.Interval {
			return
		}
	}
	first, last := info.PiecesOf(i)
	for p := first; p < last; p++ {
		v.Doubtful.Set(p, true)
		v.Trusted.Set(p, false)
	}
	v.Files = append(v.Files, i)
}

// claims says whether the record has a piece of a file.
func (r *Record) claims(info *metainfo.Info, i int) bool {
	first, last := info.PiecesOf(i)
	for p := first; p < last; p++ {
		if r.Pieces.Has(p) {
			return true
		}
	}
	return false
}

// same says whether a file can be what it was, given what the torrent itself may have done since.
func (r *Record) same(was, now FileStat, length int64) bool {
	switch {
	case now.Size < 0 || was.Inode != now.Inode:
		return false
	case !was.Writing:
		return was.Size == now.Size && was.ModTime == now.ModTime
	}
	return now.Size >= was.Size && now.Size <= max(length, was.Size) && now.ModTime >= was.ModTime &&
		now.ModTime <= r.Saved+r.Interval
}
