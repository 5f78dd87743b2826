package resume_test

import (
	"reflect"
	"testing"

	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// TestJudge has three files: pieces 0 and 1 are of a, 1 and 2 of b, 3 of c, of which 0, 1 and 3 are there; a and c are
// whole, b is being written. The record was written at 1,000 and another is due at 1,060.
func TestJudge(t *testing.T) {
	info := &metainfo.Info{PieceLength: 10, V1: true, Files: []metainfo.File{
		{Length: 15, Path: []string{"a"}}, {Length: 15, Offset: 15, Path: []string{"b"}},
		{Length: 10, Offset: 30, Path: []string{"c"}}, {Offset: 40, Path: []string{"empty"}},
	}}
	was := []resume.FileStat{
		{Size: 15, ModTime: 900, Inode: 1}, {Size: 5, ModTime: 990, Inode: 2, Writing: true},
		{Size: 10, ModTime: 800, Inode: 3}, {Size: 0, Inode: 4},
	}
	gone := resume.FileStat{Size: -1}
	for name, c := range map[string]struct {
		file     int
		now      resume.FileStat
		away     bool // c was not there, and its piece was in the parts
		parts    resume.FileStat
		trusted  []bool
		doubtful []bool
	}{
		"nothing changed":         {now: was[0], trusted: []bool{true, true, false, true}},
		"whole, gone":             {now: gone, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"whole, cut":              {now: resume.FileStat{Size: 14, ModTime: 900, Inode: 1}, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"whole, grown":            {now: resume.FileStat{Size: 16, ModTime: 900, Inode: 1}, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"whole, replaced":         {now: resume.FileStat{Size: 15, ModTime: 900, Inode: 9}, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"whole, written later":    {now: resume.FileStat{Size: 15, ModTime: 901, Inode: 1}, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"whole, older":            {now: resume.FileStat{Size: 15, ModTime: 899, Inode: 1}, trusted: []bool{false, false, false, true}, doubtful: []bool{true, true, false, false}},
		"written in the window":   {file: 1, now: resume.FileStat{Size: 15, ModTime: 1060, Inode: 2, Writing: true}, trusted: []bool{true, true, false, true}},
		"written after it":        {file: 1, now: resume.FileStat{Size: 15, ModTime: 1061, Inode: 2}, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"written, older":          {file: 1, now: resume.FileStat{Size: 15, ModTime: 989, Inode: 2}, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"written, cut":            {file: 1, now: resume.FileStat{Size: 4, ModTime: 1000, Inode: 2}, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"written, too long":       {file: 1, now: resume.FileStat{Size: 16, ModTime: 1000, Inode: 2}, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"written, replaced":       {file: 1, now: resume.FileStat{Size: 5, ModTime: 990, Inode: 8}, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"written, gone":           {file: 1, now: gone, trusted: []bool{true, false, false, true}, doubtful: []bool{false, true, true, false}},
		"an empty one, gone":      {file: 3, now: gone, trusted: []bool{true, true, false, true}},
		"in the parts":            {file: 2, now: gone, away: true, parts: resume.FileStat{Size: 40, ModTime: 1050, Inode: 5}, trusted: []bool{true, true, false, true}},
		"parts gone":              {file: 2, now: gone, away: true, parts: gone, trusted: []bool{true, true, false, false}, doubtful: []bool{false, false, false, true}},
		"parts written later":     {file: 2, now: gone, away: true, parts: resume.FileStat{Size: 40, ModTime: 2000, Inode: 5}, trusted: []bool{true, true, false, false}, doubtful: []bool{false, false, false, true}},
		"in the parts, there now": {file: 2, now: resume.FileStat{Size: 10, ModTime: 1001, Inode: 6}, away: true, parts: resume.FileStat{Size: 40, ModTime: 1000, Inode: 5}, trusted: []bool{true, true, false, false}, doubtful: []bool{false, false, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			saved := &resume.Record{
				Pieces: resume.PiecesOf([]bool{true, true, false, true}), Files: append([]resume.FileStat(nil), was...),
				Parts: gone, Saved: 1000, Interval: 60,
			}
			now := append([]resume.FileStat(nil), was...)
			now[c.file] = c.now
			if c.away {
				saved.Files[c.file] = gone
				saved.Parts = resume.FileStat{Size: 40, ModTime: 1000, Inode: 5, Writing: true}
			}
			v := resume.Judge(saved, info, now, c.parts)
			if c.doubtful == nil {
				c.doubtful = make([]bool, 4)
			}
			if want := resume.PiecesOf(c.trusted); !reflect.DeepEqual(v.Trusted, want) {
				t.Errorf("trusted %08b, want %08b", v.Trusted.Bitfield(), want.Bitfield())
			}
			if want := resume.PiecesOf(c.doubtful); !reflect.DeepEqual(v.Doubtful, want) {
				t.Errorf("doubtful %08b, want %08b", v.Doubtful.Bitfield(), want.Bitfield())
			}
		})
	}
	forged := &resume.Record{Pieces: resume.AllPieces(4), Files: []resume.FileStat{gone, gone, gone, gone}, Parts: gone}
	if v := resume.Judge(forged, info, forged.Files, gone); v.Trusted.Count() != 0 || !v.Doubtful.All() {
		t.Errorf("a record that claims what lies nowhere: %+v", v)
	}
	other := &resume.Record{Pieces: resume.AllPieces(5), Files: was}
	if v := resume.Judge(other, info, was, gone); v.Trusted.Count() != 0 || !v.Doubtful.All() {
		t.Errorf("the record of another torrent: %+v", v)
	}
}
