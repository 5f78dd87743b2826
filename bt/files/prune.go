package files

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// prune removes folders that files have left and that are empty now, the deepest first. Those that hold something of
// somebody else stay.
func (s *Store) prune(left map[folder]bool) {
	for _, d := range sorted(left) {
		_ = s.disk.Remove(d.base, d.name) // fails for those in use, which is what should happen
	}
}

// sorted are folders with those in others first.
func sorted(folders map[folder]bool) []folder {
	return slices.SortedFunc(maps.Keys(folders), func(a, b folder) int {
		return cmp.Or(cmp.Compare(strings.Count(b.name, "/"), strings.Count(a.name, "/")),
			cmp.Compare(a.base, b.base), cmp.Compare(a.name, b.name))
	})
}
