package proofs

import (
	"errors"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// scene is a small network: a payment that four voters confirmed, a second one
// on top of it, and claims of three of them that hold both.
type scene struct {
	*world
	first, second, third *tx.Tx
	votes, later         []*tx.Tx
}

func newScene() *scene {
	s := &scene{world: newWorld(4, 4)}
	s.first = s.pay("first", s.Network.Genesis)
	s.votes = s.vote([]*tx.Tx{s.first}, 0, 1, 2, 3)
	s.second = s.pay("second", s.first, s.votes[3])
	s.votes = append(s.votes, s.vote([]*tx.Tx{s.second}, 0, 1, 2)...)
	s.third = s.add(s.Spend("third", []tx.Outpoint{s.GenesisCoin(1)}, s.votes[6]))
	s.later = s.vote([]*tx.Tx{s.third}, 0, 1, 2)
	return s
}

func TestVerify_Levels(t *testing.T) {
	s := newScene()
	onlyVotes := s.proof(s.second, s.first, s.votes[4])
	claimed := s.proof(s.second, s.later...)
	settled := s.proof(s.second, s.later...)
	toParent := s.proof(s.second, append(s.later, s.first)...)
	for _, w := range s.later {
		s.state(t, claimed, w, false, s.second)
		s.state(t, settled, w, true, s.second)
		s.state(t, toParent, w, false, s.first)
	}
	twoVoters := s.proof(s.second, s.later[:2]...)
	for _, w := range s.later[:2] {
		s.state(t, twoVoters, w, true, s.second)
	}
	for _, c := range []struct {
		name     string
		proof    *Proof
		level    Level
		by       By
		ancestry Ancestry
		signed   bool
	}{
		{"the genesis", s.whole(s.Network.Genesis), Confirmed, ByGenesis, ToGenesis, true},
		{"the set is whole", s.whole(s.second), Confirmed, ByRule, ToGenesis, true},
		{"a witness that others stand on", s.whole(s.votes[0]), Witnessed, "", ToGenesis, true},
		{"the last witness", s.whole(s.later[2]), Valid, "", ToGenesis, true},
		{"claims of the state", settled, Confirmed, ByClaims, ToClaims, false},
		{"claims of the set", claimed, Claimed, "", ToClaims, false},
		{"an ancestor is claimed", toParent, Valid, "", ToClaims, true},
		{"claims of half the stake", twoVoters, Incomplete, "", ToGap, false},
		{"a vote", onlyVotes, Witnessed, "", ToGenesis, true},
		{"nothing but the ancestor", s.proof(s.second, s.first), Valid, "", ToGenesis, true},
		{"nothing", s.proof(s.second), Incomplete, "", ToGap, false},
		{"a payment of the genesis alone", s.proof(s.first), Valid, "", ToGenesis, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.proof)
			if v.Level != c.level || v.By != c.by || v.Ancestry != c.ancestry || v.Signed != c.signed {
				t.Errorf("%s by %q, ancestry %s, signed %v; want %s by %q, %s, %v",
					v.Level, v.By, v.Ancestry, v.Signed, c.level, c.by, c.ancestry, c.signed)
			}
			if len(v.Missing()) == 0 || v.Level != Valid && v.Level != Incomplete && len(v.Words()) == 0 {
				t.Errorf("words %q, missing %q", v.Words(), v.Missing())
			}
		})
	}
}

func TestVerify_Shares(t *testing.T) {
	s := newScene()
	p := s.whole(s.second)
	s.state(t, p, s.later[0], true, s.second)
	s.state(t, p, s.later[1], false, s.second)
	v := judged(t, p)
	want := map[string][2]uint64{
		"witnessed": {v.Witnessed.Stake, 3}, "named": {v.Named.Stake, 3},
		"claimed_t": {v.ClaimedT.Stake, 2}, "claimed_u": {v.ClaimedU.Stake, 1}, "total": {v.Witnessed.Total, 4},
	}
	for name, pair := range want {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, want %d", name, pair[0], pair[1])
		}
	}
	if v.Rule == nil || v.Rule.Transactions != len(s.order) || v.Checked != v.Transactions {
		t.Errorf("rule %+v, checked %d of %d", v.Rule, v.Checked, v.Transactions)
	}
}

// TestVerify_OneVoterCountsOnce: three statements of one voter are one voter's.
func TestVerify_OneVoterCountsOnce(t *testing.T) {
	s := newScene()
	more := s.vote([]*tx.Tx{s.third}, 0, 0)
	p := s.proof(s.second, s.later[0], more[0], more[1])
	for _, w := range []*tx.Tx{s.later[0], more[0], more[1]} {
		s.state(t, p, w, true, s.second)
	}
	if v := judged(t, p); v.ClaimedU.Stake != 1 || v.Witnessed.Stake > 1 {
		t.Errorf("claimed %d, witnessed %d", v.ClaimedU.Stake, v.Witnessed.Stake)
	}
}

