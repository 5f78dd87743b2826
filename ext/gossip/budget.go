package gossip

import (
	"sync"
	"time"
)

// Bounds of what a session's peer may cost us. What it costs to look at a
// transaction that never enters T is bounded by its bytes: at most 255 keys, whose
// square roots take 2 ms, in 12 KB, and no signature is verified before all
// parents are there. An invalid one ends the session.
const (
	// MaxUseless is how many bytes of transactions that did not enter T a
	// session may bring: nine thousand of the usual size, or 0.7 s of decoding
	// for the worst. UselessPerSecond fills it up again: 1 % of a core. What
	// enters T later, because its parents did, is given back.
	MaxUseless       = 4 << 20
	UselessPerSecond = 64 << 10
	// AnnouncedBurst and AnnouncedPerSecond bound the ids, unknown here, that a
	// session may announce: half of what two cores can verify, and what gathers
	// in eight seconds of it.
	AnnouncedBurst     = 1 << 16
	AnnouncedPerSecond = 8192
	// MissesBurst and MissesPerSecond bound the ids that a session may ask for
	// and we do not hold. Who asks only for what he was told of, and for its
	// ancestors, never misses.
	MissesBurst     = 8192
	MissesPerSecond = 64
	// GetsPerSecond and GetBurst bound the answers to get, beyond which the
	// asker waits: 30 MB a second.
	GetsPerSecond = 512
	GetBurst      = 2048
	// RivalsPerSecond and RivalBurst bound the rival messages that a session may
	// bring, each two transactions of at most 16 KiB; we send half as many.
	// Reconciliation brings what they leave out.
	RivalsPerSecond = 16
	RivalBurst      = 64
	// NewsPerSecond and NewsBurst bound the transactions that a session may
	// bring in full and unasked, each at most wire.MaxNews; we send half as many,
	// 32 KB/s of the usual 500 bytes, and announce the rest: while there is little
	// to say trips matter, while there is much bytes do. A full table of voters
	// writes 62 witnesses a second in all. A repeated one costs its hash: 12 us
	// for the largest, so 0.2 % of a core.
	NewsPerSecond = 128
	NewsBurst     = 256
)

// budget is an amount that is spent, and fills up again by time and refunds.
type budget struct {
	most, perSecond float64

	mu   sync.Mutex
	left float64
	at   time.Time // when left was last filled up
}

func newBudget(most, perSecond float64, now time.Time) *budget {
	return &budget{most: most, perSecond: perSecond, left: most, at: now}
}

// spend takes n and reports whether that much was left.
func (b *budget) spend(n int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.most, b.left+b.perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < float64(n) {
		return false
	}
	b.left -= float64(n)
	return true
}

// refund gives back n of what was spent.
func (b *budget) refund(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.most, b.left+float64(n))
}
