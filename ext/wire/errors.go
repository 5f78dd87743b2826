package wire

import "strconv"

// An ErrorKind classifies what is wrong with a frame or message; compare with errors.Is.
type ErrorKind string

// The kinds of error that this package returns.
const (
	ErrTooLarge    ErrorKind = "frame too large"
	ErrSyntax      ErrorKind = "not canonical bencode"
	ErrUnknownType ErrorKind = "unknown message type"
	ErrUnknownKey  ErrorKind = "unknown key"
	ErrMissing     ErrorKind = "missing key"
	ErrValue       ErrorKind = "bad value"
	ErrBound       ErrorKind = "bound exceeded"
	ErrData        ErrorKind = "bad raw data"
)

// Error makes a kind comparable by errors.Is and printable by itself.
func (k ErrorKind) Error() string { return string(k) }

// An Error says what is wrong and where. Its texts hold nothing that the peer chose but, quoted, a name
// of at most a few bytes.
type Error struct {
	Kind   ErrorKind
	Type   string // the message's name, when it was known
	Key    string // the key at fault, if one is
	Detail string // more for a person to read, may be empty
}

func (e *Error) Error() string {
	s := "wire: "
	if e.Type != "" {
		s += e.Type + ": "
	}
	s += string(e.Kind)
	if e.Key != "" {
		s += " " + quote(e.Key)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

// quote shows at most the first 16 bytes of a name that a stranger chose.
func quote(s string) string {
	const shown = 16
	if len(s) > shown {
		return strconv.Quote(s[:shown]) + "..."
	}
	return strconv.Quote(s)
}
