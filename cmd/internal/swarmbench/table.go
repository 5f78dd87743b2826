//go:build linux

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"
)

// table collects results.
type table struct {
	results map[key][]result
	errs    map[key]error
}

// reference is the client that ratios are to.
const reference = "libtorrent"

// print writes the medians of one test, in Markdown.
func (t *table) print(w io.Writer, test string, piece int64, names []string) {
	fmt.Fprintf(w, "\n%s, pieces of %d KiB\n\n| client | runs | wall s | of libtorrent's | CPU s | anonymous MB |\n|---|---|---|---|---|---|\n", test, piece>>10)
	base := median(t.results[key{test, reference, piece}], func(r result) time.Duration { return r.wall })
	for _, name := range names {
		k := key{test, name, piece}
		if err := t.errs[k]; err != nil {
			fmt.Fprintf(w, "| %s | failed: %.80s | | | | |\n", name, err)
			continue
		}
		rs := t.results[k]
		if len(rs) == 0 {
			continue
		}
		wall := median(rs, func(r result) time.Duration { return r.wall })
		ratio := "-"
		if base > 0 {
			ratio = fmt.Sprintf("%.2f", wall.Seconds()/base.Seconds())
		}
		fmt.Fprintf(w, "| %s | %d | %.2f | %s | %.2f | %.1f |\n", name, len(rs), wall.Seconds(), ratio,
			median(rs, func(r result) time.Duration { return r.cpu }).Seconds(), float64(median(rs, func(r result) int64 { return r.anon }))/1e6)
	}
}

// failed is all that went wrong.
func (t *table) failed() error {
	var errs []error
	for k, err := range t.errs {
		errs = append(errs, fmt.Errorf("%s, %s, %d KiB: %w", k.test, k.client, k.piece>>10, err))
	}
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func median[T cmp.Ordered](rs []result, of func(result) T) T {
	var values []T
	for _, r := range rs {
		values = append(values, of(r))
	}
	if len(values) == 0 {
		var none T
		return none
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func addrOf(j *job) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(host), uint16(j.port)) //nolint:gosec // ports are made by count
}
