package bt

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
)

// BenchmarkFetchSmall is one transaction from a node that has no live torrent for it, 16 at a time.
func BenchmarkFetchSmall(b *testing.B) {
	list := tinies(b.N)
	server, by := openEngine(b, Config{OnDemand: newShelf(list...)}), openEngine(b, Config{})
	b.ResetTimer()
	var wg sync.WaitGroup
	for _, x := range list {
		wg.Go(func() {
			if _, _, err := by.FetchSmall(context.Background(), x.infohash, addrs(server), maxTiny); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// BenchmarkSend is one message of 500 bytes through a session, received.
func BenchmarkSend(b *testing.B) {
	const window = 1000 // unread messages, as a session's credit would allow
	a, z := openEngine(b, Config{}), openEngine(b, Config{})
	conns := make(chan *Conn, 2)
	sw, err := a.Join(meeting, func(c *Conn) { conns <- c })
	if err != nil {
		b.Fatal(err)
	}
	tokens := make(chan struct{}, window)
	_, err = z.Join(meeting, func(c *Conn) {
		for range c.Recv() {
			<-tokens
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	sw.Dial(z.Addr())
	c, payload := <-conns, make([]byte, 500)
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		tokens <- struct{}{}
		if err := c.Send(payload); err != nil {
			b.Fatal(err)
		}
	}
	for range window {
		tokens <- struct{}{} // all were received when these fit
	}
}

// BenchmarkDownload is 64 MiB in pieces of 256 KiB between two engines, disk to disk.
func BenchmarkDownload(b *testing.B) {
	const size = 64 << 20
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(data)
	there := b.TempDir()
	raw := share(b, there, "big", map[string][]byte{"f": data})
	seeder, leecher := openEngine(b, Config{}), openEngine(b, Config{})
	up, err := seeder.Add(Source{File: raw, Dir: there})
	if err != nil {
		b.Fatal(err)
	}
	if err := up.Wait(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		x, err := leecher.Add(Source{File: raw, Dir: b.TempDir(), Peers: addrs(seeder)})
		if err != nil {
			b.Fatal(err)
		}
		if err := x.Wait(context.Background()); err != nil {
			b.Fatal(err)
		}
		x.Drop()
	}
}
