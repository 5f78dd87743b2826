package lsd

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestNewInterfaceHearsAll: an interface that comes up is looked for, and told of what was announced before.
func TestNewInterfaceHearsAll(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	s := schedule{torrents: map[[20]byte]time.Time{{1}: {}}}
	list, _ := s.next(now)
	s.sent(now, list)
	now = now.Add(MessageEvery)
	if list, _ := s.next(now); len(list) != 0 {
		t.Fatal("announced twice")
	}
	s.renew()
	if list, _ := s.next(now); len(list) != 1 {
		t.Error("not announced again")
	}
}

// TestLateInterface: one on which the group cannot be joined yet is tried again, and then everything is.
func TestLateInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		var sent []time.Duration // of the service's goroutine
		start := time.Now()
		conn := &socket{
			group: &net.UDPAddr{}, joined: make(map[int]bool), sent: make(map[int]bool),
			join: func(*net.Interface) error {
				if !up.Load() {
					return errors.New("it is down")
				}
				return nil
			},
			choose: func(*net.Interface) error {
				sent = append(sent, time.Since(start).Round(time.Second))
				return errors.New("not in a test")
			},
		}
		s := newService(Config{
			Port: func() uint16 { return 1 }, Found: func([20]byte, netip.AddrPort) {},
			Interfaces: func() ([]net.Interface, error) {
				return []net.Interface{{Index: 1, Flags: net.FlagUp | net.FlagMulticast}}, nil
			},
		})
		s.socks = []*socket{conn}
		s.enter()
		s.wg.Go(s.run)
		s.Add([20]byte{1})
		time.Sleep(30 * time.Second)
		up.Store(true)
		time.Sleep(10 * time.Minute)
		s.cancel()
		s.wg.Wait()
		// At first; when the interface was found; thrice because nothing went out; and then as always.
		want := []time.Duration{0, 1, 2, 3, 4, 9}
		for i := range want {
			want[i] *= time.Minute
		}
		for i := range sent {
			sent[i] = sent[i].Truncate(time.Minute)
		}
		if !slices.Equal(sent, want) {
			t.Errorf("tried at %v, want %v", sent, want)
		}
	})
}
