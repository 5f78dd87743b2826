package tui

import (
	"cmp"
	"slices"
	"strings"
)

// orderProofs filters and orders files; the newest first before anybody chose.
func orderProofs(files []ProofFile, q Query) []ProofFile {
	filter := strings.ToLower(q.Filter)
	out := slices.DeleteFunc(slices.Clone(files), func(f ProofFile) bool {
		return !strings.Contains(strings.ToLower(strings.Join([]string{f.File, f.TxID, f.Level, f.Status, f.Problem}, " ")), filter)
	})
	slices.SortStableFunc(out, func(a, b ProofFile) int {
		n := compareProofs(a, b, q.Sort)
		if q.Desc {
			return -n
		}
		return n
	})
	return out
}

func compareProofs(a, b ProofFile, by string) int {
	switch by {
	case "level":
		return cmp.Compare(a.Level, b.Level)
	case "status":
		return cmp.Compare(a.Status, b.Status)
	case "time":
		return a.At.Compare(b.At)
	case "size":
		return cmp.Compare(a.Bytes, b.Bytes)
	case "file":
		return cmp.Compare(a.File, b.File)
	}
	return b.At.Compare(a.At)
}
