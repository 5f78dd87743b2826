package tx

import (
	"encoding/base32"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	// MaxMagnetSize bounds the text of a magnet link.
	MaxMagnetSize = 8192

	// MaxMagnetName bounds the display name in it, in bytes.
	MaxMagnetName = 255
)

const (
	magnetPrefix = "magnet:?"
	btihPrefix   = "urn:btih:"
)

// Magnet is a magnet link (BEP 9) to a transaction's torrent, with x.pe for
// peers and x.ttx for the txid. It cannot carry a genesis: who joins a network
// by magnet fetches the genesis by infohash and, with the txid, can tell that
// it is the one that was meant.
type Magnet struct {
	Infohash Infohash
	// ID is the txid; zero when the link does not say.
	ID ID
	// Name is the display name; it may be empty.
	Name string
	// Peers are at most MaxPeers addresses of nodes, as host:port.
	Peers []string
}

// Magnet returns the magnet link of a sealed transaction.
func (t *Tx) Magnet(peers ...string) Magnet {
	hash := infoOf(t.raw).Hash
	return Magnet{
		Infohash: t.infohash,
		ID:       t.id,
		Name:     hex.EncodeToString(hash[:]) + ".ttx",
		Peers:    peers,
	}
}

// String returns the link.
func (m Magnet) String() string {
	s := magnetPrefix + "xt=" + btihPrefix + m.Infohash.String()
	if m.Name != "" {
		s += "&dn=" + url.QueryEscape(m.Name)
	}
	if m.ID != (ID{}) {
		s += "&x.ttx=" + m.ID.String()
	}
	for _, p := range m.Peers {
		s += "&x.pe=" + url.QueryEscape(p)
	}
	return s
}

// ParseMagnet reads a magnet link. It needs one BitTorrent v1 infohash, in
// hexadecimal or base 32; parameters it does not know are passed over. Errors
// are *Error with ErrMagnet or ErrPeer.
func ParseMagnet(s string) (Magnet, error) {
	if len(s) > MaxMagnetSize {
		return Magnet{}, refuse(ErrMagnet, "too long")
	}
	if len(s) < len(magnetPrefix) || !strings.EqualFold(s[:len(magnetPrefix)], magnetPrefix) {
		return Magnet{}, refuse(ErrMagnet, "does not start with magnet:?")
	}
	query, err := url.ParseQuery(s[len(magnetPrefix):])
	if err != nil {
		return Magnet{}, &Error{Kind: ErrMagnet, Cause: err}
	}
	m := Magnet{Name: query.Get("dn"), Peers: query["x.pe"]}
	if len(m.Name) > MaxMagnetName || !utf8.ValidString(m.Name) {
		return Magnet{}, refuse(ErrMagnet, "display name")
	}
	if m.Infohash, err = magnetInfohash(query["xt"]); err != nil {
		return Magnet{}, err
	}
	if m.ID, err = magnetID(query["x.ttx"]); err != nil {
		return Magnet{}, err
	}
	if err := checkPeers(m.Peers); err != nil {
		return Magnet{}, err
	}
	return m, nil
}

// magnetInfohash finds the one v1 infohash among the topics; hybrid torrents
// have another topic besides.
func magnetInfohash(topics []string) (h Infohash, err error) {
	found := false
	for _, topic := range topics {
		if len(topic) < len(btihPrefix) || !strings.EqualFold(topic[:len(btihPrefix)], btihPrefix) {
			continue
		}
		next, err := parseBTIH(topic[len(btihPrefix):])
		if err != nil {
			return h, err
		}
		if found && next != h {
			return h, refuse(ErrMagnet, "two infohashes")
		}
		h, found = next, true
	}
	if !found {
		return h, refuse(ErrMagnet, "no v1 infohash")
	}
	return h, nil
}

func parseBTIH(s string) (h Infohash, err error) {
	var b []byte
	switch len(s) {
	case hex.EncodedLen(infohashSize):
		b, err = hex.DecodeString(s)
	case base32.StdEncoding.EncodedLen(infohashSize):
		b, err = base32.StdEncoding.DecodeString(strings.ToUpper(s))
	}
	if err != nil || len(b) != infohashSize {
		return h, refuse(ErrMagnet, "infohash is neither hexadecimal nor base 32")
	}
	return Infohash(b), nil
}

func magnetID(values []string) (id ID, err error) {
	switch {
	case len(values) == 0:
		return id, nil
	case len(values) > 1:
		return id, refuse(ErrMagnet, "two txids")
	}
	id, err = ParseID(values[0])
	if err != nil || id == (ID{}) {
		return id, refuse(ErrMagnet, "x.ttx is not a txid")
	}
	return id, nil
}
