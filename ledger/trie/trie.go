// Package trie implements the Merkle-sum trie that names a set of keys with
// weights by one hash: the state identifiers t_root and u_root of the ledger.
//
// It is a path-compressed binary ("crit-bit") trie over keys of 36 bytes. Every
// branch commits to the first bit in which its keys differ, to the prefix that
// they share, to their number and to the sum of their weights; docs/spec/trie.md
// is the normative description with test vectors. Three properties matter:
//
//   - The shape, and so the root, depends on the set alone: whatever the order
//     of insertions and deletions, one set has one root.
//   - A Trie is an immutable value. Changes make a new one that shares almost
//     all of its nodes with the old one, so a snapshot costs nothing and may be
//     read from any number of goroutines while its successors are being made.
//   - Whether a key is in the set, with which weight, and which key covers a
//     given offset of the summed weights can be proven against the root alone,
//     in about a kilobyte at a million keys.
//
// A key costs 128 bytes in memory, inner nodes included.
//
// The package is pure. It knows nothing of transactions, of what the weights
// mean, or of storage.
package trie

// A Trie is an immutable set of keys with weights. The zero value is the empty
// trie. Two tries hold the same keys with the same weights exactly when their
// roots are equal; == on Trie values compares identity and is of no use.
type Trie struct {
	root node
}

// Root returns the hash that identifies the set: 32 zero bytes for the empty
// trie, the leaf's hash for a single key.
func (t Trie) Root() Hash {
	if t.root == nil {
		return Hash{}
	}
	return t.root.digest()
}

// Count returns the number of keys.
func (t Trie) Count() uint64 {
	if t.root == nil {
		return 0
	}
	return t.root.keys()
}

// Weight returns the sum of the weights, 2^64-1 if it is that or more.
func (t Trie) Weight() uint64 {
	if t.root == nil {
		return 0
	}
	return t.root.sum()
}

// Has reports whether the trie has a key.
func (t Trie) Has(k Key) bool { return find(t.root, &k) != nil }

// Get returns the weight of a key and whether the trie has it.
func (t Trie) Get(k Key) (weight uint64, ok bool) {
	if l := find(t.root, &k); l != nil {
		return l.weight, true
	}
	return 0, false
}

// Insert returns the trie with a key added, or with its weight changed. For
// more than one change, use Edit.
func (t Trie) Insert(k Key, weight uint64) Trie {
	e := t.Edit()
	e.Insert(k, weight)
	return e.Commit()
}

// Delete returns the trie without a key.
func (t Trie) Delete(k Key) Trie {
	e := t.Edit()
	e.Delete(k)
	return e.Commit()
}
