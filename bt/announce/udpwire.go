package announce

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/url"
	"time"
)

// What BEP 15 sends.
const (
	connectMagic = 0x41727101980
	answerHead   = 8 // action and transaction

	actionConnect  = 0
	actionAnnounce = 1
	actionScrape   = 2
	actionError    = 3

	optionURL = 2 // BEP 41
)

func request(connection uint64, action, transaction uint32, body []byte) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16+len(body)), connection)
	b = binary.BigEndian.AppendUint32(b, action)
	b = binary.BigEndian.AppendUint32(b, transaction)
	return append(b, body...)
}

// announceBody is an announce without its head.
func announceBody(r Request, u *url.URL) []byte {
	event := r.Event
	if event == Paused {
		event = None
	}
	b := append(append([]byte(nil), r.Infohash[:]...), r.PeerID[:]...)
	for _, v := range []int64{r.Downloaded, r.Left, r.Uploaded} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	for _, v := range []uint32{uint32(event), 0 /* the sender's address */, r.Key, uint32(int32(r.NumWant))} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = binary.BigEndian.AppendUint16(b, r.Port)
	return append(b, urlData(u)...)
}

// urlData is the path and query of a tracker's URL (BEP 41), where a passkey may be.
func urlData(u *url.URL) (b []byte) {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	for len(path) > 0 {
		n := min(len(path), math.MaxUint8)
		b = append(append(b, optionURL, byte(n)), path[:n]...)
		path = path[n:]
	}
	return b
}

// open checks the head of an answer and returns what follows.
func open(b []byte, action uint32) ([]byte, error) {
	got := binary.BigEndian.Uint32(b)
	b = b[answerHead:]
	switch got {
	case action:
		return b, nil
	case actionError:
		return nil, &Failure{Reason: printable(string(b[:min(len(b), MaxMessage)]))}
	}
	return nil, fmt.Errorf("%w: action %d to a request of %d", ErrAnswer, got, action)
}

func parseAnnounce(b []byte, ipv6 bool) (Answer, error) {
	if len(b) == 0 {
		return Answer{}, &Failure{Reason: "nothing, as opentracker does of a torrent that it does not serve"}
	}
	if len(b) < 12 {
		return Answer{}, fmt.Errorf("%w: an announce of %d bytes", ErrAnswer, len(b))
	}
	size := 4
	if ipv6 {
		size = 16
	}
	rest := b[12:]
	rest = rest[:len(rest)-len(rest)%(size+2)] // some append what nobody knows
	peers, err := compact(rest, size, MaxPeers)
	seconds := max(int32(binary.BigEndian.Uint32(b)), 0)
	return Answer{
		Interval: min(time.Duration(seconds)*time.Second, MaxInterval),
		Leechers: count(b[4:]), Seeders: count(b[8:]), Downloaded: -1, Peers: peers,
	}, err
}

// parseScrape reads the answer to a scrape of one torrent.
func parseScrape(b []byte) (Counts, error) {
	if len(b) < 12 {
		return Counts{}, fmt.Errorf("%w: a scrape of %d bytes", ErrAnswer, len(b))
	}
	return Counts{Seeders: count(b), Downloaded: count(b[4:]), Leechers: count(b[8:])}, nil
}

func count(b []byte) int { return max(int(int32(binary.BigEndian.Uint32(b))), -1) }

// merge is what the families of a tracker say together.
func merge(list []Answer) Answer {
	if len(list) == 0 {
		return Answer{}
	}
	a := list[0]
	for _, b := range list[1:] {
		a.Seeders, a.Leechers = max(a.Seeders, b.Seeders), max(a.Leechers, b.Leechers)
		a.Interval = max(a.Interval, b.Interval)
		a.Peers = append(a.Peers, b.Peers[:min(len(b.Peers), MaxPeers-len(a.Peers))]...)
	}
	return a
}
