package adversary_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The honest nodes' numbers; strangers have larger ones.
const (
	alice = 1
	bob   = 2
)

// world is an honest pair, everything but the sockets, under attack.
type world struct {
	t     *testing.T
	net   *ledgertest.Network
	alice *node // whom strangers call
	bob   *node
	paid  int
	calls int
}

// node is one honest node.
type node struct {
	*stack.Stack
	ledger *ledger.Ledger
	bans   *book.Bans
	faults *blotter
}

// payments is how many coins the honest pair has; the others are the
// adversary's.
const payments = 8

// besiege runs an attack on one of an honest pair, which has to be in step before
// and after it, and to find no fault with each other.
func besiege(t *testing.T, voters int, attack func(t *testing.T, w *world)) {
	t.Helper()
	n := ledgertest.NewNetwork(128, voters)
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: n, calls: bob}
		w.alice, w.bob = w.newNode(), w.newNode()
		sessiontest.Connect(t, w.alice, w.bob, alice, bob)
		w.pay()
		attack(t, w)
		w.pay()
		for _, nd := range []*node{w.alice, w.bob} {
			if f := slices.Concat(nd.faults.of(alice), nd.faults.of(bob)); len(f) != 0 {
				t.Errorf("the honest found fault with each other: %v", f)
			}
		}
	})
}

func (w *world) newNode(txs ...*tx.Tx) *node {
	w.t.Helper()
	// The bubble's clock starts before any test network does.
	now := func() time.Time { return time.UnixMilli(1_800_000_000_000) }
	l, err := ledger.Open(ledger.Config{Genesis: w.net.Genesis, Store: store.NewMemory(), Now: now})
	if err != nil {
		w.t.Fatal(err)
	}
	nd := &node{ledger: l, bans: book.NewBans(nil), faults: &blotter{}}
	nd.Stack, err = stack.New(stack.Config{
		Ledger: l, Book: book.New(true), Bans: nd.bans, UserAgent: "honest", Logger: slog.New(nd.faults),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		nd.Run(ctx)
	}()
	w.t.Cleanup(func() {
		stop()
		<-ended
		_ = l.Close()
	})
	nd.add(w.t, txs...)
	return nd
}

func (nd *node) add(t *testing.T, txs ...*tx.Tx) {
	t.Helper()
	outcomes, err := nd.ledger.Add(t.Context(), "local", ledgertest.Raws(txs...)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Verdict != ledger.Accepted && o.Verdict != ledger.Known {
			t.Fatalf("%s: verdict %v (%v)", o.ID, o.Verdict, o.Err)
		}
	}
}

func (nd *node) root() trie.Hash { return nd.ledger.Snapshot().T.Root() }

// coin is the adversary's coin number i.
func (w *world) coin(i int) tx.Outpoint { return w.net.GenesisCoin(payments + i) }

// pay makes a payment at each of the pair and waits until the other has it, and
// both have one root.
func (w *world) pay() {
	w.t.Helper()
	for _, nd := range []*node{w.alice, w.bob} {
		payment := w.net.Spend(fmt.Sprintf("honest %d", w.paid), []tx.Outpoint{w.net.GenesisCoin(w.paid)})
		w.paid++
		nd.add(w.t, payment)
		w.awaitStep(payment.ID())
	}
}

// awaitStep waits, by the bubble's clock, until the pair holds a transaction and
// is in step.
func (w *world) awaitStep(id tx.ID) {
	w.t.Helper()
	for range 600 {
		synctest.Wait()
		if w.alice.ledger.Has(id) && w.bob.ledger.Has(id) && w.alice.root() == w.bob.root() {
			return
		}
		sessiontest.Advance(100 * time.Millisecond)
	}
	w.t.Fatalf("the honest pair is out of step: %d and %d transactions",
		w.alice.ledger.Snapshot().Transactions(), w.bob.ledger.Snapshot().Transactions())
}

// stranger is the adversary's end of a connection to Alice. It keeps to the
// credit that it is given, unless it means not to.
type stranger struct {
	*sessiontest.Served
	w      *world
	number int
	pipe   *sessiontest.Pipe
	credit int64
	greedy bool // grants back what it reads
	heard  []wire.Message
}

// call opens a connection from an address of its own.
func (w *world) call(change ...func(*wire.Hello)) *stranger {
	w.t.Helper()
	w.calls++
	return w.callFrom(w.calls, change...)
}

func (w *world) callFrom(number int, change ...func(*wire.Hello)) *stranger {
	w.t.Helper()
	hello := sessiontest.Hello(w.net.Genesis.ID(), number, w.state())
	for _, c := range change {
		c(hello)
	}
	frame, err := wire.Encode(hello)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.callSaying(number, frame)
}

func (w *world) callSaying(number int, first []byte) *stranger {
	w.t.Helper()
	ours, theirs := sessiontest.NewPipe(alice, number)
	s := &stranger{w: w, number: number, pipe: theirs, credit: session.InitialCredit}
	if first != nil {
		s.raw(first)
	}
	s.Served = sessiontest.Serve(w.t, w.alice, ours)
	return s
}

// state is what Alice holds, so that a stranger who says so is in step.
func (w *world) state() wire.State {
	s := w.alice.ledger.Snapshot()
	return wire.State{
		Count: s.Transactions(), Weight: s.Weight(), Depth: s.Depth, Confirmed: s.ConfirmedDepth,
		TRoot: s.T.Root(), URoot: s.U.Root(),
	}
}

// say sends a message as soon as there is credit for it; false means that the
// connection is closed, or that no more credit comes.
func (s *stranger) say(m wire.Message) bool {
	s.w.t.Helper()
	frame, err := wire.Encode(m)
	if err != nil {
		s.w.t.Fatal(err)
	}
	for tries := 0; s.credit < int64(len(frame)); tries++ {
		if !s.Open() || tries > 1000 {
			return false
		}
		if s.read(); s.credit < int64(len(frame)) {
			sessiontest.Advance(time.Second)
		}
	}
	return s.raw(frame)
}

// raw sends bytes, credit or not.
func (s *stranger) raw(frame []byte) bool {
	s.credit -= int64(len(frame))
	return s.pipe.Send(frame) == nil
}

// read takes in what is there.
func (s *stranger) read() {
	s.w.t.Helper()
	synctest.Wait()
	size := 0
	for {
		select {
		case frame := <-s.pipe.Recv():
			size += len(frame)
			m, credit, err := wire.DecodeGrant(frame)
			if err != nil {
				s.w.t.Fatal(err)
			}
			s.credit += int64(credit)
			if inv, ok := m.(*wire.Inv); !ok || len(inv.Items) > 0 {
				s.heard = append(s.heard, m)
			}
		default:
			if s.greedy && size > 0 {
				s.grant(uint64(size))
			}
			return
		}
	}
}

func (s *stranger) grant(credit uint64) {
	frame, err := wire.EncodeGrant(&wire.Inv{}, credit)
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.raw(frame)
}

// hear returns what has come since the last call.
func (s *stranger) hear() []wire.Message {
	s.w.t.Helper()
	s.read()
	all := s.heard
	s.heard = nil
	return all
}

// gets returns the gets that have come since the last call.
func (s *stranger) gets() []*wire.Get { return sessiontest.Only[*wire.Get](s.hear()) }

func (s *stranger) addr() netip.Addr { return sessiontest.Addr(s.number).Addr() }

// wantBanned checks that the stranger was dropped for a fault and is refused, and
// that it was scored for that fault so often.
func (s *stranger) wantBanned(fault session.Fault, times int) {
	s.w.t.Helper()
	if s.Open() {
		s.w.t.Fatalf("the session goes on; faults %v", s.w.alice.faults.of(s.number))
	}
	if err := s.Reason(); !errors.Is(err, fault) {
		s.w.t.Errorf("ended with %v; want %v", err, fault)
	}
	if !s.w.alice.bans.Has(s.addr(), time.Now()) {
		s.w.t.Errorf("not banned after %v", s.w.alice.faults.of(s.number))
	}
	if got := s.times(fault); got != times && got != times+1 { // one may have been forgiven, a point a minute
		s.w.t.Errorf("%d times %q; want %d", got, fault, times)
	}
	if again := s.w.callFrom(s.number); !errors.Is(again.Reason(), session.ErrBanned) {
		s.w.t.Errorf("calling again: %v", again.Reason())
	}
}

// wantFaults checks how often the stranger was scored for a fault.
func (s *stranger) wantFaults(fault session.Fault, times int) {
	s.w.t.Helper()
	if got := s.times(fault); got != times {
		s.w.t.Errorf("%d times %q; want %d", got, fault, times)
	}
}

// times counts how often the stranger was scored for a fault.
func (s *stranger) times(fault session.Fault) (n int) {
	synctest.Wait()
	for _, f := range s.w.alice.faults.of(s.number) {
		if f == fault {
			n++
		}
	}
	return n
}

// timesToBan is how many faults of a kind reach the ban.
func timesToBan(f session.Fault) int { return (session.BanScore + f.Weight() - 1) / f.Weight() }

// blotter is a log handler that keeps the faults, by peer.
type blotter struct {
	mu    sync.Mutex
	found map[string][]session.Fault
}

// of returns the faults of the node number n.
func (b *blotter) of(n int) []session.Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.found[sessiontest.Addr(n).String()])
}

