package sync

import (
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// A Config is what a session needs.
type Config struct {
	// Trie is the pinned snapshot of one's own set.
	Trie trie.Trie
	// Want asks the peer for the transactions that are lacking here, instead of
	// for their keys: it saves 33 bytes and half a round trip each, and brings
	// a transaction twice when two peers are asked at once.
	Want bool
}

// A Session is one side of a reconciliation. It is not safe for concurrent use.
type Session struct {
	mine trie.Trie
	root trie.Hash
	leaf wire.RegionKind // how keys are listed

	theirs  *trie.Hash // the peer's root, once known
	asked   questions
	todo    []job         // what to answer and to tell, the largest keys last
	ready   []wire.Region // tells that did not fit, the largest keys last
	sent    int           // turns
	wanted  int           // transactions that the last turn's wants may bring
	starter bool
	full    bool // the last turn sent was
	over    bool
	partial bool
}

// A Step is what a turn led to.
type Step struct {
	// Need are keys that the peer has and that are lacking here, ascending.
	Need []trie.Key
	// Ranges hold keys that the peer has and none that is here, ascending.
	Ranges []Range
	// Send are keys whose transactions the peer has asked for, in its order.
	// There are none without a Reply, which says how many they are.
	Send []trie.Key
	// Given is how many transactions the peer says will follow for our wants.
	Given uint64
	// Reply is to be sent when HasReply is true.
	Reply    Turn
	HasReply bool
}

// Start begins a session and returns the turn to open it with.
func Start(c Config) (*Session, Turn) {
	s := newSession(c)
	s.starter = true
	return s, s.turn([]job{{kind: jobOpen}})
}

// Accept returns a session that waits for the peer's opening.
func Accept(c Config) *Session {
	s := newSession(c)
	s.asked.add(&wire.Region{}, question{fanOut: MaxSpine, limit: ^uint64(0)})
	return s
}

func newSession(c Config) *Session {
	s := &Session{mine: c.Trie, root: c.Trie.Root(), leaf: wire.RegionList, asked: newQuestions()}
	if c.Want {
		s.leaf = wire.RegionWant
	}
	return s
}

// Done reports whether the conversation is over: nothing more is to be sent, or
// to be expected.
func (s *Session) Done() bool { return s.over }

// Partial reports whether a limit made this side leave something out. Another
// session is worthwhile once the findings of this one are fetched.
func (s *Session) Partial() bool { return s.partial }

// Wanted is how many transactions the peer may send for the wants of the turn
// that was made last.
func (s *Session) Wanted() int { return s.wanted }

// Receive takes the peer's next turn. An error, always an *Error, is the peer's
// fault and ends the session.
func (s *Session) Receive(t Turn) (Step, error) {
	step, err := s.receive(t)
	if err != nil {
		s.over = true
		return Step{}, err
	}
	return step, nil
}

func (s *Session) receive(t Turn) (Step, error) {
	if s.over {
		return Step{}, &Error{Kind: ErrTurn}
	}
	if s.theirs != nil && *s.theirs != t.Root {
		return Step{}, &Error{Kind: ErrRoot}
	}
	s.theirs = &t.Root
	if t.Gives > uint64(s.wanted) {
		return Step{}, &Error{Kind: ErrCount, Detail: "more is given than was wanted"}
	}
	in := intake{s: s}
	in.step.Given = t.Gives
	if err := in.read(t.Regions); err != nil {
		return Step{}, err
	}
	s.enqueue(in.jobs)
	if s.ends(t) {
		s.partial = s.partial || len(in.step.Send) > 0 // there is no turn left to say so in
		in.step.Send = nil
		s.end()
		return in.step, nil
	}
	in.step.Reply, in.step.HasReply = s.turn(nil), true
	in.step.Reply.Gives = uint64(len(in.step.Send))
	if len(in.step.Reply.Regions) == 0 && !t.full() || !s.starter && s.sent == MaxTurns {
		s.end()
	}
	return in.step, nil
}

func (s *Session) end() {
	s.over = true
	s.partial = s.partial || len(s.todo)+len(s.ready) > 0
}

// ends reports whether no reply is due to a turn.
func (s *Session) ends(t Turn) bool {
	return len(t.Regions) == 0 && s.sent > 0 && !s.full || s.sent == MaxTurns
}
