package blocklist

import (
	"cmp"
	"slices"
)

// Join is one list of all ranges of several. It reports no malformed lines: ask each.
func Join(lists ...*List) *List {
	all := new(List)
	for _, l := range lists {
		if l != nil {
			all.v4, all.v6 = slices.Concat(all.v4, l.v4), slices.Concat(all.v6, l.v6)
		}
	}
	all.v4 = merge(all.v4, cmp.Compare[uint32], next4)
	all.v6 = merge(all.v6, compare6, next6)
	return all
}
