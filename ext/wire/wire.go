package wire

// A Message is one of the messages of this package, always as a pointer. The set is closed: a further
// family adds its messages here, one file each, and a line in newMessage.
type Message interface {
	// Type returns the message's name, the value of `type` on the wire.
	Type() string

	check() error
	encode(e *encoder)
	decode(f *fields, raw []byte)
}

// A Request is a message that exactly one message answers.
type Request interface {
	Message
	// AnsweredBy reports whether m can be the answer to this request. Requests of one type are
	// answered in the order in which they were sent, but for sync, which carries its number.
	AnsweredBy(m Message) bool
}

// IsAnswer reports whether m only ever comes as the answer to a request: without one it is unsolicited.
func IsAnswer(m Message) bool {
	switch m.(type) {
	case *Tx, *NotFound, *Proof, *Hold, *Pong:
		return true
	}
	return false
}

// IsBulk reports whether m takes its turn among the bulk answers of a session. Everything that answers
// a get is bulk, so that those answers keep their order.
func IsBulk(m Message) bool {
	switch m.(type) {
	case *Tx, *NotFound, *Proof, *Hold, *Sync, *Give:
		return true
	}
	return false
}

// newMessage returns an empty message by its name, nil for a name that this version does not know.
func newMessage(name string) Message {
	switch name {
	case "hello":
		return new(Hello)
	case "inv":
		return new(Inv)
	case "get":
		return new(Get)
	case "tx":
		return new(Tx)
	case "notfound":
		return new(NotFound)
	case "sync":
		return new(Sync)
	case "give":
		return new(Give)
	case "news":
		return new(News)
	case "state":
		return new(State)
	case "proof?":
		return new(ProofReq)
	case "proof":
		return new(Proof)
	case "hold?":
		return new(HoldReq)
	case "hold":
		return new(Hold)
	case "rival":
		return new(Rival)
	case "peers":
		return new(Peers)
	case "ping":
		return new(Ping)
	case "pong":
		return new(Pong)
	}
	return nil
}

// Encode returns the frame of a message. It refuses what [Decode] would refuse.
func Encode(m Message) ([]byte, error) { return EncodeGrant(m, 0) }

// EncodeGrant is Encode with a grant of credit bytes in the key `c`; zero grants nothing and is not
// written.
func EncodeGrant(m Message, credit uint64) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	e := &encoder{entries: make([]entry, 0, 16)}
	m.encode(e)
	e.text("type", m.Type())
	if credit > 0 {
		e.uint("c", credit)
	}
	frame := e.appendFrame(make([]byte, 0, e.size()))
	if len(frame) > maxFrame(m) {
		return nil, &Error{Kind: ErrTooLarge, Type: m.Type()}
	}
	return frame, nil
}

// Decode returns the message of a frame. The message aliases the frame.
func Decode(frame []byte) (Message, error) {
	m, _, err := DecodeGrant(frame)
	return m, err
}

// DecodeGrant is Decode with the credit in bytes that the frame grants, 0 for none.
func DecodeGrant(frame []byte) (m Message, credit uint64, err error) {
	if len(frame) > MaxFrame {
		return nil, 0, &Error{Kind: ErrTooLarge}
	}
	f, raw, err := parseFields(frame)
	if err != nil {
		return nil, 0, err
	}
	if m, err = f.message(); err != nil {
		return nil, 0, err
	}
	if len(frame) > maxFrame(m) {
		return nil, 0, &Error{Kind: ErrTooLarge, Type: f.name}
	}
	if f.has("c") {
		if credit = f.uint("c"); credit == 0 {
			f.fail(ErrValue, "c", "grants nothing")
		}
	}
	m.decode(f, raw)
	_, lenient := m.(*Hello)
	if err := f.finish(lenient); err != nil {
		return nil, 0, err
	}
	if err := m.check(); err != nil {
		return nil, 0, err
	}
	return m, credit, nil
}

// message returns the empty message that `type` names.
func (f *fields) message() (Message, error) {
	name := string(f.bytes("type", MaxFrame))
	if f.err != nil {
		return nil, f.err
	}
	m := newMessage(name)
	if m == nil {
		return nil, &Error{Kind: ErrUnknownType, Detail: quote(name)}
	}
	f.name = name
	return m, nil
}

func maxFrame(m Message) int {
	if _, ok := m.(*Hello); ok {
		return MaxHello
	}
	return MaxFrame
}

// noData refuses raw data behind a message that has none.
func (f *fields) noData(raw []byte) {
	if len(raw) > 0 {
		f.fail(ErrData, "", "there should be none")
	}
}
