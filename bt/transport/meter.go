package transport

import (
	"sync/atomic"
	"time"
)

// A meter counts bytes by second without a lock. Each slot packs a second (24 bits, which wrap after half a
// year) above the bytes of it (40 bits, a terabyte).
const (
	meterSlots   = 8 // more than are read, so that none is reused meanwhile
	meterSeconds = 5 // read, the current one included
	meterShift   = 40
	meterMask    = 1<<meterShift - 1
)

type meter [meterSlots]atomic.Uint64

func (m *meter) add(n int, now time.Time) {
	second := uint64(now.Unix()) & (1<<(64-meterShift) - 1)
	slot := &m[second%meterSlots]
	for {
		old := slot.Load()
		next := second<<meterShift | uint64(n)
		if old>>meterShift == second {
			next = old + uint64(n)
		}
		if slot.CompareAndSwap(old, next) {
			return
		}
	}
}

// rate is bytes a second over the last four seconds and what has passed of the current one.
func (m *meter) rate(now time.Time) int64 {
	second := uint64(now.Unix()) & (1<<(64-meterShift) - 1)
	var bytes uint64
	for i := range m {
		v := m[i].Load()
		if age := (second - v>>meterShift) & (1<<(64-meterShift) - 1); age < meterSeconds {
			bytes += v & meterMask
		}
	}
	window := float64(meterSeconds-1) + float64(now.Nanosecond())/1e9
	return int64(float64(bytes) / window)
}
