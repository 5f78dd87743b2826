package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

func TestHandshake(t *testing.T) {
	with := func(change func(*wire.Hello)) wire.Message {
		h := strangersHello()
		change(h)
		return h
	}
	tests := []struct {
		name   string
		first  wire.Message
		want   error
		closes bool // the connection
		bans   bool
	}{
		{"other network", with(func(h *wire.Hello) { h.Net[0]++ }), ErrOtherNetwork, false, false},
		{"later version", with(func(h *wire.Hello) { h.Version = 2 }), ErrOtherVersion, false, false},
		{"version zero", with(func(h *wire.Hello) { h.Version = 0 }), ErrOtherVersion, false, false},
		{"other message", &wire.Inv{}, FaultUnexpected, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := newService(t)
				ours, theirs := newPipe()
				s := serve(svc, ours)
				theirs.Send(mustEncode(t, tt.first, 0))
				s.wants(t, tt.want)
				if ours.closed() != tt.closes {
					t.Errorf("connection closed: %v", ours.closed())
				}
				if svc.Banned(ours.RemoteAddr().Addr()) != tt.bans {
					t.Errorf("banned: %v", !tt.bans)
				}
				if len(svc.Sessions()) != 0 {
					t.Error("a session is left")
				}
			})
		})
	}
}

func TestHandshakeGarbage(t *testing.T) {
	hello := mustEncode(t, strangersHello(), 0)
	for n := range hello { // every truncated length
		synctest.Test(t, func(t *testing.T) {
			svc := newService(t)
			ours, theirs := newPipe()
			s := serve(svc, ours)
			theirs.Send(hello[:n])
			s.wants(t, FaultMalformed)
		})
	}
}

func TestHandshakeAbsurdCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := newPipe()
		s := serve(newService(t), ours)
		theirs.Send(mustEncode(t, strangersHello(), 1<<63))
		s.wants(t, FaultCredit)
	})
}

func TestHandshakeSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, _ := newPipe()
		begin := time.Now()
		serve(newService(t), ours).wants(t, ErrHelloTimeout)
		if waited := time.Since(begin); waited != HelloTimeout {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestHandshakeHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t)
		ours, theirs := newPipe()
		s := serve(svc, ours)
		synctest.Wait()
		theirs.Close()
		s.wants(t, ErrClosed)

		ours, _ = newPipe()
		s = serve(svc, ours)
		synctest.Wait()
		s.stop()
		s.wants(t, context.Canceled)
	})
}

func TestOwnConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t)
		a, b := newPipe()
		first, second := serve(svc, a), serve(svc, b)
		first.wants(t, ErrSelf)
		if err := second.end(); err == nil { // by the nonce too, or by the other end hanging up
			t.Error("a session with ourselves")
		}
	})
}

// TestOtherRules: the session works, and both sides warn.
func TestOtherRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs [2]bytes.Buffer
		var services [2]*Service
		for i := range services {
			svc, err := New(Config{
				Net: testNet, Rules: uint32(i), State: testState,
				Logger: slog.New(slog.NewTextHandler(&logs[i], nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			services[i] = svc
		}
		connect(t, services[0], services[1]).close(t)
		for i := range logs {
			if !strings.Contains(logs[i].String(), "other rules") {
				t.Errorf("side %d does not warn", i)
			}
		}
	})
}

func TestPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svcA, svcB := newService(t), newService(t, Family{Feature: wire.FeaturePing})
		c := connect(t, svcA, svcB)
		peer := c.a.Peer()
		if peer.Nonce != svcB.Nonce() || peer.UserAgent != "test/1" || peer.Features != wire.FeaturePing ||
			peer.State != testState() {
			t.Errorf("peer is %+v", peer)
		}
		now := wire.State{Count: 2, Weight: 5, Depth: 1}
		if err := c.b.Send(t.Context(), &now); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := c.a.Peer().State; got != now {
			t.Errorf("state is %+v", got)
		}
		c.close(t)
	})
}

