package bt

import (
	"bytes"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// TestAnnounceToOfWhatIsNotLive: a torrent served on demand is announced as whole, one that is wanted as missing, and a
// fetch that runs dials whom the tracker names.
func TestAnnounceToOfWhatIsNotLive(t *testing.T) {
	x := newTiny("transaction", []byte("announced, fetched, never added"))
	seeder := openEngine(t, Config{OnDemand: newShelf(x)})
	told := make(chan string, 16)
	answer := append([]byte("d8:intervali60e5:peers6:"), compactPeer(seeder.Addr())...)
	tracker := playTracker(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("event") == "started" {
			told <- q.Get("left")
		}
		_, _ = w.Write(append(bytes.Clone(answer), 'e'))
	})
	stop := seeder.AnnounceTo(Announcement{Infohash: x.infohash, Trackers: []string{tracker}})
	if left := receive(t, "the seeder", told); left != "0" {
		t.Errorf("the seeder lacks %s bytes", left)
	}
	stop()

	leech := openEngine(t, Config{})
	found := make(chan []netip.AddrPort, 1)
	got := make(chan []byte, 1)
	go func() {
		_, data, err := leech.FetchSmall(t.Context(), x.infohash, nil, 16<<10)
		if err != nil {
			t.Error(err)
		}
		got <- data
	}()
	until(t, "the fetch", func() bool {
		leech.mu.Lock()
		defer leech.mu.Unlock()
		return leech.mu.slots[x.infohash] != nil
	})
	defer leech.AnnounceTo(Announcement{Infohash: x.infohash, Trackers: []string{tracker}, Found: func(addrs []netip.AddrPort) {
		select {
		case found <- addrs:
		default:
		}
	}})()
	if left := receive(t, "the leech", told); left == "0" {
		t.Error("what is wanted was announced as whole")
	}
	if addrs := receive(t, "the address", found); len(addrs) != 1 || addrs[0] != seeder.Addr() {
		t.Errorf("found %v, not %v", addrs, seeder.Addr())
	}
	if data := receive(t, "the content", got); !bytes.Equal(data, x.data) {
		t.Errorf("got %q", data)
	}
}

func compactPeer(a netip.AddrPort) []byte {
	ip := a.Addr().As4()
	return append(ip[:], byte(a.Port()>>8), byte(a.Port()))
}

// TestStrangersTrackers: what a stranger calls a tracker is not asked when it is in this machine, by whatever name; the
// user's own tracker there is.
func TestStrangersTrackers(t *testing.T) {
	asked := make(chan string, 16)
	tracker := playTracker(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Query().Get("info_hash")
		_, _ = w.Write([]byte("d8:intervali60e5:peers0:e"))
	})
	byName := strings.Replace(tracker, "127.0.0.1", "localhost", 1)
	if byName == tracker {
		t.Fatalf("the tracker is at %s", tracker)
	}
	e := openEngine(t, Config{})
	strange, own := [20]byte{1}, [20]byte{2}
	x := e.announceElsewhere(Announcement{Infohash: strange, Trackers: []string{tracker, byName, "ws://localhost:1/"}, Strange: true})
	defer x.Close()
	for i, want := range []string{"not at a public address", "not at a public address", "WebSocket"} {
		until(t, "it is refused", func() bool { return x.Trackers()[i].Message != "" })
		if s := x.Trackers()[i]; !strings.Contains(s.Message, want) {
			t.Errorf("%s: %s, %q", s.URL, s.State, s.Message)
		}
	}
	defer e.AnnounceTo(Announcement{Infohash: own, Trackers: []string{byName}})()
	if got := receive(t, "an announce", asked); got != string(own[:]) {
		t.Errorf("asked about %x", got)
	}
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1": true, "127.0.0.1": false, "::1": false, "10.1.2.3": false, "192.168.0.1": false,
		"169.254.1.1": false, "fe80::1": false, "fc00::1": false, "::ffff:10.0.0.1": false, "0.0.0.0": false, "0.0.0.1": false,
		"::": false, "224.0.0.1": false, "255.255.255.255": false, "100.64.0.1": false, "100.128.0.1": true,
	} {
		if got := Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
