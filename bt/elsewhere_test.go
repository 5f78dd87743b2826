package bt

import (
	"bytes"
	"net/http"
	"net/netip"
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
	stop := seeder.AnnounceTo(x.infohash, []string{tracker}, nil)
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
	defer leech.AnnounceTo(x.infohash, []string{tracker}, func(addrs []netip.AddrPort) {
		select {
		case found <- addrs:
		default:
		}
	})()
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
