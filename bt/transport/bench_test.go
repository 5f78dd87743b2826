package transport

import (
	"io"
	"net"
	"testing"
)

// BenchmarkStream sends 1 MiB after the other over loopback, in blocks as the library does: over a bare socket,
// and by way of connections of ours, plain, encrypted, with a filter, and under a limit that is never reached.
func BenchmarkStream(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		from, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		to, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		stream1M(b, from, to)
	})
	for name, cfg := range map[string]Config{
		"plain": {}, "encrypted": {Encryption: EncryptRequire}, "limited": {Limits: Limits{Up: 1 << 40, Down: 1 << 40}},
		"filtered": {},
	} {
		b.Run(name, func(b *testing.B) {
			by, at := openTest(b, cfg), openTest(b, cfg)
			conns := serve(b, at.Listeners()[0])
			from, err := greet(b, by, at.Listeners()[0].Addr().String(), someHash)
			if err != nil {
				b.Fatal(err)
			}
			if name == "filtered" {
				from.(*Conn).SetFilter(func(m []byte) []byte { return m })
			}
			stream1M(b, from, <-conns)
		})
	}
}

func stream1M(b *testing.B, from, to net.Conn) {
	b.Helper()
	const block, size = 64 << 10, 1 << 20
	defer from.Close()
	defer to.Close()
	go func() {
		buf := make([]byte, block)
		buf[2] = 0xff // messages of 65,284 bytes
		for {
			if _, err := from.Write(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, size)
	b.SetBytes(size)
	for b.Loop() {
		if _, err := io.ReadFull(to, buf); err != nil {
			b.Fatal(err)
		}
	}
}
