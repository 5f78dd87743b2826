package transport

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestPunchedGoByUTP: also where TCP would answer, and uTP is not dialled otherwise.
func TestPunchedGoByUTP(t *testing.T) {
	by, at := openTest(t, Config{UTP: true}), openTest(t, Config{UTP: true})
	addr := at.Listeners()[0].Addr().String()
	by.Punch(netip.MustParseAddrPort(addr))
	conns := serve(t, at.Listeners()[1])
	c, err := greet(t, by, addr, someHash)
	if err != nil {
		t.Fatal(err)
	}
	other := (<-conns).(*Conn)
	if !c.(*Conn).UTP() || !other.UTP() {
		t.Error("not over uTP")
	}
	exchange(t, c, other)
	c.Close()
	other.Close()
}

// TestPunchedAreBounded in number and in time.
func TestPunchedAreBounded(t *testing.T) {
	by := openTest(t, Config{UTP: true})
	last := netip.MustParseAddrPort("127.0.0.1:1")
	for i := range 2 * MaxPunched {
		last = netip.MustParseAddrPort(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256))
		by.Punch(last)
	}
	if len(by.mu.punched) != MaxPunched || !by.punches(last) || by.punches(netip.MustParseAddrPort("10.0.0.0:1")) {
		t.Errorf("%d are remembered", len(by.mu.punched))
	}
	synctest.Test(t, func(t *testing.T) {
		by.Punch(last)
		time.Sleep(punchTime)
		if by.punches(last) {
			t.Error("remembered for ever")
		}
	})
}

// TestNoPunchWithoutUTP: then dials go as they would.
func TestNoPunchWithoutUTP(t *testing.T) {
	by := openTest(t, Config{})
	a := netip.MustParseAddrPort("127.0.0.1:1")
	by.Punch(a)
	if ways := by.ways(a); len(ways) != 1 || ways[0].utp {
		t.Errorf("%d ways", len(ways))
	}
}