func TestVerify_Conflicts(t *testing.T) {
	s := newScene()
	rival := s.Spend("rival", []tx.Outpoint{ledgertest.Coin(s.first)}, s.first)
	s.add(rival)
	open := newWorld(2, 4)
	a := open.pay("a", open.Network.Genesis)
	b := open.pay("b", open.Network.Genesis)
	open.vote([]*tx.Tx{a}, 0, 1)
	open.vote([]*tx.Tx{b}, 2, 3)
	child := open.pay("child", a)
	for _, c := range []struct {
		name    string
		proof   *Proof
		level   Level
		settled bool
	}{
		{"the rival of a confirmed one", s.whole(s.second), Confirmed, true},
		{"a rival that lost", s.whole(rival), Conflicted, false},
		{"without the votes", s.proof(s.second, s.first, rival), Conflicted, false},
		{"open", open.whole(a), Conflicted, false},
		{"of an ancestor", open.whole(child), Conflicted, false},
	} {
		v := judged(t, c.proof)
		if v.Level != c.level || len(v.Conflicts) != 1 || v.Conflicts[0].Settled != c.settled {
			t.Errorf("%s: %s, %+v", c.name, v.Level, v.Conflicts)
		}
	}
	if v := judged(t, s.whole(rival)); v.Rule.Status != "rejected" {
		t.Errorf("the rule says %s", v.Rule.Status)
	}
}

// TestVerify_UncheckedRival: whoever writes down a rival whose inputs nobody can
// look at puts no receipt into doubt.
func TestVerify_UncheckedRival(t *testing.T) {
	s := newScene()
	foreign := s.Spend("elsewhere", []tx.Outpoint{s.GenesisCoin(3)}, s.first)
	forged := s.Spend("rival", []tx.Outpoint{ledgertest.Coin(s.first), ledgertest.Coin(foreign)}, s.first)
	p := s.proof(s.second, s.first)
	p.Chain = append(p.Chain, forged)
	v := judged(t, p)
	if v.Level != Valid || len(v.Conflicts) != 1 || v.Conflicts[0].Rivals[0].Checked {
		t.Errorf("%s, %+v", v.Level, v.Conflicts)
	}
}

// TestVerify_Forks: the word of a voter that signed twice counts for nothing;
// past a third nothing is final.
func TestVerify_Forks(t *testing.T) {
	s := newScene()
	one := s.add(s.Fork(0, s.third))
	v := judged(t, s.whole(s.second))
	if len(v.Forks) != 1 || v.Witnessed.Stake != 2 || v.Level != Confirmed {
		t.Errorf("one of four: %s, %+v, witnessed %d", v.Level, v.Forks, v.Witnessed.Stake)
	}
	two := s.add(s.Fork(1, s.third))
	v = judged(t, s.whole(s.second))
	if len(v.Forks) != 2 || v.Level == Confirmed {
		t.Errorf("two of four: %s", v.Level)
	}
	p := s.proof(s.second, append(s.later, one, two)...)
	for _, w := range s.later {
		s.state(t, p, w, true, s.second)
	}
	if v := judged(t, p); v.Level != Incomplete || v.ClaimedU.Stake != 1 {
		t.Errorf("claims of forkers: %s, %d", v.Level, v.ClaimedU.Stake)
	}
}

func TestVerify_Network(t *testing.T) {
	s := newScene()
	p := s.whole(s.second)
	mine, other := s.Network.Genesis.ID(), tx.ID{1}
	if _, err := p.Verify(Options{Network: &other}); !errors.Is(err, ErrNetwork) {
		t.Errorf("another network: %v", err)
	}
	v, err := p.Verify(Options{Network: &mine})
	if err != nil || !v.Network.Asked {
		t.Fatalf("%+v, %v", v.Network, err)
	}
	if len(v.Missing()) >= len(judged(t, p).Missing()) {
		t.Error("to have asked for the network makes no difference")
	}
}

// TestVerify_NoVoters: nothing is ever confirmed there, whatever the share.
func TestVerify_NoVoters(t *testing.T) {
	w := newWorld(2, 0)
	v := judged(t, w.whole(w.pay("a", w.Network.Genesis)))
	if v.Level != Valid || v.ClaimedU.TwoThirds() {
		t.Errorf("%s", v.Level)
	}
}

func TestContradict(t *testing.T) {
	w := newWorld(2, 4)
	a, b := w.pay("a", w.Network.Genesis), w.pay("b", w.Network.Genesis)
	child := w.pay("child", a)
	for _, c := range []struct {
		name string
		a, b *Proof
		want int
	}{
		{"two spenders", w.proof(a), w.proof(b), 1},
		{"an ancestor", w.proof(child, a), w.proof(b), 1},
		{"the same", w.proof(a), w.proof(a), 0},
		{"one on the other", w.proof(a), w.proof(child, a), 0},
		{"the genesis", w.proof(w.Network.Genesis), w.proof(a), 0},
		{"another network", w.proof(a), newWorld(3, 0).proof(newWorld(3, 0).Network.Genesis), 0},
	} {
		got := Contradict(c.a, c.b)
		if len(got) != c.want || len(Contradict(c.b, c.a)) != c.want {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		if c.want == 1 && (len(got[0].Spenders) != 2 || !slices.Contains(got[0].Spenders, a.ID())) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestShare_String(t *testing.T) {
	for _, c := range []struct {
		s    Share
		want string
	}{
		{Share{0, 0}, "0 %"}, {Share{0, 4}, "0.0 %"}, {Share{2, 3}, "66.6 %"}, {Share{3, 3}, "100.0 %"},
		{Share{1<<62 - 2, 1<<62 - 1}, "99.9 %"}, {Share{1, 1<<62 - 1}, "0.0 %"},
	} {
		if got := c.s.String(); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.s.Stake, c.s.Total, got, c.want)
		}
	}
}
