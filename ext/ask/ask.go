// Package ask puts one question to several peers: a list of those whose sessions
// are open and who would answer, with a bounded number of open questions to each.
// The families of questions (ext/prove, ext/hold) stand on it.
package ask

import (
	"context"
	"slices"
	"sync"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
)

// MaxOpen bounds the unanswered questions of one family to one peer: a quarter of
// the session's places, so that the families of questions leave half of them to
// what is urgent.
const MaxOpen = session.MaxRequests / 4

// Roster lists the peers of one family. Close ends it.
type Roster struct {
	feature uint64

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex // orders wg.Go before wg.Wait
	peers []*Peer    // oldest first
}

// Peer is a session whose peer answers, with a place for each open question.
type Peer struct {
	*session.Session
	places chan struct{}
}

// New returns an empty list of peers that show a feature bit.
func New(feature uint64) *Roster {
	r := &Roster{feature: feature}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Close ends the questions that are still open, and waits for them.
func (r *Roster) Close() {
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	r.wg.Wait()
}

// Keep lists a session while it stands, if its peer answers. It is a family's Start.
func (r *Roster) Keep(ctx context.Context, s *session.Session) {
	if s.Peer().Features&r.feature != 0 {
		p := &Peer{Session: s, places: make(chan struct{}, MaxOpen)}
		r.mu.Lock()
		r.peers = append(r.peers, p)
		r.mu.Unlock()
		defer r.forget(p)
	}
	<-ctx.Done()
}

func (r *Roster) forget(gone *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers = slices.DeleteFunc(slices.Clone(r.peers), func(p *Peer) bool { return p == gone })
}

// Peers returns those who would answer now, the oldest session first.
func (r *Roster) Peers() []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.peers)
}

// Ask puts a question to a peer and calls then, in a goroutine of its own, with what
// Session.Request gave. It waits for a place until ctx ends. A question that was put
// keeps its place, whatever becomes of ctx, until it is answered or its peer scored
// for silence: else an answer would be taken for another's, and silence cost nothing.
func (r *Roster) Ask(ctx context.Context, p *Peer, question wire.Request, then func(answer wire.Message, err error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ctx.Err(); err != nil {
		go then(nil, err)
		return
	}
	r.wg.Go(func() {
		select {
		case p.places <- struct{}{}:
		case <-ctx.Done():
			then(nil, ctx.Err())
			return
		case <-p.Done():
			then(nil, session.ErrClosed)
			return
		}
		answer, err := p.Request(r.ctx, question)
		<-p.places
		then(answer, err)
	})
}
