package webtorrent

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/announce"
)

// description is one side of a connection to be made (SDP).
type description struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

type offer struct {
	ID    string      `json:"offer_id"`
	Offer description `json:"offer"`
}

// announcement is what we send. Byte strings have a character for each byte.
type announcement struct {
	Action     string  `json:"action"`
	Infohash   string  `json:"info_hash"`
	PeerID     string  `json:"peer_id"`
	NumWant    int     `json:"numwant"`
	Uploaded   int64   `json:"uploaded"`
	Downloaded int64   `json:"downloaded"`
	Left       int64   `json:"left"`
	Event      string  `json:"event,omitempty"`
	Offers     []offer `json:"offers"`
}

// reply is an answer of ours to a peer's offer.
type reply struct {
	Action   string      `json:"action"`
	Infohash string      `json:"info_hash"`
	PeerID   string      `json:"peer_id"`
	ToPeerID string      `json:"to_peer_id"`
	OfferID  string      `json:"offer_id"`
	Answer   description `json:"answer"`
}

// message is what a tracker sends: its answer to an announce, or a peer's offer or answer.
type message struct {
	Action     string       `json:"action"`
	Infohash   string       `json:"info_hash"`
	PeerID     string       `json:"peer_id"`
	OfferID    string       `json:"offer_id"`
	Offer      *description `json:"offer"`
	Answer     *description `json:"answer"`
	Interval   *float64     `json:"interval"`
	Complete   *float64     `json:"complete"`
	Incomplete *float64     `json:"incomplete"`
	Failure    string       `json:"failure reason"`
	Warning    string       `json:"warning message"`
}

func parseMessage(raw []byte) (message, error) {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%w: %w", announce.ErrAnswer, err)
	}
	return m, nil
}

// answers says whether the message is the tracker's to an announce, and not a peer's.
func (m *message) answers() bool { return m.Offer == nil && m.Answer == nil }

// answer is what the announcer wants to know.
func (m *message) answer() (announce.Answer, error) {
	if m.Failure != "" {
		return announce.Answer{}, &announce.Failure{Reason: m.Failure}
	}
	a := announce.Answer{
		Seeders: count(m.Complete), Leechers: count(m.Incomplete), Downloaded: -1, Warning: m.Warning,
		Interval: MaxInterval,
	}
	if m.Interval != nil && *m.Interval < MaxInterval.Seconds() {
		a.Interval = time.Duration(max(*m.Interval, 0)) * time.Second
	}
	return a, nil
}

// count is a number of peers, or -1 if it is none.
func count(v *float64) int {
	if v == nil || *v < 0 || *v > 1<<31 {
		return -1
	}
	return int(*v)
}

// characters is bytes as trackers want them in JSON.
func characters(b []byte) string {
	runes := make([]rune, len(b))
	for i, v := range b {
		runes[i] = rune(v)
	}
	return string(runes)
}

// acceptable says whether a peer's description is worth a look.
func acceptable(d *description, kind string) bool {
	return d.Type == kind && strings.Count(d.SDP, "a=candidate:") <= MaxCandidates
}
