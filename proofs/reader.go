package proofs

// reader walks bencode whose shape is known, so that nothing nests deeper than
// the code that reads it. The first failure sticks, and every later read
// returns at once. It is not strict where the comparison with the canonical
// encoding is (order of keys, zeros in front).
type reader struct {
	b   []byte
	pos int
	err error
}

func (r *reader) fail(kind ErrorKind, detail string, cause error) {
	if r.err == nil {
		r.err = refuseBy(kind, detail, cause)
	}
}

// take consumes the byte c.
func (r *reader) take(c byte, what string) bool {
	if r.err == nil && r.pos < len(r.b) && r.b[r.pos] == c {
		r.pos++
		return true
	}
	r.fail(ErrMalformed, "expected "+what+" in `proof`", nil)
	return false
}

// until calls element until the list or dictionary ends.
func (r *reader) until(element func()) {
	for r.err == nil && r.pos < len(r.b) && r.b[r.pos] != 'e' {
		element()
	}
	r.take('e', "an end")
}

func (r *reader) list(element func()) {
	if r.take('l', "a list") {
		r.until(element)
	}
}

func (r *reader) dict(value func(key string)) {
	if r.take('d', "a dictionary") {
		r.until(func() {
			if key := r.string(); r.err == nil {
				value(string(key))
			}
		})
	}
}

// number reads digits and the byte that ends them. No number of the format
// exceeds the size of a file.
func (r *reader) number(end byte) int {
	n, start := 0, r.pos
	for ; r.err == nil && r.pos < len(r.b) && r.b[r.pos] >= '0' && r.b[r.pos] <= '9'; r.pos++ {
		if n = 10*n + int(r.b[r.pos]-'0'); n > MaxFile {
			r.fail(ErrMalformed, "a number beyond the file in `proof`", nil)
		}
	}
	if r.pos == start {
		r.fail(ErrMalformed, "expected a number in `proof`", nil)
	}
	r.take(end, "the end of a number")
	return n
}

func (r *reader) int() int {
	if !r.take('i', "a number") {
		return 0
	}
	return r.number('e')
}

// string reads a byte string, aliasing the input.
func (r *reader) string() []byte {
	n := r.number(':')
	if r.err == nil && n > len(r.b)-r.pos {
		r.fail(ErrMalformed, "a string longer than `proof`", nil)
	}
	if r.err != nil {
		return nil
	}
	s := r.b[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return s
}
