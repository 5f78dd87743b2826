package keeper

import (
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Count is what others were found to hold: Holders of them the transaction, when they
// were asked at Checked.
type Count struct {
	ID      tx.ID
	Holders int
	Checked time.Time
}

// Counts returns what is known, at most MaxAncestors, for a later Recall.
func (d *Duty) Counts() []Count {
	var all []Count
	for i := range d.ancestors {
		if a := &d.ancestors[i]; !a.checked.IsZero() {
			all = append(all, Count{a.id, a.holders, a.checked})
		}
	}
	return all
}

// Recall takes up what was known before, until the next Update drops what is not
// needed any more. It is for a Duty that has no coins yet. Of more than MaxAncestors
// the first count; what cannot be, such as a time to come, is left out.
func (d *Duty) Recall(counts []Count, now time.Time) {
	if d.index == nil {
		d.index = make(map[tx.ID]int32)
	}
	for _, c := range counts {
		_, known := d.index[c.ID]
		if known || c.Holders < 0 || c.Checked.IsZero() || c.Checked.After(now) || len(d.ancestors) == MaxAncestors {
			continue
		}
		d.index[c.ID] = int32(len(d.ancestors))
		d.ancestors = append(d.ancestors, ancestor{id: c.ID, holders: c.Holders, checked: c.Checked})
		if c.Checked.After(d.checkedAt) {
			d.checkedAt = c.Checked
		}
	}
}
