package book

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestBans(t *testing.T) {
	ip := netip.MustParseAddr
	b := NewBans(nil)
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "127.0.0.1", "::ffff:127.0.0.2", "::ffff:198.51.100.1"} {
		b.Add(ip(s), start.Add(time.Hour))
	}
	tests := []struct {
		addr string
		want bool
	}{
		{"192.0.2.1", true}, {"::ffff:192.0.2.1", true}, {"192.0.2.2", false},
		{"2001:db8::2", true}, {"2001:db8:0:1::1", false},
		{"198.51.100.1", true}, {"127.0.0.1", false}, {"127.0.0.2", false},
	}
	for _, tt := range tests {
		if got := b.Has(ip(tt.addr), start); got != tt.want {
			t.Errorf("%s banned: %v", tt.addr, got)
		}
	}
	for _, tt := range tests {
		if b.Has(ip(tt.addr), start.Add(time.Hour)) {
			t.Errorf("%s is still banned", tt.addr)
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d bans are left", b.Len())
	}
}

func TestBansAreBounded(t *testing.T) {
	b := NewBans(nil)
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	for i := range MaxBans + 10 {
		b.Add(at(i), start.Add(time.Hour+time.Duration(i)))
	}
	if b.Len() != MaxBans || b.Has(at(9), start) || !b.Has(at(10), start) {
		t.Errorf("%d bans; the oldest should have made room", b.Len())
	}
	b.Add(at(10), start.Add(2*time.Hour)) // again: nobody has to make room
	if b.Len() != MaxBans || !b.Has(at(11), start) {
		t.Error("a ban that was there already cost another")
	}
}

func TestBansSurviveAFile(t *testing.T) {
	ip := netip.MustParseAddr
	path := filepath.Join(t.TempDir(), "bans.json")
	b := NewBans(nil)
	if err := b.Load(path, start, time.Hour); err != nil {
		t.Fatalf("a missing file: %v", err)
	}
	b.Add(ip("192.0.2.1"), start.Add(time.Hour))
	b.Add(ip("192.0.2.2"), start.Add(time.Minute))
	b.Add(ip("192.0.2.3"), start.Add(365*24*time.Hour)) // by a clock that was wrong
	select {
	case <-b.Changed():
	default:
		t.Error("a ban was not told to who saves it")
	}
	if err := b.Save(path, start); err != nil {
		t.Fatal(err)
	}
	again := NewBans(nil)
	if err := again.Load(path, start.Add(2*time.Minute), time.Hour); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{"192.0.2.1": true, "192.0.2.2": false, "192.0.2.3": true} {
		if got := again.Has(ip(addr), start.Add(2*time.Minute)); got != want {
			t.Errorf("%s is banned after the restart: %v", addr, got)
		}
	}
	if again.Has(ip("192.0.2.3"), start.Add(2*time.Hour)) {
		t.Error("a ban outlives the longest that this program gives")
	}
}

func TestBansRefuseAFileThatIsNotTheirs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bans.json")
	for name, content := range map[string][]byte{"torn": []byte("{"), "huge": make([]byte, maxBansFile+1)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := NewBans(nil).Load(path, start, time.Hour); err == nil {
			t.Errorf("a %s file was read without an error", name)
		}
	}
}

// TestAFullBanListFitsItsFile: what Save writes Load takes.
func TestAFullBanListFitsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bans.json")
	b := NewBans(nil)
	for i := range MaxBans {
		b.Add(netip.MustParseAddr(fmt.Sprintf("2001:db8:ffff:%x::", 0x1000+i)), start.Add(time.Hour))
	}
	again := NewBans(nil)
	if err := b.Save(path, start); err != nil {
		t.Fatal(err)
	}
	if err := again.Load(path, start, time.Hour); err != nil || again.Len() != MaxBans {
		t.Errorf("%d bans after the restart: %v", again.Len(), err)
	}
}
