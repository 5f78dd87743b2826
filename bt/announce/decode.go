package announce

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/bencode"
)

// decodeAnswer reads the answer of an HTTP tracker. A refusal is a *Failure.
func decodeAnswer(body []byte) (Answer, error) {
	r, _, err := bencode.NewReader(body)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	d := answerReader{r: r, a: Answer{Seeders: -1, Leechers: -1, Downloaded: -1}}
	if _, err := r.Dict(d.field); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if d.failed {
		return Answer{}, d.failure()
	}
	return d.a, nil
}

// answerReader reads one field of an answer after another. A field of another type than it should have is
// left out, but for the peers.
type answerReader struct {
	r      *bencode.Reader
	a      Answer
	failed bool
	reason string
	retry  string
}

func (d *answerReader) field(key []byte) error {
	switch string(key) {
	case "failure reason":
		d.failed, d.reason = true, d.text(MaxMessage)
	case "retry in":
		d.retry = d.number()
	case "warning message":
		d.a.Warning = d.text(MaxMessage)
	case "tracker id":
		d.a.TrackerID = d.text(MaxTrackerID)
	case "interval":
		d.a.Interval = d.seconds()
	case "min interval":
		d.a.MinInterval = d.seconds()
	case "complete":
		d.a.Seeders = d.count()
	case "incomplete":
		d.a.Leechers = d.count()
	case "downloaded":
		d.a.Downloaded = d.count()
	case "external ip":
		d.a.External, _ = netip.AddrFromSlice([]byte(d.text(16)))
		d.a.External = d.a.External.Unmap()
	case "peers":
		return d.peers()
	case "peers6":
		return d.compact(16)
	}
	return nil
}

func (d *answerReader) text(most int) string {
	if d.r.Kind() != bencode.String {
		return ""
	}
	s, _ := d.r.Bytes()
	return string(s[:min(len(s), most)])
}

// number is a number, as such or as text.
func (d *answerReader) number() string {
	if d.r.Kind() == bencode.Int {
		v, _ := d.r.Int()
		return strconv.FormatInt(v, 10)
	}
	return d.text(20)
}

func (d *answerReader) count() int {
	if d.r.Kind() != bencode.Int {
		return -1
	}
	v, _ := d.r.Int()
	return int(min(max(v, -1), math.MaxInt32))
}

func (d *answerReader) seconds() time.Duration {
	v, err := strconv.ParseInt(d.number(), 10, 64)
	if err != nil || v <= 0 {
		return 0
	}
	return time.Duration(min(v, int64(MaxInterval/time.Second))) * time.Second
}

// peers reads peers as a string (BEP 23) or as dictionaries.
func (d *answerReader) peers() error {
	switch d.r.Kind() {
	case bencode.String:
		return d.compact(4)
	case bencode.List:
		return d.r.List(func() error {
			if len(d.a.Peers) >= MaxPeers || d.r.Kind() != bencode.Dict {
				return nil
			}
			return d.peer()
		})
	}
	return fmt.Errorf("%w: peers are %s", ErrAnswer, d.r.Kind())
}

func (d *answerReader) compact(size int) error {
	b, err := d.r.Bytes()
	if err != nil {
		return err
	}
	list, err := compact(b, size, MaxPeers-len(d.a.Peers))
	d.a.Peers = append(d.a.Peers, list...)
	return err
}

// peer reads one dictionary. A host name in the place of the address is not looked up: a tracker could make
// everybody ask for any name.
func (d *answerReader) peer() error {
	var ip netip.Addr
	var port int64
	_, err := d.r.Dict(func(key []byte) error {
		switch string(key) {
		case "ip":
			ip, _ = netip.ParseAddr(d.text(64))
		case "port":
			port, _ = strconv.ParseInt(d.number(), 10, 64)
		}
		return nil
	})
	if a := netip.AddrPortFrom(ip.Unmap(), uint16(port)); err == nil && port > 0 && port <= math.MaxUint16 && useful(a) {
		d.a.Peers = append(d.a.Peers, a)
	}
	return err
}

// failure is the refusal that was read, with the minutes of BEP 31.
func (d *answerReader) failure() *Failure {
	f := &Failure{Reason: printable(d.reason), Never: strings.EqualFold(d.retry, "never")}
	if v, err := strconv.ParseInt(d.retry, 10, 64); err == nil && v > 0 {
		f.RetryIn = time.Duration(min(v, int64(MaxInterval/time.Minute))) * time.Minute
	}
	if f.Reason == "" {
		f.Reason = "(no reason given)"
	}
	return f
}

// decodeScrape reads what a scrape says of one torrent (BEP 48).
func decodeScrape(body []byte, infohash [20]byte) (Counts, error) {
	none := Counts{-1, -1, -1}
	r, _, err := bencode.NewReader(body)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	d, found := answerReader{r: r, a: Answer{Seeders: -1, Leechers: -1, Downloaded: -1}}, false
	_, err = r.Dict(func(key []byte) error {
		switch {
		case string(key) == "failure reason":
			d.failed, d.reason = true, d.text(MaxMessage)
		case string(key) == "files" && r.Kind() == bencode.Dict:
			_, err := r.Dict(func(h []byte) error {
				if string(h) != string(infohash[:]) || r.Kind() != bencode.Dict {
					return nil
				}
				found = true
				_, err := r.Dict(d.field)
				return err
			})
			return err
		}
		return nil
	})
	switch {
	case err != nil:
		return none, fmt.Errorf("%w: %w", ErrAnswer, err)
	case d.failed:
		return none, d.failure()
	case !found:
		return none, fmt.Errorf("%w: a scrape without the torrent", ErrAnswer)
	}
	return Counts{d.a.Seeders, d.a.Leechers, d.a.Downloaded}, nil
}
