package node

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// TestVoterRefusesARestoredFolder: a voter's folder is put back to an older day.
// The witnesses signed since then are with the other voter, and the restored one
// must not sign any of their numbers again.
func TestVoterRefusesARestoredFolder(t *testing.T) {
	t.Run("it dials", func(t *testing.T) {
		s := newStory(t)
		b := s.start(t, 1, s.dirs[1], nil)
		s.judge(t, s.start(t, 0, s.copied, s.alarm, addrOf(b)), b)
	})
	t.Run("it is dialled", func(t *testing.T) {
		s := newStory(t)
		restored := s.start(t, 0, s.copied, s.alarm)
		submit(t, restored, s.last)
		<-time.After(2 * voter.DefaultHold) // it would vote at once for what it has looked at for so long
		s.judge(t, restored, s.start(t, 1, s.dirs[1], nil, addrOf(restored)))
	})
}

// story is two voters, of whom each needs the other, and what happened to them.
type story struct {
	net    *ledgertest.Network
	dirs   [2]config.Folder
	copied config.Folder // voter 0's folder, as it was before votes
	votes  int           // voter 0's last number that anybody else has
	last   *tx.Tx        // a payment that nobody has heard of
	alarm  *alarm
}

// newStory lets the voters vote, copies the folder of the first while it is
// stopped, and lets them vote on.
func newStory(t *testing.T) *story {
	t.Helper()
	s := &story{
		net: ledgertest.NewNetwork(3, 2), alarm: &alarm{heard: make(chan struct{}, 1)},
		dirs:   [2]config.Folder{config.Folder(t.TempDir()), config.Folder(t.TempDir())},
		copied: config.Folder(t.TempDir()),
	}
	pay := func(i int) { s.payTogether(t, s.net.Spend("", []tx.Outpoint{s.net.GenesisCoin(i)})) }
	pay(0)
	if err := os.CopyFS(string(s.copied), os.DirFS(string(s.dirs[0]))); err != nil {
		t.Fatal(err)
	}
	pay(1) // confirmed: the first voter has signed something since
	s.last = s.net.Spend("", []tx.Outpoint{s.net.GenesisCoin(2)})
	return s
}

// payTogether runs both voters until a payment is confirmed, and notes how far
// the first has voted.
func (s *story) payTogether(t *testing.T, payment *tx.Tx) {
	t.Helper()
	b := s.start(t, 1, s.dirs[1], nil)
	a := s.start(t, 0, s.dirs[0], nil, addrOf(b))
	submit(t, a, payment)
	await(t, b, "both have voted", func() bool { return confirmed(b, payment.ID()) })
	stop(t, a)
	stop(t, b)
	s.votes = lastVote(b, s.key(0))
}

func (s *story) key(who int) tx.Key { return tx.PublicKey(s.net.Voters[who]) }

func (s *story) start(t *testing.T, who int, dir config.Folder, h slog.Handler, peers ...netip.AddrPort) *Node {
	t.Helper()
	opts := Options{Dir: dir, Genesis: s.net.Genesis, Voter: s.net.Voters[who], Peers: peers}
	if h != nil {
		opts.Logger = slog.New(h)
	}
	return start(t, opts)
}

// judge gives the restored voter something to vote on and waits until it has
// found out what it is.
func (s *story) judge(t *testing.T, restored, other *Node) {
	t.Helper()
	submit(t, restored, s.last)
	stopped := false
	await(t, restored, "the restored voter stops or forks", func() bool {
		select {
		case <-s.alarm.heard:
			stopped = true
		default:
		}
		return stopped || forkedStake(restored) > 0
	})
	if forkedStake(restored) > 0 {
		t.Fatalf("the restored voter signed a number for the second time")
	}
	if list := status(t, restored).Problems; len(list) != 1 || !strings.Contains(list[0], "does not vote: ") {
		t.Errorf("the restored node's problems: %q", list)
	}
	await(t, other, "the other one has voted", func() bool {
		var said bool
		other.ledger.Read(func(d *dag.DAG) { said = d.Supports(s.key(1), s.last.ID()) })
		return said
	})
	for name, n := range map[string]*Node{"restored": restored, "other": other} {
		if stake, votes := forkedStake(n), lastVote(n, s.key(0)); stake > 0 || votes != s.votes {
			t.Errorf("%s: stake %d has forked; the last number is %d, was %d", name, stake, votes, s.votes)
		}
		if confirmed(n, s.last.ID()) {
			t.Errorf("%s: the restored voter's vote was counted", name)
		}
	}
}

// alarm is a log handler that hears vote.ErrRestored.
type alarm struct{ heard chan struct{} }

func (a *alarm) Enabled(context.Context, slog.Level) bool { return true }
func (a *alarm) WithAttrs([]slog.Attr) slog.Handler       { return a }
func (a *alarm) WithGroup(string) slog.Handler            { return a }

func (a *alarm) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(attr slog.Attr) bool {
		if err, ok := attr.Value.Any().(error); ok && errors.Is(err, vote.ErrRestored) {
			select {
			case a.heard <- struct{}{}:
			default:
			}
		}
		return true
	})
	return nil
}
