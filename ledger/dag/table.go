package dag

import (
	"hash/maphash"

	"github.com/torrenttx/ttx/ledger/tx"
)

// minTable is the least size of a table, a power of two.
const minTable = 64

// table finds a transaction's index by its id: open addressing over indices
// alone, since the ids are stored already. A map of ids would hold each twice,
// 50 MB more at a million. The seed keeps ground ids from sharing a slot; it
// decides nothing that can be seen.
type table struct {
	seed  maphash.Seed
	slots []uint32 // index plus one
	n     int
}

func newTable() table {
	return table{seed: maphash.MakeSeed(), slots: make([]uint32, minTable)}
}

// slot returns where id is, or where it would go.
func (t *table) slot(ids []tx.ID, id *tx.ID) uint64 {
	mask := uint64(len(t.slots) - 1)
	at := maphash.Bytes(t.seed, id[:]) & mask
	for t.slots[at] != 0 && ids[t.slots[at]-1] != *id {
		at = (at + 1) & mask
	}
	return at
}

func (t *table) find(ids []tx.ID, id tx.ID) (uint32, bool) {
	s := t.slots[t.slot(ids, &id)]
	return s - 1, s != 0
}

// insert adds ids[x], which is not there yet.
func (t *table) insert(ids []tx.ID, x uint32) {
	if 4*(t.n+1) > 3*len(t.slots) {
		t.grow(ids)
	}
	t.slots[t.slot(ids, &ids[x])] = x + 1
	t.n++
}

func (t *table) grow(ids []tx.ID) {
	old := t.slots
	t.slots = make([]uint32, 2*len(old))
	for _, s := range old {
		if s != 0 {
			t.slots[t.slot(ids, &ids[s-1])] = s
		}
	}
}
