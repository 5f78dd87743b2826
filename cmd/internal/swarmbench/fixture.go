//go:build linux

package main

import (
	"context"
	"crypto/sha1" //nolint:gosec // the hash of BEP 3
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// tinySize is the content of a tiny torrent, in bytes.
const tinySize = 400

// fixture is what all clients move. It is removed at the end.
type fixture struct {
	dir     string
	tracker *tracker
	large   string             // the file of the large torrents
	torrent map[int64]*torrent // by piece length
	tiny    []*torrent
	jobs    atomic.Int64
}

// torrent is a .torrent file without a tracker and one with.
type torrent struct {
	plain, tracked string
	infohash       [20]byte
	pieces         int
}

func newFixture(ctx context.Context, o options) (*fixture, error) {
	dir, err := os.MkdirTemp(o.dir, "swarmbench-")
	if err != nil {
		return nil, err
	}
	f := &fixture{dir: dir, torrent: make(map[int64]*torrent)}
	if err := f.fill(ctx, o); err != nil {
		f.remove()
		return nil, err
	}
	return f, nil
}

func (f *fixture) remove() { _ = os.RemoveAll(f.dir) } // a temporary folder

func (f *fixture) fill(ctx context.Context, o options) (err error) {
	if f.tracker, err = newTracker(ctx); err != nil {
		return err
	}
	for _, sub := range []string{"seed", "tiny", "torrents"} {
		if err := os.Mkdir(filepath.Join(f.dir, sub), 0o700); err != nil {
			return err
		}
	}
	f.large = filepath.Join(f.dir, "seed", "large.bin")
	if err := random(f.large, o.size, 0); err != nil {
		return err
	}
	for _, piece := range pieceLengths {
		if f.torrent[piece], err = f.makeTorrent(ctx, f.large, piece); err != nil {
			return err
		}
	}
	for i := range o.many {
		name := filepath.Join(f.dir, "tiny", fmt.Sprintf("%05d.bin", i))
		if err := random(name, tinySize, byte(1)); err != nil {
			return err
		}
		t, err := f.makeTorrent(ctx, name, 16<<10)
		if err != nil {
			return err
		}
		f.tiny = append(f.tiny, t)
	}
	return nil
}

// random fills a file with bytes that its name determines.
func random(name string, size int64, salt byte) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer out.Close()
	seed := [32]byte{salt}
	copy(seed[1:], filepath.Base(name))
	_, err = io.CopyN(out, rand.NewChaCha8(seed), size)
	return err
}

func (f *fixture) makeTorrent(ctx context.Context, source string, piece int64) (*torrent, error) {
	made, err := content.Create(ctx, source, content.Options{PieceLength: piece, Version: metainfo.V1})
	if err != nil {
		return nil, err
	}
	base := filepath.Join(f.dir, "torrents", fmt.Sprintf("%s-%d", filepath.Base(source), piece))
	t := &torrent{plain: base + ".torrent", tracked: base + ".tracked.torrent"}
	t.infohash, t.pieces = made.Torrent.Info.InfohashV1(), made.Torrent.Info.Pieces()
	if err := os.WriteFile(t.plain, made.Torrent.Encode(), 0o600); err != nil {
		return nil, err
	}
	made.Torrent.Trackers = [][]string{{f.tracker.url}}
	return t, os.WriteFile(t.tracked, made.Torrent.Encode(), 0o600)
}

// job is one with a folder and a port of its own.
func (f *fixture) job(o options, torrents ...*torrent) (*job, error) {
	n := f.jobs.Add(1)
	j := &job{ttx: o.ttx, port: 20000 + int(n), scratch: filepath.Join(f.dir, fmt.Sprintf("job-%d", n))}
	for _, t := range torrents {
		j.torrents, j.tracked = append(j.torrents, t.plain), append(j.tracked, t.tracked)
	}
	return j, os.Mkdir(j.scratch, 0o700)
}

// forget removes what a job left; the fixture's folder goes at the end anyway.
func (j *job) forget() { _ = os.RemoveAll(j.scratch) }

// verify compares what a client fetched with what there is.
func (f *fixture) verify(dir, from string) error {
	names, err := filepath.Glob(filepath.Join(from, "*.bin"))
	if err != nil {
		return err
	}
	for _, name := range names {
		want, err := sum(name)
		if err != nil {
			return err
		}
		got, err := sum(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s was not fetched right", filepath.Base(name))
		}
	}
	return nil
}

func sum(name string) (s [sha1.Size]byte, err error) {
	in, err := os.Open(name)
	if err != nil {
		return s, err
	}
	defer in.Close()
	h := sha1.New() //nolint:gosec // as above
	if _, err := io.Copy(h, in); err != nil {
		return s, err
	}
	h.Sum(s[:0])
	return s, nil
}
