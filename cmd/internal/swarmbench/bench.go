//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// testNames are the tests in their order.
var testNames = []string{"leech", "seed", "check", "create", "tiny", "idle"}

// pieceLengths are those of the large torrent.
var pieceLengths = []int64{1 << 20, 256 << 10, 16 << 10}

// idleTime is how long idle torrents are watched, after idleSettle.
const (
	idleSettle = 5 * time.Second
	idleTime   = 20 * time.Second
)

// result is one run. Wall is zero for the test idle.
type result struct {
	wall, cpu time.Duration
	anon      int64
}

// key is what results are compared under.
type key struct {
	test, client string
	piece        int64
}

func bench(ctx context.Context, o options) error {
	f, err := newFixture(ctx, o)
	if err != nil {
		return fmt.Errorf("what the clients are to move: %w", err)
	}
	defer f.remove()
	t := &table{results: make(map[key][]result), errs: make(map[key]error)}
	for _, test := range o.tests {
		for _, piece := range piecesOf(test) {
			for range o.runs { // in turn, so that what else the machine does hits all alike
				for _, name := range o.clients {
					if err := f.one(ctx, o, t, key{test, name, piece}); err != nil {
						return err
					}
				}
			}
			t.print(os.Stdout, test, piece, o.clients)
		}
	}
	return t.failed()
}

func piecesOf(test string) []int64 {
	switch test {
	case "leech", "seed":
		return pieceLengths
	case "check", "create":
		return pieceLengths[:1]
	}
	return []int64{16 << 10}
}

// one runs a client once, if it can do the test and has not failed it. A failure of the client is noted in the table.
func (f *fixture) one(ctx context.Context, o options, t *table, k key) error {
	c := clients[k.client]
	var run func(context.Context, options, key) (result, error)
	switch {
	case k.test == "leech" && c.leech != nil, k.test == "tiny" && c.leech != nil && !c.one:
		run = f.leech
	case k.test == "seed" && c.seed != nil:
		run = f.seed
	case k.test == "check" && c.check != nil, k.test == "create" && c.makes != nil:
		run = f.alone
	case k.test == "idle" && c.seed != nil:
		run = f.idle
	default:
		return nil
	}
	if t.errs[k] != nil {
		return nil
	}
	r, err := run(ctx, o, k)
	if err != nil {
		t.errs[k] = err
	} else {
		t.results[k] = append(t.results[k], r)
	}
	fmt.Fprintf(os.Stderr, "%s %s %d KiB: %.2f s, CPU %.2f s, %.1f MB %s\n", k.test, k.client, k.piece>>10,
		r.wall.Seconds(), r.cpu.Seconds(), float64(r.anon)/1e6, message(err))
	return ctx.Err()
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// torrents is what a test moves, and the folder that it lies in.
func (f *fixture) torrents(k key) ([]*torrent, string) {
	if k.test == "tiny" || k.test == "idle" {
		return f.tiny, filepath.Join(f.dir, "tiny")
	}
	return []*torrent{f.torrent[k.piece]}, filepath.Dir(f.large)
}

// serve starts a seeder and waits until it serves.
func (f *fixture) serve(ctx context.Context, o options, k key, c client) (*process, *job, error) {
	torrents, dir := f.torrents(k)
	j, err := f.job(o, torrents...)
	if err != nil {
		return nil, nil, err
	}
	j.dir = dir
	s, err := c.seed(j)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.run(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range []*torrent{torrents[0], torrents[len(torrents)-1]} {
		if err := awaitSeed(ctx, p, j.listen(), t.infohash, t.pieces); err != nil {
			p.kill()
			return nil, nil, err
		}
	}
	return p, j, nil
}

// leech measures a client that fetches from libtorrent.
func (f *fixture) leech(ctx context.Context, o options, k key) (result, error) {
	seeder, from, err := f.serve(ctx, o, k, clients["libtorrent"])
	if err != nil {
		return result{}, err
	}
	defer seeder.kill()
	_, r, err := f.fetch(ctx, o, k, clients[k.client], from)
	return r, err
}

// seed measures a client from which libtorrent fetches.
func (f *fixture) seed(ctx context.Context, o options, k key) (result, error) {
	seeder, from, err := f.serve(ctx, o, k, clients[k.client])
	if err != nil {
		return result{}, err
	}
	defer seeder.kill()
	before := seeder.cpu()
	wall, _, err := f.fetch(ctx, o, k, clients["libtorrent"], from)
	seeder.sample()
	return result{wall: wall, cpu: seeder.cpu() - before, anon: seeder.anon}, err
}

// fetch runs a client that fetches, and verifies what came.
func (f *fixture) fetch(ctx context.Context, o options, k key, c client, from *job) (time.Duration, result, error) {
	torrents, dir := f.torrents(k)
	j, err := f.job(o, torrents...)
	if err != nil {
		return 0, result{}, err
	}
	defer j.forget()
	j.dir, j.peer = filepath.Join(j.scratch, "out"), from.listen()
	addr := addrOf(from)
	f.tracker.peer.Store(&addr)
	if err := os.Mkdir(j.dir, 0o700); err != nil {
		return 0, result{}, err
	}
	s, err := c.leech(j)
	if err != nil {
		return 0, result{}, err
	}
	r, err := measure(ctx, s, j)
	if err == nil {
		err = f.verify(j.dir, dir)
	}
	return r.wall, r, err
}

// measure runs a job to its end.
func measure(ctx context.Context, s start, j *job) (result, error) {
	p, err := s.run(ctx, j)
	if err != nil {
		return result{}, err
	}
	wall, err := p.wait(ctx)
	cpu := p.cpu()
	p.kill()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(j.scratch, "log"))
		return result{}, fmt.Errorf("%w: %.300s", err, log)
	}
	return result{wall, cpu, p.anon}, nil
}

// alone measures a client that makes a torrent, or checks the content of one.
func (f *fixture) alone(ctx context.Context, o options, k key) (result, error) {
	torrents, dir := f.torrents(k)
	j, err := f.job(o, torrents...)
	if err != nil {
		return result{}, err
	}
	defer j.forget()
	j.dir, j.source, j.piece, j.out = dir, f.large, k.piece, filepath.Join(j.scratch, "out.torrent")
	do := clients[k.client].check
	if k.test == "create" {
		do = clients[k.client].makes
	}
	s, err := do(j)
	if err != nil {
		return result{}, err
	}
	return measure(ctx, s, j)
}

// idle measures a client that has many complete torrents and no peer.
func (f *fixture) idle(ctx context.Context, o options, k key) (result, error) {
	p, _, err := f.serve(ctx, o, k, clients[k.client])
	if err != nil {
		return result{}, err
	}
	defer p.kill()
	if err := pause(ctx, idleSettle); err != nil {
		return result{}, err
	}
	before := p.cpu()
	if err := pause(ctx, idleTime); err != nil {
		return result{}, err
	}
	p.anon = 0
	p.sample()
	return result{cpu: p.cpu() - before, anon: p.anon}, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
