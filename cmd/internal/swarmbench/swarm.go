//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

const trackerPort = 6969

// tracker names one peer to everybody.
type tracker struct {
	url  string
	peer atomic.Pointer[netip.AddrPort]
}

func newTracker(ctx context.Context) (*tracker, error) {
	addr := fmt.Sprintf("%s:%d", host, trackerPort)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	t := &tracker{url: "http://" + addr + "/announce"}
	server := &http.Server{Handler: t, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() }) // the process ends with it
	return t, nil
}

func (t *tracker) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var compact []byte
	if p := t.peer.Load(); p != nil {
		a := p.Addr().As4()
		compact = binary.BigEndian.AppendUint16(a[:], p.Port())
	}
	fmt.Fprintf(w, "d8:intervali1800e5:peers%d:%se", len(compact), compact)
}

// awaitSeed waits until a peer says that it has all pieces of a torrent.
func awaitSeed(ctx context.Context, p *process, addr string, infohash [20]byte, pieces int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !seeds(ctx, addr, infohash, pieces) {
		select {
		case <-p.ended:
			return fmt.Errorf("%s %w: %s", p.argv[0], errNotReady, p.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s %w", p.argv[0], errNotReady)
		case <-ticker.C:
		}
	}
	return nil
}

// seeds asks a peer once.
func seeds(ctx context.Context, addr string, infohash [20]byte, pieces int) bool {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second)) // TCP has deadlines
	hello := append([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x00\x00\x00"), infohash[:]...)
	if _, err := c.Write(append(hello, "-SB0001-swarmbench00"...)); err != nil {
		return false
	}
	if _, err := io.ReadFull(c, make([]byte, 68)); err != nil {
		return false
	}
	for have := 0; have < pieces; {
		var head [4]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return false
		}
		length := binary.BigEndian.Uint32(head[:])
		if length > 1<<20 {
			return false
		}
		m := make([]byte, length)
		if _, err := io.ReadFull(c, m); err != nil {
			return false
		}
		switch {
		case length == 0:
		case m[0] == 4: // have
			have++
		case m[0] == 5: // bitfield
			for _, b := range m[1:] {
				have += bits.OnesCount8(b)
			}
		}
	}
	return true
}
