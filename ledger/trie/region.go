package trie

// Region returns the longest prefix that all keys share: its length in bits and
// its bits, the rest zero. For a single key it is the whole key, for the empty
// trie nothing: 0 bits.
func (t Trie) Region() (bits int, prefix Key) {
	switch n := t.root.(type) {
	case *leaf:
		return KeyBits, n.key
	case *branch:
		return int(n.bit), n.some().Prefix(int(n.bit))
	}
	return 0, Key{}
}

// Split returns the two halves of a trie of at least two keys: the keys with a
// zero in the first bit in which they differ, and those with a one. With fewer
// keys ok is false.
func (t Trie) Split() (low, high Trie, ok bool) {
	n, ok := t.root.(*branch)
	if !ok {
		return Trie{}, Trie{}, false
	}
	return Trie{n.child[0]}, Trie{n.child[1]}, true
}

// Sub returns the trie of just those keys whose first bits bits are those of
// prefix. It shares all its nodes with t and takes one walk down. It panics
// unless 0 <= bits <= KeyBits.
func (t Trie) Sub(bits int, prefix Key) Trie {
	if bits < 0 || bits > KeyBits {
		panic("trie: Sub with a prefix outside of the key")
	}
	n := t.root
	for {
		b, ok := n.(*branch)
		if !ok || int(b.bit) >= bits {
			break
		}
		n = b.child[prefix.bit(b.bit)]
	}
	if n == nil || firstDiff(n.some(), &prefix) < bits {
		return Trie{}
	}
	return Trie{n}
}

// Ascend calls fn for the keys from from on, in ascending order, until fn
// returns false.
func (t Trie) Ascend(from Key, fn func(k Key, weight uint64) bool) { t.walk(0, &from, fn) }

// Descend calls fn for the keys from from down, in descending order, until fn
// returns false.
func (t Trie) Descend(from Key, fn func(k Key, weight uint64) bool) { t.walk(1, &from, fn) }

// First returns the smallest key; ok is false when the trie is empty.
func (t Trie) First() (k Key, ok bool) { return t.end(0) }

// Last returns the largest key; ok is false when the trie is empty.
func (t Trie) Last() (k Key, ok bool) { return t.end(1) }

// FromTop returns the key that n larger ones stand before; ok is false when the
// trie has no more than n. It costs one way down, wherever the key is.
func (t Trie) FromTop(n uint64) (k Key, ok bool) {
	at := t.root
	for {
		switch c := at.(type) {
		case *leaf:
			return c.key, n == 0
		case *branch:
			at = c.child[1]
			if above := at.keys(); n >= above {
				n, at = n-above, c.child[0]
			}
		default:
			return Key{}, false
		}
	}
}

func (t Trie) end(side int) (Key, bool) {
	n := t.root
	for {
		switch c := n.(type) {
		case *leaf:
			return c.key, true
		case *branch:
			n = c.child[side]
		default:
			return Key{}, false
		}
	}
}

// walk visits the keys at and after from, side 0 ascending and side 1
// descending.
func (t Trie) walk(side int, from *Key, fn func(Key, uint64) bool) {
	if t.root != nil {
		diff := firstDiff(&nearest(t.root, from).key, from)
		walkFrom(t.root, side, from, diff, fn)
	}
}

// walkFrom visits the keys below n at and after from. diff is the first bit in
// which from leaves the trie: a branch before it lies on from's path, what
// comes first after it lies wholly on one side of from.
func walkFrom(n node, side int, from *Key, diff int, fn func(Key, uint64) bool) bool {
	b, ok := n.(*branch)
	if ok && int(b.bit) < diff {
		way := from.bit(b.bit)
		if !walkFrom(b.child[way], side, from, diff, fn) {
			return false
		}
		return way != side || walkAll(b.child[1-side], side, fn)
	}
	if diff < KeyBits && from.bit(uint16(diff)) != side {
		return true
	}
	return walkAll(n, side, fn)
}

// walkAll visits every key below n, its child on the given side first.
func walkAll(n node, side int, fn func(Key, uint64) bool) bool {
	switch n := n.(type) {
	case *leaf:
		return fn(n.key, n.weight)
	case *branch:
		return walkAll(n.child[side], side, fn) && walkAll(n.child[1-side], side, fn)
	}
	return true
}
