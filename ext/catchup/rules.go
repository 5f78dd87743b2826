package catchup

import (
	"net/netip"
	gosync "sync"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ledger/trie"
)

// RuleAlarmPeers is how many peers, each at a place of its own, have to hold our
// transactions and one same other result before we believe that there are other
// rules: one peer's word is not enough, it may lie (ledger.md, 3).
const RuleAlarmPeers = 2

// ruleWatch collects what peers say of the state that follows from the set that
// we hold. What it says is for a person; nothing in the node acts on it.
type ruleWatch struct {
	mu    gosync.Mutex
	set   trie.Hash              // the t_root that the words are about
	words map[string]trie.Hash   // u_root by place; at most session.MaxSessions
	alarm map[trie.Hash]struct{} // u_roots that enough peers agree on
}

// hear notes a peer's u_root for our set and reports whether it makes an alarm,
// which is raised once for a set and a result.
func (w *ruleWatch) hear(place string, set, result trie.Hash) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set != set || w.words == nil {
		w.set, w.words, w.alarm = set, make(map[string]trie.Hash), make(map[trie.Hash]struct{})
	}
	if _, known := w.words[place]; !known && len(w.words) >= session.MaxSessions {
		return false
	}
	w.words[place] = result
	agree := 0
	for _, r := range w.words {
		if r == result {
			agree++
		}
	}
	if _, raised := w.alarm[result]; raised || agree < RuleAlarmPeers {
		return false
	}
	w.alarm[result] = struct{}{}
	return true
}

// retract forgets the word of a peer that has come to our result.
func (w *ruleWatch) retract(place string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.words, place)
}

// raised reports whether an alarm stands for the set that we hold.
func (w *ruleWatch) raised(set trie.Hash) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.set == set && len(w.alarm) > 0
}

// placeOf tells peers apart for the alarm: by what a stranger cannot have many of.
// Among neighbours, who share an address, by the port too.
func placeOf(remote netip.AddrPort) string {
	if ip := remote.Addr().Unmap(); ip.IsLoopback() || ip.IsPrivate() {
		return remote.String()
	}
	return book.Place(remote.Addr()).String()
}
