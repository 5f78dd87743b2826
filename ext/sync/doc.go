// Package sync reconciles two sets of keys, each held as a trie: by exchanging
// hashes of ever smaller regions of the key space both sides learn what the
// other has and they lack, at a cost that follows the difference and not the
// sets.
//
// # The conversation
//
// Two sessions over two pinned snapshots speak in turns, one turn a frame, the
// starter first. A turn is a list of regions, which are prefixes of the key
// space:
//
//   - A root is a question: "I hold count keys here with this root". Silence
//     means "so do I", or "I have nothing there and fetch it". Otherwise the
//     answer, whole in one turn, is what the answering side holds in the region:
//     its keys if they are at most ListMax; the root of just the same region if
//     the asking side is the one with few keys and shall list them; or else at
//     most FanOut smaller regions, that together hold all its keys.
//   - A list, or a want, states all keys the sender has in a region.
//   - So after an answer or a list the other side knows what the sender lacks,
//     all its own keys there that are neither listed nor in a smaller region,
//     and tells: a few keys by a list, many by a root. The sender has nothing
//     there, by his own word, so a tell is not a question, and a told root means
//     "fetch this range".
//   - A want is a list whose sender asks for the transactions of what he lacks
//     rather than to be told their keys. If they are very many he is told.
//
// The opening answers the unspoken question about the whole key space. It
// follows the trie from the root to the largest keys, so that its regions get
// smaller towards the top of the depth order: what a node lacks is normally
// there, and is found in one step instead of log16(n).
//
// An empty turn ends the conversation, unless the turn it answers was full: from
// FullTurn bytes on a sender may have kept things back for his next turn. After
// MaxTurns turns each it is over in any case.
//
// # What is guaranteed
//
// With an honest peer, and unless Partial, both sides have learnt exactly the
// symmetric difference: every key that is lacking is needed by its key, lies in
// a range in which nothing else is, or has been asked for by a want; each once.
// Memory and work are bounded by the constants of limits.go. A peer that says
// what no honest one can say gets an *Error with a kind, and the session is over.
//
// Two sets that differ in weights alone reconcile to nothing: their nodes follow
// different rules.
//
// The package is pure: no I/O, no clock, no goroutine. Pinning the snapshot,
// time-outs, fetching and sending transactions are the caller's.
package sync
