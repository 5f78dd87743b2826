// Package vote is a node's voter: it gives the policy of ledger/voter what it
// observes and the time, signs the witnesses that it plans, and hands them to
// the ledger, from where gossip takes them once they are on disk.
//
// A number is noted before it is signed. A voter whose chain in T is longer
// than its notes say runs on a restored copy of its folder, or its key is used
// elsewhere; it never votes again on that folder (finality.md, 6.1).
package vote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// source is the name under which the ledger hears of our witnesses.
const source = "voter"

// noteName holds the next number that may be signed, a u64.
const noteName = "vote/next"

var (
	// ErrNoVoter: the network's table does not have the key.
	ErrNoVoter = errors.New("the key is not in the network's voter table")
	// ErrRestored: T holds witnesses of the key that this folder never signed.
	ErrRestored = errors.New("witnesses of this voter exist that this folder did not sign: it is a restored copy, or the key votes elsewhere too")
)

// Reach says how far a voter reaches; *ext.Service does.
type Reach interface {
	// Reach returns the stake of live links, our own included, and a channel
	// that receives when there is more.
	Reach() (stake uint64, more <-chan struct{})
	// Met reports whether every open session has told us all that we lacked.
	Met() bool
}

// Config is what New needs.
type Config struct {
	Ledger *ledger.Ledger
	Key    *btcec.PrivateKey
	Reach  Reach
	// Logger may be nil.
	Logger *slog.Logger
}

// Voter votes while it runs.
type Voter struct {
	cfg    Config
	key    tx.Key
	policy *voter.Voter
	total  uint64 // stake of the whole table
	met    bool   // see meet
	latest latest
	// unsent is a signed witness that the ledger has not taken yet.
	unsent []byte
	// refused is why it votes no more.
	refused atomic.Pointer[error]
}

// latest is what the voter's latest witness in T claims, nil when it does not.
type latest struct {
	id    tx.ID
	claim *tx.Claim
}

// New returns a voter for a key of the network's table.
func New(cfg Config) (*Voter, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	params := cfg.Ledger.Genesis().Params
	v := &Voter{cfg: cfg, key: tx.PublicKey(cfg.Key), total: params.TotalStake()}
	for _, row := range params.Voters {
		if row.Key == v.key {
			v.policy = voter.New(voter.Config{Key: v.key})
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: %x", ErrNoVoter, v.key[:])
}

// Run votes until the context ends, or until it finds that it must not.
func (v *Voter) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := v.session(ctx)
		if errors.Is(err, ErrRestored) {
			v.refused.Store(&err)
			v.cfg.Logger.Error("this node does not vote any more", "err", err)
			return
		}
		if err != nil && ctx.Err() == nil {
			v.cfg.Logger.Warn("voting was interrupted", "err", err)
			v.pause(ctx)
		}
	}
}

// Refused is why the voter will not vote any more on this folder, an
// ErrRestored; nil while it may.
func (v *Voter) Refused() error {
	if err := v.refused.Load(); err != nil {
		return *err
	}
	return nil
}

// afterFailure is how long the voter waits when it could not note a number or
// write a witness: the disk may be full.
const afterFailure = time.Second

func (v *Voter) pause(ctx context.Context) {
	timer := time.NewTimer(afterFailure)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// waitForPeers is how long the voter waits before it looks again whether the
// sessions have told it everything.
const waitForPeers = 100 * time.Millisecond

// session votes over one subscription to the ledger.
func (v *Voter) session(ctx context.Context) error {
	sub := v.cfg.Ledger.Subscribe()
	defer sub.Close()
	v.observeAll()
	timer := time.NewTimer(0)
	defer timer.Stop()
	_, more := v.cfg.Reach.Reach()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-sub.C:
			if !ok {
				return nil
			}
			v.observe(event)
		case <-more:
		case <-timer.C:
		}
		next, err := v.turn(ctx)
		if err != nil {
			return err
		}
		timer.Reset(next)
	}
}

// observeAll starts the clock of whatever is undecided.
func (v *Voter) observeAll() {
	now := time.Now()
	v.cfg.Ledger.Read(func(d *dag.DAG) { v.policy.ObserveAll(d, now) })
}

func (v *Voter) observe(event ledger.Event) {
	now := time.Now()
	for _, it := range event.Accepted {
		v.policy.Observe(it.ID, now)
	}
}

