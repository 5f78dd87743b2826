package tx

import "bytes"

// LockKind tells the four forms of a lock apart.
type LockKind uint8

// The forms of a lock. The zero kind is that of a Lock nobody made; it has no
// encoding that Decode accepts.
const (
	// LockKey is {k}: opened by a signature of the key.
	LockKey LockKind = iota + 1
	// LockHash is {h}: opened by the 32-byte preimage of a SHA-256 hash.
	LockHash
	// LockAfter is {after}: open when the transaction's own `t` is at least
	// that.
	LockAfter
	// LockThreshold is {n, of}: opened by exactly n of its members.
	LockThreshold
)

// Lock is what an output asks of the transaction that spends it: a small
// policy, checked as data. The constructors build any tree; the rules of locks
// (CheckLock) are enforced by Decode, Seal and DecodeLock.
type Lock struct {
	kind LockKind
	need int
	data [32]byte
	from int64
	of   []Lock
}

// KeyLock returns {k}: the lock of ordinary payments.
func KeyLock(key Key) Lock { return Lock{kind: LockKey, data: key} }

// HashLock returns {h}. It is not bound: alone it is no legal root.
func HashLock(hash [32]byte) Lock { return Lock{kind: LockHash, data: hash} }

// AfterLock returns {after}, with a time in milliseconds since 1970. It is not
// bound: alone it is no legal root.
func AfterLock(ms int64) Lock { return Lock{kind: LockAfter, from: ms} }

// ThresholdLock returns {n, of}, satisfied by exactly n of the given locks.
func ThresholdLock(n int, of ...Lock) Lock {
	return Lock{kind: LockThreshold, need: n, of: of}
}

// Kind returns the lock's form.
func (l Lock) Kind() LockKind { return l.kind }

// Key returns the key of a {k} lock, the zero key of another.
func (l Lock) Key() Key {
	if l.kind != LockKey {
		return Key{}
	}
	return l.data
}

// Hash returns the hash of an {h} lock, zero for another.
func (l Lock) Hash() [32]byte {
	if l.kind != LockHash {
		return [32]byte{}
	}
	return l.data
}

// After returns the time of an {after} lock in milliseconds, 0 for another.
func (l Lock) After() int64 { return l.from }

// Need returns the threshold n of an {n, of} lock, 0 for another.
func (l Lock) Need() int { return l.need }

// Of returns the members of an {n, of} lock, nil for another. The caller must
// not change them.
func (l Lock) Of() []Lock { return l.of }

// Equal reports whether two locks have the same encoding.
func (l Lock) Equal(other Lock) bool {
	return bytes.Equal(l.Encode(), other.Encode())
}

// Keys returns every key that stands in the lock, in the order written.
func (l Lock) Keys() []Key {
	if l.kind == LockKey {
		return []Key{l.data}
	}
	var keys []Key
	for _, member := range l.of {
		keys = append(keys, member.Keys()...)
	}
	return keys
}

// Encode returns the canonical bencoding of the lock.
func (l Lock) Encode() []byte { return appendLock(nil, l) }

// CheckLock reports whether a lock may stand in an output: its limits, its
// keys, and that every way to open it includes a signature.
func CheckLock(l Lock) error {
	_, err := DecodeLock(l.Encode())
	return err
}

// DecodeLock reads a lock from its canonical bencoding and checks it as Decode
// checks the lock of an output. Errors are *Error.
func DecodeLock(b []byte) (Lock, error) {
	d := decoder{reader: reader{b: b}}
	lock := d.lock()
	d.end()
	if d.err != nil {
		return Lock{}, d.err
	}
	if err := lock.checkKeys(); err != nil {
		return Lock{}, err
	}
	return lock, nil
}

// checkKeys requires lift_x to succeed for every key of the lock.
func (l *Lock) checkKeys() error {
	if l.kind == LockKey && !Key(l.data).Valid() {
		return refuse(ErrKey, "")
	}
	for i := range l.of {
		if err := l.of[i].checkKeys(); err != nil {
			return err
		}
	}
	return nil
}

func appendLock(b []byte, l Lock) []byte {
	b = append(b, 'd')
	switch l.kind {
	case LockKey:
		b = append(b, "1:k32:"...)
		b = append(b, l.data[:]...)
	case LockHash:
		b = append(b, "1:h32:"...)
		b = append(b, l.data[:]...)
	case LockAfter:
		b = append(b, "5:after"...)
		b = appendSigned(b, l.from)
	case LockThreshold:
		b = append(b, "1:n"...)
		b = appendSigned(b, int64(l.need))
		b = append(b, "2:ofl"...)
		for _, member := range l.of {
			b = appendLock(b, member)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// lock reads the lock of an output.
func (d *decoder) lock() Lock {
	dicts := MaxLockDicts
	l, bound := d.lockAt(MaxLockLevels, &dicts)
	if d.err == nil && !bound {
		d.fail(ErrLock, "it can be opened without a signature")
	}
	return l
}

// lockAt reads one dictionary of a lock. levels and dicts are what is left of
// the limits; bound says that every way to open the lock includes a `k`.
func (d *decoder) lockAt(levels int, dicts *int) (l Lock, bound bool) {
	if levels == 0 || *dicts == 0 {
		d.fail(ErrLock, "too many levels or dictionaries")
		return Lock{}, false
	}
	*dicts--
	d.openDict()
	switch name := d.bytes(); string(name) {
	case "k":
		l.kind, bound = LockKey, true
		copy(l.data[:], d.fixed(keySize, "lock key"))
	case "h":
		l.kind = LockHash
		copy(l.data[:], d.fixed(hashSize, "lock hash"))
	case "after":
		l.kind = LockAfter
		l.from = int64(d.int())
	case "n":
		l, bound = d.threshold(levels-1, dicts)
	default:
		d.fail(ErrUnknownKey, "in a lock")
	}
	d.closeDict()
	return l, bound
}

// threshold reads the values of {n, of}, after the key `n`. The lock is bound
// when fewer than n members are unbound: any n of them then include a bound
// one.
func (d *decoder) threshold(levels int, dicts *int) (Lock, bool) {
	l := Lock{kind: LockThreshold}
	need := d.int()
	d.key("of")
	d.openList()
	unbound := uint64(0)
	for d.more() {
		member, bound := d.lockAt(levels, dicts)
		if !bound {
			unbound++
		}
		l.of = append(l.of, member)
	}
	if d.err == nil && (need < 1 || need > uint64(len(l.of))) {
		d.fail(ErrLock, "threshold not between 1 and its members")
	}
	l.need = int(need)
	return l, unbound < need
}
