package session

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/time/rate"

	"github.com/torrenttx/ttx/ext/wire"
)

// A Limit bounds how often one session may bring one message. It is a bucket of Burst messages that
// fills by PerSecond.
type Limit struct {
	Message   wire.Message // any value of the type
	PerSecond float64
	Burst     int
	// Waits says what happens beyond it: the message waits in its family's lane, which makes its peer
	// wait too, by credit; else it is dropped unseen and scored as FaultRate. What an honest peer may send as
	// fast as it likes waits.
	Waits bool
}

// Rates that every session keeps, whatever its families.
const (
	// FramesPerSecond and FrameBurst bound the frames of all kinds. The shortest has 13 bytes, costs about
	// a microsecond to read and can have no other bound than this one. A burst is what a peer may have saved
	// up for us while it waited for credit: MaxQueued bytes twice, of some 100 bytes each at least.
	FramesPerSecond = 8192
	FrameBurst      = 4 * FramesPerSecond

	// StatesPerSecond and StateBurst bound state messages: twice what this program sends, and all that it
	// sends before a session is stalled.
	StatesPerSecond = 10
	StateBurst      = 600
)

// everyLimit is what a session's peer may send in all.
func everyLimit() *rate.Limiter { return rate.NewLimiter(FramesPerSecond, FrameBurst) }

// stateLimit is the bound of the one message that the session itself handles.
func stateLimit() Limit {
	return Limit{Message: &wire.State{}, PerSecond: StatesPerSecond, Burst: StateBurst}
}

// limits are the buckets of one session, by message type.
type limits struct {
	all   *rate.Limiter
	drop  map[string]*rate.Limiter
	delay map[string]*rate.Limiter
}

func newLimits(families []Family) limits {
	l := limits{all: everyLimit(), drop: make(map[string]*rate.Limiter), delay: make(map[string]*rate.Limiter)}
	l.add(stateLimit())
	for _, f := range families {
		for _, limit := range f.Limits {
			l.add(limit)
		}
	}
	return l
}

func (l *limits) add(limit Limit) {
	buckets := l.drop
	if limit.Waits {
		buckets = l.delay
	}
	buckets[limit.Message.Type()] = rate.NewLimiter(rate.Limit(limit.PerSecond), limit.Burst)
}

// allow reports whether the peer may send this now.
func (l *limits) allow(m wire.Message) bool {
	bucket := l.drop[m.Type()]
	return bucket == nil || bucket.Allow()
}

// wait lets the handling of a message wait for its turn.
func (l *limits) wait(ctx context.Context, m wire.Message) error {
	bucket := l.delay[m.Type()]
	if bucket == nil {
		return nil
	}
	return bucket.Wait(ctx)
}

// over is the reason of a message beyond its rate.
func over(m wire.Message) error {
	return fmt.Errorf("more %s messages than allowed", m.Type())
}

var errFrames = errors.New("more frames than allowed")
