package wire

import (
	"encoding/binary"
	"errors"
	"math"
)

// fields is a frame's dictionary, taken apart: a message's decode takes its keys one by one. The first
// thing that is wrong sticks, so that decode reads straight down.
type fields struct {
	name  string // the message's name, for errors
	list  []field
	taken uint64 // bit i: list[i] was asked for
	err   error
}

// MaxKeys entries must have a bit each in taken.
const _ = uint64(1) << (MaxKeys - 1)

type field struct {
	key   string
	value []byte // still bencoded
}

// parseFields reads the dictionary at the start of a frame and returns the raw data behind it.
func parseFields(frame []byte) (*fields, []byte, error) {
	s := &scanner{b: frame}
	f := &fields{list: make([]field, 0, 8)}
	err := s.dict(func(key []byte) error {
		if len(f.list) == MaxKeys {
			return &Error{Kind: ErrBound, Detail: "too many keys"}
		}
		v, err := s.value(MaxDepth - 1)
		f.list = append(f.list, field{string(key), v})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return f, frame[s.pos:], nil
}

func (f *fields) fail(kind ErrorKind, key, detail string) {
	if f.err == nil {
		f.err = &Error{Kind: kind, Type: f.name, Key: key, Detail: detail}
	}
}

// find returns the bencoded value of a key, nil when it is absent.
func (f *fields) find(key string) []byte {
	for i := range f.list {
		if f.list[i].key == key {
			f.taken |= 1 << i
			return f.list[i].value
		}
	}
	return nil
}

func (f *fields) has(key string) bool { return f.find(key) != nil }

// need is find for a key that has to be there.
func (f *fields) need(key string) []byte {
	v := f.find(key)
	if v == nil {
		f.fail(ErrMissing, key, "")
	}
	return v
}

// uint takes a u64: an integer, or 8 bytes when it is above 2^63-1.
func (f *fields) uint(key string) uint64 {
	v := f.need(key)
	if f.err != nil {
		return 0
	}
	s := &scanner{b: v}
	if s.peek() == 'i' {
		n, _ := s.integer() // parsed once already
		return n
	}
	b, err := s.str()
	if err != nil || len(b) != 8 || binary.BigEndian.Uint64(b) <= math.MaxInt64 {
		f.fail(ErrValue, key, "not a u64")
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// uint32 takes an integer below 2^32.
func (f *fields) uint32(key string) uint32 {
	v := f.uint(key)
	if v > math.MaxUint32 {
		f.fail(ErrValue, key, "not a u32")
	}
	return uint32(v)
}

// bytes takes a string of at most limit bytes.
func (f *fields) bytes(key string, limit int) []byte {
	v := f.need(key)
	if f.err != nil {
		return nil
	}
	b, err := (&scanner{b: v}).str()
	if err != nil {
		f.fail(ErrValue, key, "not a string")
		return nil
	}
	if len(b) > limit {
		f.fail(ErrBound, key, "string too long")
		return nil
	}
	return b
}

// fixed takes a string of exactly len(dst) bytes.
func (f *fields) fixed(key string, dst []byte) {
	b := f.bytes(key, len(dst))
	if f.err == nil && len(b) != len(dst) {
		f.fail(ErrValue, key, "string too short")
		return
	}
	copy(dst, b)
}

// ids takes 32*k bytes, 1 <= k <= MaxIDs.
func (f *fields) ids(key string) [][32]byte { return f.idsUpTo(key, MaxIDs) }

// idsUpTo takes 32*k bytes, 1 <= k <= most.
func (f *fields) idsUpTo(key string, most int) [][32]byte {
	b := f.bytes(key, most*idSize)
	if f.err != nil {
		return nil
	}
	if len(b) == 0 || len(b)%idSize != 0 {
		f.fail(ErrValue, key, "not a sequence of ids")
		return nil
	}
	ids := make([][32]byte, len(b)/idSize)
	for i := range ids {
		copy(ids[i][:], b[i*idSize:])
	}
	return ids
}

// strings takes a list of at most n strings.
func (f *fields) strings(key string, n int) []string {
	v := f.need(key)
	if f.err != nil {
		return nil
	}
	var list []string
	s := &scanner{b: v}
	err := s.list(func() error {
		if len(list) == n {
			return ErrBound
		}
		b, err := s.str()
		list = append(list, string(b))
		return err
	})
	switch {
	case errors.Is(err, ErrBound):
		f.fail(ErrBound, key, "list too long")
	case err != nil:
		f.fail(ErrValue, key, "not a list of strings")
	}
	return list
}

// finish refuses keys that nobody asked for.
func (f *fields) finish(lenient bool) error {
	if f.err != nil || lenient {
		return f.err
	}
	for i := range f.list {
		if f.taken&(1<<i) == 0 {
			f.fail(ErrUnknownKey, f.list[i].key, "")
		}
	}
	return f.err
}
