package lsd

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func hashes(n int) [][20]byte {
	list := make([][20]byte, n)
	for i := range list {
		list[i] = [20]byte{byte(i >> 8), byte(i), 1}
	}
	return list
}

func TestMessage(t *testing.T) {
	m := message{port: 65535, infohashes: hashes(MaxInfohashes), cookie: strings.Repeat("c", 26)}
	raw := m.encode("[ff15::efc0:988f]:6771")
	if len(raw) > MaxMessage {
		t.Errorf("the longest message has %d bytes", len(raw))
	}
	got, err := parse(raw)
	if err != nil || got.port != m.port || got.cookie != m.cookie || !slices.Equal(got.infohashes, m.infohashes) {
		t.Errorf("got %+v, %v", got, err)
	}
	// As libtorrent 2 and transmission 3 write it.
	hex := strings.Repeat("ab", 20)
	for _, other := range []string{
		"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " + hex + "\r\ncookie: 4a\r\n\r\n\r\n",
		"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nport: 6881\r\nINFOHASH:" + strings.ToUpper(hex) + "\r\n\r\n\r\n",
	} {
		if m, err := parse([]byte(other)); err != nil || m.port != 6881 || m.infohashes[0][0] != 0xab {
			t.Errorf("%q: %+v, %v", other, m, err)
		}
	}
	head, line := "BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n", "Infohash: "+hex+"\r\n"
	for what, bad := range map[string]string{
		"empty": "", "another": "GET / HTTP/1.1\r\nPort: 1\r\n" + line, "no hash": head,
		"port": "BT-SEARCH * HTTP/1.1\r\nPort: 65536\r\n" + line, "no port": "BT-SEARCH * HTTP/1.1\r\n" + line,
		"short hash": head + "Infohash: abab\r\n", "long": head + line + strings.Repeat("x", MaxMessage),
		"hashes": head + strings.Repeat(line, MaxInfohashes+1),
	} {
		if m, err := parse([]byte(bad)); err == nil {
			t.Errorf("%s: taken as %+v", what, m)
		}
	}
	if m, err := parse([]byte(head + strings.Repeat(line, MaxInfohashes))); err != nil || len(m.infohashes) != MaxInfohashes {
		t.Errorf("as many as there may be: %d, %v", len(m.infohashes), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + strings.Repeat("ab", 20) + "\r\ncookie: 4a\r\n\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parse(b); err == nil && (m.port == 0 || len(m.infohashes) > MaxInfohashes || len(m.cookie) > MaxCookie) {
			t.Errorf("%+v", m)
		}
	})
}

// TestSchedule: one message a minute, each torrent every five, new ones first.
func TestSchedule(t *testing.T) {
	s := schedule{torrents: make(map[[20]byte]time.Time)}
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if list, wait := s.next(now); len(list) != 0 || wait != 0 {
		t.Errorf("nothing to say: %d, %v", len(list), wait)
	}
	said := make(map[[20]byte][]time.Time)
	for _, h := range hashes(60) {
		s.torrents[h] = time.Time{}
	}
	late := [20]byte{9, 9, 9}
	var messages []time.Time
	for end := now.Add(time.Hour); now.Before(end); {
		list, wait := s.next(now)
		if len(list) > MaxInfohashes || wait <= 0 {
			t.Fatalf("%d infohashes, wait %v", len(list), wait)
		}
		if len(list) > 0 {
			messages = append(messages, now)
			s.sent(now, list)
		}
		for _, h := range list {
			said[h] = append(said[h], now)
		}
		if len(messages) == 7 {
			if _, ok := s.torrents[late]; !ok {
				s.torrents[late] = time.Time{}
			}
		}
		now = now.Add(wait)
	}
	for i := range messages[1:] {
		if d := messages[i+1].Sub(messages[i]); d < MessageEvery {
			t.Errorf("two messages within %v", d)
		}
	}
	for h, times := range said {
		for i := range times[1:] {
			if d := times[i+1].Sub(times[i]); d < TorrentEvery || d > TorrentEvery+3*MessageEvery {
				t.Errorf("%x twice in %v", h[:2], d)
			}
		}
	}
	if len(said) != 61 || said[late][0] != messages[7] {
		t.Errorf("%d torrents, the late one at %v", len(said), said[late])
	}
}

func TestHear(t *testing.T) {
	var found []string
	s := &Service{cookie: "mine", cfg: Config{Found: func(h [20]byte, a netip.AddrPort) {
		found = append(found, fmt.Sprintf("%x %v", h[:2], a))
	}}}
	h := hashes(3)
	s.mu.torrents = map[[20]byte]time.Time{h[1]: {}}
	from := netip.MustParseAddr("10.0.0.9")
	s.hear(message{port: 7, infohashes: h[:1], cookie: "x"}.encode("h"), from) // not ours
	s.hear(message{port: 7, infohashes: h, cookie: "mine"}.encode("h"), from)  // from ourselves
	s.hear(message{port: 7, infohashes: h}.encode("h"), netip.MustParseAddr("fe80::1"))
	s.hear([]byte("garbage"), from)
	s.hear(message{port: 7, infohashes: h}.encode("h"), from)
	if !slices.Equal(found, []string{"0001 10.0.0.9:7"}) {
		t.Errorf("found %v", found)
	}
}
