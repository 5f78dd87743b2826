package trie

// An Editor changes a trie in batches. It copies a branch of the original the
// first time it has to change it, changes its own copies in place after that,
// and hashes each of them once, at Commit. The trie it was made from never
// changes. An Editor must not be copied or used concurrently.
type Editor struct {
	root node
}

// Edit returns an editor that starts from t.
func (t Trie) Edit() *Editor { return &Editor{root: t.root} }

// Insert adds a key, or gives it a new weight when it is there already. It
// reports whether the key is new.
func (e *Editor) Insert(k Key, weight uint64) bool {
	if e.root == nil {
		e.root = &leaf{key: k, weight: weight}
		return true
	}
	near := nearest(e.root, &k)
	at := firstDiff(&near.key, &k)
	if at == KeyBits {
		if near.weight != weight {
			*e.place(&k, KeyBits) = &leaf{key: k, weight: weight}
		}
		return false
	}
	slot := e.place(&k, at)
	n := &branch{bit: uint16(at), dirty: true}
	side := k.bit(n.bit)
	n.child[side] = &leaf{key: k, weight: weight}
	n.child[1-side] = *slot
	*slot = n
	return true
}

// Delete removes a key and reports whether it was there.
func (e *Editor) Delete(k Key) bool {
	gone := find(e.root, &k)
	if gone == nil {
		return false
	}
	slot := &e.root
	for {
		n, ok := (*slot).(*branch)
		if !ok { // the last key of all
			*slot = nil
			return true
		}
		side := k.bit(n.bit)
		if n.child[side] == node(gone) {
			*slot = n.child[1-side]
			return true
		}
		slot = &own(slot, n).child[side]
	}
}

// Get returns the weight of a key and whether the trie, as edited so far, has it.
func (e *Editor) Get(k Key) (weight uint64, ok bool) { return Trie{e.root}.Get(k) }

// Commit hashes what has changed and returns the edited trie. The editor can
// go on from there; the returned trie stays as it is.
func (e *Editor) Commit() Trie {
	if n, ok := e.root.(*branch); ok && n.dirty {
		n.settle()
	}
	return Trie{e.root}
}

// place returns the slot on k's path whose node branches at bit at or later,
// or is a leaf, and owns every branch above it.
func (e *Editor) place(k *Key, at int) *node {
	slot := &e.root
	for {
		n, ok := (*slot).(*branch)
		if !ok || int(n.bit) >= at {
			return slot
		}
		slot = &own(slot, n).child[k.bit(n.bit)]
	}
}

// own makes the branch n in slot changeable, by a copy unless it is already.
// A dirty branch is always the editor's own: no trie is handed out with one.
func own(slot *node, n *branch) *branch {
	if n.dirty {
		return n
	}
	c := *n
	c.dirty = true
	*slot = &c
	return &c
}
