package tx

// reader walks strict bencode: canonical integers in 0..2^63-1, canonical
// string lengths. The first failure sticks, every later read returns zero
// values, so callers check err once, after a group of reads; loops end because
// more returns false. Strings alias the input.
type reader struct {
	b   []byte
	pos int
	err *Error
}

func (r *reader) fail(kind ErrorKind, detail string) {
	if r.err == nil {
		r.err = refuse(kind, detail)
	}
}

// peek returns the next byte, 0 at the end or after a failure. A zero byte
// starts nothing in bencode.
func (r *reader) peek() byte {
	if r.err != nil || r.pos >= len(r.b) {
		return 0
	}
	return r.b[r.pos]
}

// token consumes the one byte c.
func (r *reader) token(c byte, what string) {
	if r.peek() != c {
		r.fail(ErrEncoding, "expected "+what)
		return
	}
	r.pos++
}

// open consumes the start of a dictionary or of a list.
func (r *reader) openDict() { r.token('d', "a dictionary") }
func (r *reader) openList() { r.token('l', "a list") }

// more reports whether another element follows; when not, it consumes the end
// of the dictionary or list.
func (r *reader) more() bool {
	if r.err != nil {
		return false
	}
	if r.peek() == 'e' {
		r.pos++
		return false
	}
	if r.pos >= len(r.b) {
		r.fail(ErrEncoding, "unexpected end")
		return false
	}
	return true
}

// closeDict consumes the end of a dictionary whose keys were all read.
func (r *reader) closeDict() {
	if r.err == nil && r.peek() != 'e' {
		r.fail(ErrUnknownKey, "expected the end of a dictionary")
		return
	}
	r.token('e', "the end of a dictionary")
}

// key consumes one dictionary key, which must be name.
func (r *reader) key(name string) {
	if got := r.bytes(); r.err == nil && string(got) != name {
		r.fail(ErrUnknownKey, "expected key "+name)
	}
}

// digits reads canonical decimal digits up to and including end.
func (r *reader) digits(end byte) uint64 {
	if r.err != nil {
		return 0
	}
	start, n := r.pos, uint64(0)
	for ; r.pos < len(r.b); r.pos++ {
		c := r.b[r.pos]
		if c < '0' || c > '9' {
			break
		}
		if n > (MaxInt-uint64(c-'0'))/10 {
			r.fail(ErrLimit, "integer above 2^63-1")
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	length := r.pos - start
	if length == 0 || (length > 1 && r.b[start] == '0') {
		r.fail(ErrEncoding, "expected a canonical number")
		return 0
	}
	r.token(end, "the end of a number")
	return n
}

// int reads an integer in 0..2^63-1.
func (r *reader) int() uint64 {
	r.token('i', "an integer")
	return r.digits('e')
}

// intBetween reads an integer in min..max.
func (r *reader) intBetween(min, max uint64, what string) uint64 {
	n := r.int()
	if r.err == nil && (n < min || n > max) {
		r.fail(ErrLimit, what)
		return 0
	}
	return n
}

// bytes reads a byte string, aliasing the input.
func (r *reader) bytes() []byte {
	n := r.digits(':')
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.b)-r.pos) {
		r.fail(ErrEncoding, "string longer than its input")
		return nil
	}
	s := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return s
}

// fixed reads a byte string of exactly n bytes.
func (r *reader) fixed(n int, what string) []byte {
	s := r.bytes()
	if r.err == nil && len(s) != n {
		r.fail(ErrLimit, what)
	}
	if r.err != nil {
		return nil
	}
	return s
}

// table reads a byte string of min..max records of size bytes.
func (r *reader) table(size, min, max int, what string) []byte {
	s := r.bytes()
	if r.err == nil && (len(s)%size != 0 || len(s) < min*size || len(s) > max*size) {
		r.fail(ErrLimit, what)
	}
	if r.err != nil {
		return nil
	}
	return s
}

// end requires that nothing follows.
func (r *reader) end() {
	if r.err == nil && r.pos != len(r.b) {
		r.fail(ErrEncoding, "bytes after the end")
	}
}
