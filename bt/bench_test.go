package bt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
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

// BenchmarkDownload is a file between two engines, disk to disk: in few pieces, and in so many that whatever is done
// for each of them must not grow with their number.
func BenchmarkDownload(b *testing.B) {
	b.Run("64MiB/256KiB", func(b *testing.B) { benchmarkDownload(b, 64<<20, 256<<10) })
	b.Run("256MiB/16KiB", func(b *testing.B) { benchmarkDownload(b, 256<<20, 16<<10) })
}

func benchmarkDownload(b *testing.B, size, piece int64) {
	there := b.TempDir()
	raw := benchTorrent(b, there, "big", size, piece)
	seeder, leecher := openEngine(b, Config{}), openEngine(b, Config{})
	addWhole(b, seeder, there, raw)
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

// manyTorrents is how many torrents there are in BenchmarkTiny and BenchmarkIdle.
const manyTorrents = 500

// BenchmarkTiny is 500 torrents of 400 bytes between two engines, all at once.
func BenchmarkTiny(b *testing.B) {
	there := b.TempDir()
	seeder := openEngine(b, Config{})
	raws := manyTiny(b, there)
	for _, raw := range raws {
		addWhole(b, seeder, there, raw)
	}
	for b.Loop() {
		leecher, dir := openEngine(b, Config{}), b.TempDir()
		var all []*Torrent
		for _, raw := range raws {
			x, err := leecher.Add(Source{File: raw, Dir: dir, Peers: addrs(seeder)})
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, x)
		}
		for _, x := range all {
			if err := x.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
			x.Drop()
		}
	}
}

// BenchmarkIdle is what a complete torrent without a peer costs: to add it, and while it is there.
func BenchmarkIdle(b *testing.B) {
	there := b.TempDir()
	raws := manyTiny(b, there)
	for b.Loop() {
		e := openEngine(b, Config{})
		before, routines := heap(), runtime.NumGoroutine()
		for _, raw := range raws {
			addWhole(b, e, there, raw)
		}
		b.ReportMetric(float64(heap()-before)/manyTorrents, "heap-B/torrent")
		b.ReportMetric(float64(runtime.NumGoroutine()-routines)/manyTorrents, "goroutines/torrent")
	}
}

// heap is the bytes in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func manyTiny(b *testing.B, dir string) (raws [][]byte) {
	for i := range manyTorrents {
		raws = append(raws, benchTorrent(b, dir, fmt.Sprintf("%04d", i), 400, 16<<10))
	}
	return raws
}

// benchTorrent writes a file of random bytes and makes a torrent of it.
func benchTorrent(b *testing.B, dir, name string, size, piece int64) []byte {
	b.Helper()
	data, seed := make([]byte, size), [32]byte{1}
	copy(seed[1:], name)
	rand.NewChaCha8(seed).Read(data)
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		b.Fatal(err)
	}
	made, err := content.Create(context.Background(), filepath.Join(dir, name), content.Options{PieceLength: piece, Version: checked.V1})
	if err != nil {
		b.Fatal(err)
	}
	return made.Torrent.Encode()
}

// addWhole adds a torrent whose content is there.
func addWhole(b *testing.B, e *Engine, dir string, raw []byte) {
	b.Helper()
	x, err := e.Add(Source{File: raw, Dir: dir, Whole: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := x.Wait(context.Background()); err != nil {
		b.Fatal(err)
	}
}