// turn writes a witness if the policy wants one, and returns when to look
// again.
func (v *Voter) turn(ctx context.Context) (time.Duration, error) {
	if v.unsent != nil {
		return 0, v.send(ctx)
	}
	stake, _ := v.cfg.Reach.Reach()
	if !v.meet(stake) {
		return waitForPeers, nil
	}
	now := time.Now()
	if err := v.observeState(now); err != nil {
		return 0, err
	}
	var plan voter.Plan
	v.cfg.Ledger.Read(func(d *dag.DAG) { plan = v.policy.Plan(d, now, stake) })
	if len(plan.Refs) == 0 {
		return max(0, plan.Next.Sub(now)), nil
	}
	return 0, v.write(ctx, plan, now)
}

// observeState tells the policy what a witness would claim now, and what the
// latest one did. Who never signed has nothing to claim while there is nothing
// but the genesis.
func (v *Voter) observeState(now time.Time) error {
	var w dag.Witness
	var ok bool
	v.cfg.Ledger.Read(func(d *dag.DAG) { w, ok = d.LatestWitness(v.key) })
	if ok && w.ID != v.latest.id {
		t, err := v.cfg.Ledger.Tx(w.ID)
		if err != nil {
			return fmt.Errorf("read the latest witness: %w", err)
		}
		v.latest = latest{w.ID, t.Claim}
	}
	s := v.cfg.Ledger.Snapshot()
	held, signed := s.U.Root(), [32]byte{}
	switch {
	case v.latest.claim != nil:
		signed = v.latest.claim.URoot
	case !ok && s.Confirmed <= 1:
		signed = held
	}
	v.policy.ObserveState(held, signed, now)
	return nil
}

// meet reports whether the voter has reached a quorum once, and was told then
// by everybody it was connected to what it lacked: its own witnesses too, if it
// runs on a restored copy. To have no session yet is to have met nobody, so the
// quorum comes first.
func (v *Voter) meet(stake uint64) bool {
	v.met = v.met || 3*stake >= 2*v.total && v.cfg.Reach.Met()
	return v.met
}

// write signs a witness and hands it to the ledger. Once it is signed its
// number is used, whatever becomes of it.
func (v *Voter) write(ctx context.Context, plan voter.Plan, now time.Time) error {
	w, err := v.witness(plan, now)
	if err != nil {
		v.policy.Return(plan.Seq)
		return err
	}
	v.unsent = w.Raw()
	return v.send(ctx)
}

// send hands the signed witness to the ledger, again and again while the disk
// refuses it: another one of its number must not be signed.
func (v *Voter) send(ctx context.Context) error {
	outcomes, err := v.cfg.Ledger.Add(ctx, source, v.unsent)
	if err != nil {
		return fmt.Errorf("write a witness: %w", err)
	}
	if err := outcomes[0].Err; errors.Is(err, ledger.ErrStore) {
		return fmt.Errorf("write a witness: %w", err)
	}
	v.unsent = nil
	return outcomes[0].Err
}

// takeNumber notes that a number is going to be signed, unless the chain holds
// one already that was not.
func (v *Voter) takeNumber(seq uint64) error {
	note, err := v.cfg.Ledger.Note(noteName)
	if err != nil {
		return err
	}
	var next uint64
	if len(note) == 8 {
		next = binary.BigEndian.Uint64(note)
	}
	if seq > next {
		return ErrRestored
	}
	return v.cfg.Ledger.SetNote(noteName, binary.BigEndian.AppendUint64(nil, seq+1))
}

// witness takes the number and signs the planned transaction.
func (v *Voter) witness(plan voter.Plan, now time.Time) (*tx.Tx, error) {
	parents, err := v.cfg.Ledger.ParentsOf(plan.Refs)
	if err != nil {
		return nil, fmt.Errorf("parents of witness %d: %w", plan.Seq, err)
	}
	w := &tx.Tx{
		Kind: tx.KindWitness, Voter: v.key, Seq: plan.Seq,
		Time: now.UnixMilli(), Refs: plan.Refs, ParentHashes: parents.Infohashes,
		Claim: v.claim(),
	}
	for i, t := range parents.Times {
		if i == 0 && plan.Seq > 0 {
			t += tx.WitnessInterval
		}
		w.Time = max(w.Time, t)
	}
	if err := v.takeNumber(plan.Seq); err != nil {
		return nil, err
	}
	if err := w.SignWitness(v.cfg.Ledger.Genesis().ID(), v.cfg.Key); err != nil {
		return nil, fmt.Errorf("sign witness %d: %w", plan.Seq, err)
	}
	return w, nil
}

// claim is what we hold while signing, for light clients.
func (v *Voter) claim() *tx.Claim {
	s := v.cfg.Ledger.Snapshot()
	return &tx.Claim{TRoot: s.T.Root(), URoot: s.U.Root()}
}
