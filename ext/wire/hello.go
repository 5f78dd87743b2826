package wire

// Features of a node, the bits of Hello.Features. A message family with a bit is only sent to peers that
// show it.
const (
	FeaturePing  uint64 = 1 << 0 // ping and pong
	FeatureNews  uint64 = 1 << 1 // news
	FeatureProof uint64 = 1 << 2 // proof? and proof
	FeatureHold  uint64 = 1 << 3 // hold? and hold
)

// Hello is the first message of both sides on a session, sent at once. Of a hello with another Version
// nothing else is decoded.
type Hello struct {
	Version   uint64   // v: see the constant Version
	Rules     uint32   // rules: the rule set of the genesis that this node applies
	Net       [32]byte // net: txid of the genesis
	State              // n, w, d, dc, t, u
	Features  uint64   // f
	UserAgent string   // ua: program and version, at most MaxUserAgent bytes of printable ASCII
	Nonce     [16]byte // nonce: random, chosen by the node at its start
}

// Type returns "hello".
func (*Hello) Type() string { return "hello" }

func (h *Hello) check() error {
	if len(h.UserAgent) > MaxUserAgent {
		return &Error{Kind: ErrBound, Type: h.Type(), Key: "ua"}
	}
	for i := range len(h.UserAgent) {
		if c := h.UserAgent[i]; c < ' ' || c > '~' {
			return &Error{Kind: ErrValue, Type: h.Type(), Key: "ua", Detail: "not printable"}
		}
	}
	return nil
}

func (h *Hello) encode(e *encoder) {
	h.State.encode(e)
	e.uint("f", h.Features)
	e.bytes("net", h.Net[:])
	e.bytes("nonce", h.Nonce[:])
	e.uint("rules", uint64(h.Rules))
	e.text("ua", h.UserAgent)
	e.uint("v", h.Version)
}

func (h *Hello) decode(f *fields, raw []byte) {
	if h.Version = f.uint("v"); h.Version != Version {
		return // what the other keys mean is for that version to say
	}
	h.State.decode(f, raw)
	h.Features = f.uint("f")
	f.fixed("net", h.Net[:])
	f.fixed("nonce", h.Nonce[:])
	h.Rules = f.uint32("rules")
	h.UserAgent = string(f.bytes("ua", MaxUserAgent))
}
