package ledger

import (
	"slices"
	"sync"

	"github.com/torrenttx/ttx/ledger/trie"
)

// What is kept of earlier states. A state shares with its successors all that they
// did not change: a change (one key in or out of a trie) leaves behind at most the
// branches on its way, 80 bytes each and some 20 of them at a million keys, less
// for changes made together. So the bounds count changes: those since the oldest
// state that is kept.
const (
	// MaxRecent and MaxRecentChanges bound the latest states. 256 states of 128
	// changes leave at most 15 branches a change behind, 40 MB at a million keys (26
	// measured, by BenchmarkPastMemory); nine batches of bulk, for which there is room
	// then, 18 MB.
	MaxRecent        = 256
	MaxRecentChanges = 32_768
	// MaxPinned and MaxPinnedChanges bound the states that a voter's witness
	// claims: another 40 MB. A payment makes some five changes, so a claim is
	// served until 6,500 payments later.
	MaxPinned        = 256
	MaxPinnedChanges = 32_768
)

// past holds earlier states in two queues: the latest ones, and those that a
// witness in T claims, so that proofs can be made under the roots in its `r`.
// Whose witness it is does not matter: a claim can only pin what was a state of
// this ledger.
type past struct {
	mu     sync.RWMutex
	now    int64 // changes until now
	recent queue
	pinned queue
	states map[roots]*pastState
	tries  map[trie.Hash]*sharedTrie
}

// roots name one state.
type roots struct{ t, u trie.Hash }

func rootsOf(s *Snapshot) roots { return roots{s.T.Root(), s.U.Root()} }

// pastState is one state, and how many changes had been made when it was one.
type pastState struct {
	*Snapshot
	changes int64
	holders int // queues it is in
}

// sharedTrie is a trie and how many of the states have it.
type sharedTrie struct {
	trie.Trie
	states int
}

// queue is the states of one kind, oldest first, and its bounds.
type queue struct {
	states  []*pastState
	most    int
	changes int64
}

// over reports whether the oldest state has to go.
func (q *queue) over(now int64) bool {
	n := len(q.states)
	return n > q.most || n > 0 && now-q.states[0].changes > q.changes
}

func newPast() *past {
	return &past{
		recent: queue{most: MaxRecent, changes: MaxRecentChanges},
		pinned: queue{most: MaxPinned, changes: MaxPinnedChanges},
		states: make(map[roots]*pastState),
		tries:  make(map[trie.Hash]*sharedTrie),
	}
}

// add notes the newest state, after so many changes.
func (p *past) add(s *Snapshot, changes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = changes
	p.push(&p.recent, p.state(s, changes))
	p.trim(&p.pinned)
}

// pin keeps a state, if it is here, in the second queue too.
func (p *past) pin(r roots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.states[r]
	if s != nil && !slices.Contains(p.pinned.states, s) {
		p.push(&p.pinned, s)
	}
}

// restore keeps a state that a claim in the log names. They come oldest first.
func (p *past) restore(s *Snapshot, changes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.push(&p.pinned, p.state(s, changes))
}

// state returns what is kept of a state, or what will be.
func (p *past) state(s *Snapshot, changes int64) *pastState {
	if known := p.states[rootsOf(s)]; known != nil {
		return known
	}
	return &pastState{Snapshot: s, changes: changes}
}

func (p *past) push(q *queue, s *pastState) {
	if s.holders++; s.holders == 1 {
		p.enter(s)
	}
	q.states = append(q.states, s)
	p.trim(q)
}

// trim lets go of the oldest states of a queue until it keeps its bounds.
func (p *past) trim(q *queue) {
	for q.over(p.now) {
		oldest := q.states[0]
		q.states[0] = nil // its memory is what is bounded
		q.states = q.states[1:]
		if oldest.holders--; oldest.holders == 0 {
			p.leave(oldest)
		}
	}
}

func (p *past) enter(s *pastState) {
	p.states[rootsOf(s.Snapshot)] = s
	for _, t := range []trie.Trie{s.T, s.U} {
		shared := p.tries[t.Root()]
		if shared == nil {
			shared = &sharedTrie{Trie: t}
			p.tries[t.Root()] = shared
		}
		shared.states++
	}
}

func (p *past) leave(s *pastState) {
	delete(p.states, rootsOf(s.Snapshot))
	for _, t := range []trie.Trie{s.T, s.U} {
		if shared := p.tries[t.Root()]; shared != nil {
			if shared.states--; shared.states == 0 {
				delete(p.tries, t.Root())
			}
		}
	}
}

// At returns the state with these roots, if it is one of the latest MaxRecent, or
// of the latest MaxPinned that a witness in T claims, as far as their memory is
// bounded. Of the latest ones none but the last survives a restart; claimed ones
// do within the last rewindRecords of the log.
func (l *Ledger) At(tRoot, uRoot trie.Hash) (*Snapshot, bool) {
	l.past.mu.RLock()
	defer l.past.mu.RUnlock()
	s := l.past.states[roots{tRoot, uRoot}]
	if s == nil {
		return nil, false
	}
	return s.Snapshot, true
}

// Root returns the trie, of transactions or of unspent outputs, that has this root
// in one of the states that At knows.
func (l *Ledger) Root(h trie.Hash) (trie.Trie, bool) {
	l.past.mu.RLock()
	defer l.past.mu.RUnlock()
	shared := l.past.tries[h]
	if shared == nil {
		return trie.Trie{}, false
	}
	return shared.Trie, true
}