// TestOneSessionPerPair: two nodes that dialled each other at once keep one connection, the same on both
// sides, in whatever order the hellos come.
func TestOneSessionPerPair(t *testing.T) {
	for _, crossed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			svcA, svcB := newService(t), newService(t)
			a1, b1 := newPipe()
			a2, b2 := newPipe()
			if crossed { // A sees connection 1 first, B connection 2
				servedA, servedB := serve(svcA, a1), serve(svcB, b2)
				synctest.Wait()
				others := []*served{serve(svcA, a2), serve(svcB, b1)}
				checkOne(t, svcA, svcB, append(others, servedA, servedB))
				return
			}
			first := []*served{serve(svcA, a1), serve(svcB, b1)}
			synctest.Wait()
			checkOne(t, svcA, svcB, append(first, serve(svcA, a2), serve(svcB, b2)))
		})
	}
}

// checkOne waits until one session is left on each side, tries it, and ends it.
func checkOne(t *testing.T, svcA, svcB *Service, all []*served) {
	t.Helper()
	advance(2 * StandbyTimeout)
	a, b := only(t, svcA), only(t, svcB)
	if a.conn.Done() != b.conn.Done() {
		t.Error("the two sides kept different connections")
	}
	if a.ctx.Err() != nil || b.ctx.Err() != nil {
		t.Error("the session that is left has ended")
	}
	a.Close()
	for _, s := range all {
		s.end()
	}
}

// TestBorrowedNonce: somebody at another address who repeats a node's nonce does not keep it out.
func TestBorrowedNonce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, honest := newService(t), newService(t)
		ours, theirs := newPipe()
		ours.remoteAddr = netip.MustParseAddrPort("198.51.100.1:1")
		thief := serve(svc, ours)
		hello := strangersHello()
		hello.Nonce = honest.Nonce()
		theirs.Send(mustEncode(t, hello, 0))
		synctest.Wait()

		a, b := newPipe()
		servedA, servedB := serve(svc, a), serve(honest, b)
		synctest.Wait()
		if n := len(svc.Sessions()); n != 2 {
			t.Errorf("%d sessions", n)
		}
		theirs.Close()
		a.Close()
		thief.wants(t, ErrClosed)
		servedA.wants(t, ErrClosed)
		servedB.wants(t, ErrClosed)
	})
}

func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, err := New(Config{Net: testNet, State: testState, MaxSessions: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := connect(t, svc, newService(t))
		ours, theirs := newPipe()
		s := serve(svc, ours)
		theirs.Send(mustEncode(t, strangersHello(), 0))
		s.wants(t, ErrFull)
		c.close(t)
	})
}

func TestCrowded(t *testing.T) {
	for _, tt := range []struct {
		from func(i byte) netip.Addr
		want int
	}{
		{func(byte) netip.Addr { return netip.MustParseAddr("192.0.2.1") }, MaxPerAddress},
		{func(i byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, i}) }, 10},
		{func(i byte) netip.Addr { return netip.AddrFrom16([16]byte{0x20, 1, 15: i}) }, MaxPerAddress},
		{func(byte) netip.Addr { return netip.MustParseAddr("127.0.0.1") }, 10},
		{func(byte) netip.Addr { return netip.MustParseAddr("10.0.0.1") }, 10},
	} {
		r, seated := newRegistry(MaxSessions), 0
		for i := range byte(10) {
			if _, err := r.take(identity{[16]byte{i}, tt.from(i)}); err == nil {
				seated++
			} else if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
		}
		if seated != tt.want {
			t.Errorf("%d of 10 like %v; want %d", seated, tt.from(1), tt.want)
		}
	}
}

func TestBanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t)
		st := meet(t, svc)
		st.sayRaw([]byte("garbage"))
		st.wants(t, FaultMalformed)
		ours, _ := newPipe()
		serve(svc, ours).wants(t, ErrBanned)
		advance(BanTime)
		meet(t, svc).leave()
	})
}
