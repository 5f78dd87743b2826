package journal

import (
	"cmp"
	"slices"
	"strings"
)

// Page answers a query. It looks at every line that is kept, 8,000 at most: two
// milliseconds.
func (j *Journal) Page(q Query) Page {
	limit := q.Limit
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	text := strings.ToLower(q.Text)
	p := Page{Lines: []Line{}}
	for l := range j.descend(q) {
		if text != "" && !strings.Contains(strings.ToLower(l.Text), text) {
			continue
		}
		if q.Before != 0 && l.Seq >= q.Before {
			p.Newer++
			continue
		}
		if p.Total++; p.Total > q.Skip && len(p.Lines) < limit {
			p.Lines = append(p.Lines, l)
		}
	}
	slices.Reverse(p.Lines)
	return p
}

// descend yields the lines of a query's levels after its After, the newest first.
// It copies what it yields out of the journal first, so that whoever reads holds
// nobody up who writes.
func (j *Journal) descend(q Query) func(yield func(Line) bool) {
	least, _ := Rank(q.Level)
	var lines []Line
	j.mu.Lock()
	for i := range j.levels[least:] {
		lines = j.levels[least+i].since(q.After, lines)
	}
	j.mu.Unlock()
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(b.Seq, a.Seq) })
	return slices.Values(lines)
}

// since appends the lines after a sequence number, the newest first.
func (r *ring) since(after uint64, to []Line) []Line {
	for i := 0; ; i++ {
		l, ok := r.newest(i)
		if !ok || l.Seq <= after {
			return to
		}
		to = append(to, l)
	}
}