func (b *blotter) note(attrs []slog.Attr) {
	var peer string
	var faults []session.Fault
	for _, a := range attrs {
		if a.Key == "peer" {
			peer = a.Value.String()
		}
		if f, ok := a.Value.Any().(session.Fault); ok {
			faults = append(faults, f)
		}
	}
	if len(faults) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.found == nil {
		b.found = make(map[string][]session.Fault)
	}
	b.found[peer] = append(b.found[peer], faults...)
}

// Enabled takes everything.
func (b *blotter) Enabled(context.Context, slog.Level) bool { return true }

// Handle notes a record.
func (b *blotter) Handle(ctx context.Context, r slog.Record) error {
	return (&scoped{blotter: b}).Handle(ctx, r)
}

// WithAttrs keeps the peer of a session's logger.
func (b *blotter) WithAttrs(attrs []slog.Attr) slog.Handler { return &scoped{b, attrs} }

// WithGroup is not used.
func (b *blotter) WithGroup(string) slog.Handler { return b }

// scoped is a blotter under attributes.
type scoped struct {
	*blotter
	attrs []slog.Attr
}

// Handle notes a record.
func (s *scoped) Handle(_ context.Context, r slog.Record) error {
	all := slices.Clone(s.attrs)
	r.Attrs(func(a slog.Attr) bool { all = append(all, a); return true })
	s.note(all)
	return nil
}

// WithAttrs adds to them.
func (s *scoped) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &scoped{s.blotter, slices.Concat(s.attrs, attrs)}
}
