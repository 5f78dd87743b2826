package voter

import (
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// DefaultHold is how long a transaction is looked at before it is voted
	// for. At twice the delay of the network or more, no two honest voters
	// vote blind for different rivals.
	DefaultHold = 200 * time.Millisecond
	// MinInterval and IntervalPerVoter bound how often a voter votes: its
	// pause is the larger of MinInterval and IntervalPerVoter times the
	// voters, so that all of them write at most 62 witnesses a second.
	MinInterval      = 250 * time.Millisecond
	IntervalPerVoter = 16 * time.Millisecond
	// Quiet is how long nothing has to have been confirmed before a voter signs a
	// closing witness, which says nothing and only claims a state. Twice the
	// pause of a voter where that is longer: in a busy network something is
	// confirmed sooner than that, and ordinary witnesses claim it.
	Quiet = time.Second
	// Idle is the longest a Plan asks to be left alone.
	Idle = time.Minute
)

// Config configures a Voter.
type Config struct {
	Key tx.Key
	// Hold replaces DefaultHold when it is not zero.
	Hold time.Duration
	// Next is the lowest number that was never signed with the key, as far as
	// the disk remembers. Lower numbers are never planned.
	Next uint64
}

// Voter decides what one voter key votes for. Not safe for concurrent use.
type Voter struct {
	cfg  Config
	next uint64    // lowest number not given out
	due  time.Time // no witness before that

	unripe map[tx.ID]struct{}
	queue  []ripening // what unripe holds, in the order of ripening

	held, signed [32]byte  // see ObserveState
	changed      time.Time // when held did
}

type ripening struct {
	id tx.ID
	at time.Time
}

// New returns the policy of one key, which has observed nothing.
func New(cfg Config) *Voter {
	if cfg.Hold == 0 {
		cfg.Hold = DefaultHold
	}
	return &Voter{cfg: cfg, next: cfg.Next, unripe: make(map[tx.ID]struct{})}
}

// Observe notes that a transaction became solid here at the time now, which
// must not go backwards. What was never observed counts as ripe.
func (v *Voter) Observe(id tx.ID, now time.Time) {
	if _, again := v.unripe[id]; again {
		return
	}
	v.unripe[id] = struct{}{}
	v.queue = append(v.queue, ripening{id, now.Add(v.cfg.Hold)})
}

// ObserveAll does so for all of T that may still change: at the start, when
// nobody knows how long it has been there.
func (v *Voter) ObserveAll(d *dag.DAG, now time.Time) {
	for id := range d.Undecided() {
		v.Observe(id, now)
	}
}

// ObserveState notes at the time now which u_root a witness would claim, and
// which one the voter's latest witness did. Who never calls it never signs a
// closing witness.
func (v *Voter) ObserveState(held, signed [32]byte, now time.Time) {
	if held != v.held || v.changed.IsZero() {
		v.changed = now
	}
	v.held, v.signed = held, signed
}

func (v *Voter) ripen(now time.Time) {
	n := 0
	for n < len(v.queue) && !v.queue[n].at.After(now) {
		delete(v.unripe, v.queue[n].id)
		n++
	}
	v.queue = v.queue[n:]
}

func (v *Voter) ripe(id tx.ID) bool {
	_, unripe := v.unripe[id]
	return !unripe
}

// Silence says why there is no witness now.
type Silence string

// The reasons of silence.
const (
	// Spoken: there is a witness to write.
	Spoken Silence = ""
	// NotVoter: the table does not have the key, or it has no stake.
	NotVoter Silence = "not a voter"
	// Forked: two witnesses of one number carry the key. It never votes again.
	Forked Silence = "key has forked"
	// Lonely: live links reach less than two thirds of the stake.
	Lonely Silence = "lonely"
	// Unwritten: the witness planned last is not in T yet.
	Unwritten Silence = "last witness not written"
	// Early: the last witness is too recent.
	Early Silence = "too early"
	// Nothing: nothing ripe is unsaid.
	Nothing Silence = "nothing to say"
)

// Plan is a witness to write, or why there is none.
type Plan struct {
	Silence Silence
	// Seq and Refs are those of the witness. Refs is empty in silence.
	Seq  uint64
	Refs []tx.ID
	// Next is when to ask again if nothing happens before.
	Next time.Time
}

// Plan decides whether the voter writes a witness now. linked is the stake that
// live links reach, its own included. A number is given out once: whoever
// takes it signs that one witness, or gives the number back with Return.
func (v *Voter) Plan(d *dag.DAG, now time.Time, linked uint64) Plan {
	v.ripen(now)
	draft, silence := v.begin(d, now, linked)
	switch silence {
	case Spoken:
	case Early:
		return Plan{Silence: Early, Next: v.due}
	default:
		return Plan{Silence: silence, Next: now.Add(Idle)}
	}
	c := newComposer(v, d, draft)
	c.compose()
	refs := draft.Refs()
	if c.gain == 0 {
		closing, ok := v.closing(d)
		if !ok || now.Before(closing) {
			return Plan{Silence: Nothing, Next: v.wake(now, closing)}
		}
		refs = closingRefs(d, refs)
	}
	v.next = draft.Seq() + 1
	v.due = now.Add(interval(d))
	return Plan{Seq: draft.Seq(), Refs: refs, Next: v.due}
}

// Return takes back a number with which nothing was signed.
func (v *Voter) Return(seq uint64) {
	if seq+1 == v.next && seq >= v.cfg.Next {
		v.next = seq
	}
}

// begin checks whether the voter may speak at all.
func (v *Voter) begin(d *dag.DAG, now time.Time, linked uint64) (*dag.Draft, Silence) {
	own := stake(d, v.cfg.Key)
	if own == 0 {
		return nil, NotVoter
	}
	draft, ok := d.NewDraft(v.cfg.Key)
	switch {
	case !ok:
		return nil, Forked
	case 3*max(linked, own) < 2*d.Total():
		return nil, Lonely
	case draft.Seq() < v.next:
		return nil, Unwritten
	case now.Before(v.due):
		return nil, Early
	}
	return draft, Spoken
}

func stake(d *dag.DAG, key tx.Key) uint64 {
	for _, v := range d.Voters() {
		if v.Key == key {
			return v.Stake
		}
	}
	return 0
}

func interval(d *dag.DAG) time.Duration {
	return max(MinInterval, time.Duration(len(d.Voters()))*IntervalPerVoter)
}

// closing returns when the voter may sign a closing witness; ok is false when it
// has none to sign. Under an alarm nothing is final, and a claim worth nothing.
func (v *Voter) closing(d *dag.DAG) (at time.Time, ok bool) {
	if v.held == v.signed || d.Alarm() {
		return time.Time{}, false
	}
	return v.changed.Add(max(Quiet, 2*interval(d))), true
}

// closingRefs are those of a witness that says nothing: the voter's previous one,
// or the genesis when there is none.
func closingRefs(d *dag.DAG, previous []tx.ID) []tx.ID {
	if len(previous) == 0 {
		return []tx.ID{d.At(0)}
	}
	return previous
}

// wake is when to look again: when something ripens, or at another time that
// counts if it is not zero.
func (v *Voter) wake(now, other time.Time) time.Time {
	next := now.Add(Idle)
	if len(v.queue) > 0 {
		next = v.queue[0].at
	}
	if !other.IsZero() && other.Before(next) {
		return other
	}
	return next
}
