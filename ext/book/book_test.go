package book

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestAddRefusesWhatStrangersMustNotMakeUsDial(t *testing.T) {
	b := New(false)
	for _, s := range []string{"127.0.0.1:1", "10.0.0.1:1", "192.168.1.1:1", "[::1]:1", "169.254.1.1:1", "0.0.0.0:1", "224.0.0.1:1", "8.8.8.8:0", "[::ffff:127.0.0.1]:1"} {
		if b.Add(addr(s), Peer) {
			t.Errorf("%s was added from a stranger", s)
		}
	}
	if !b.Add(addr("127.0.0.1:1"), Hand) {
		t.Error("an address given by hand was refused")
	}
	if !b.Add(addr("8.8.8.8:1"), Peer) || !New(true).Add(addr("127.0.0.1:1"), Peer) {
		t.Error("a good address was refused")
	}
}

func TestBookIsBoundedAndKeepsWhatWorked(t *testing.T) {
	b := New(true)
	b.Opened(addr("9.9.9.9:9"), start)
	b.Add(addr("9.9.9.8:9"), Hand)
	for i := range 2 * MaxAddresses {
		b.Add(addr(fmt.Sprintf("1.%d.%d.1:5", i/250, i%250)), Peer)
	}
	all := b.All()
	if len(all) != MaxAddresses {
		t.Fatalf("%d addresses, want %d", len(all), MaxAddresses)
	}
	if !slices.Contains(all, addr("9.9.9.9:9")) || !slices.Contains(all, addr("9.9.9.8:9")) {
		t.Error("strangers pushed out a session or an address given by hand")
	}
}

func TestDueBacksOffAndComesBackAfterASession(t *testing.T) {
	b, a, now := New(true), addr("8.8.8.8:1"), start
	b.Add(a, Peer)
	var pauses []time.Duration
	for range 12 {
		if got := b.Due(now, 1); len(got) != 1 {
			t.Fatalf("not due after %v", pauses)
		}
		from := now
		for len(b.dueCopy(now)) == 0 {
			now = now.Add(time.Second)
		}
		pauses = append(pauses, now.Sub(from))
	}
	if pauses[0] != firstRetry || pauses[11] != lastRetry || !slices.IsSorted(pauses) {
		t.Errorf("pauses %v", pauses)
	}
	b.Opened(a, now)
	if len(b.Due(now.Add(time.Hour), 1)) != 0 {
		t.Error("dialled while a session stands")
	}
	b.Closed(a, now)
	if len(b.Due(now, 1)) != 0 || len(b.Due(now.Add(firstRetry), 1)) != 1 {
		t.Error("a lost session is redialled after the first pause")
	}
}

// dueCopy looks without booking an attempt.
func (b *Book) dueCopy(now time.Time) (out []netip.AddrPort) {
	for _, e := range b.entries {
		if !e.open && !e.next.After(now) {
			out = append(out, e.Addr)
		}
	}
	return out
}

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "peers.json")
	b := New(true)
	if err := b.Load(path); err != nil {
		t.Fatalf("a missing file: %v", err)
	}
	b.Opened(addr("8.8.8.8:1"), start)
	b.Add(addr("127.0.0.1:2"), Hand)
	if err := b.Save(path); err != nil {
		t.Fatal(err)
	}
	again := New(true)
	if err := again.Load(path); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.All(), b.All()) || !slices.Equal(again.Good(8), b.Good(8)) {
		t.Errorf("addresses %v, want %v", again.All(), b.All())
	}
	if got := again.Due(start, 8); len(got) != 2 {
		t.Errorf("after a restart %v are due", got)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(true).Load(path); err == nil {
		t.Error("a torn file was read without an error")
	}
}
