package store

import "hash/maphash"

// index finds the positions that a name may have. It keeps 32 bits of a hash of
// the name beside each position, so that who looks up a name reads the log to
// be sure: once for what is there, hardly ever for what is not. With its free
// places it takes 11 to 21 bytes a name. The seed is random, so that nobody can
// make names that crowd.
type index struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

// shardCount spreads growth, which copies a shard, over many small steps.
const shardCount = 256

// shard is an open-addressed table with linear probing. The number of its slots
// is a power of two.
type shard struct {
	slots []slot
	used  int
}

// slot holds part of a hash and a position plus one; a position of zero is an
// empty slot.
type slot struct{ tag, next uint32 }

const firstSlots = 8

// maxRecords is how many positions an index can hold.
const maxRecords = 1<<32 - 2

func newIndex() *index { return &index{seed: maphash.MakeSeed()} }

func (x *index) place(name []byte) (s *shard, tag uint32) {
	h := maphash.Bytes(x.seed, name)
	return &x.shards[h>>56], uint32(h)
}

// add notes that the record at pos has a name.
func (x *index) add(name []byte, pos uint64) {
	s, tag := x.place(name)
	if 4*(s.used+1) > 3*len(s.slots) {
		s.grow()
	}
	s.put(slot{tag, uint32(pos) + 1})
	s.used++
}

func (s *shard) put(add slot) {
	mask := uint32(len(s.slots) - 1)
	i := add.tag & mask
	for s.slots[i].next != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = add
}

func (s *shard) grow() {
	old := s.slots
	s.slots = make([]slot, max(firstSlots, 2*len(old)))
	for _, o := range old {
		if o.next != 0 {
			s.put(o)
		}
	}
}

// find returns the positions that may have a name, appended to found.
func (x *index) find(found []uint64, name []byte) []uint64 {
	s, tag := x.place(name)
	if s.used == 0 {
		return found
	}
	mask := uint32(len(s.slots) - 1)
	for i := tag & mask; s.slots[i].next != 0; i = (i + 1) & mask {
		if s.slots[i].tag == tag {
			found = append(found, uint64(s.slots[i].next-1))
		}
	}
	return found
}

// offsets says where each record begins. It grows by chunks, of which none is
// ever moved: a reader keeps what it has seen.
type offsets struct {
	chunks []*[offsetChunk]int64
	count  uint64
}

const offsetChunk = 4096

func (o *offsets) add(offset int64) {
	if o.count%offsetChunk == 0 {
		o.chunks = append(o.chunks, new([offsetChunk]int64))
	}
	o.chunks[o.count/offsetChunk][o.count%offsetChunk] = offset
	o.count++
}

func (o *offsets) at(pos uint64) int64 { return o.chunks[pos/offsetChunk][pos%offsetChunk] }
