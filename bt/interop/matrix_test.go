//go:build linux

package interop

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// A contest is one transfer between the engine and a program of other people.
type contest struct {
	program program
	seeds   bool   // the program has the content; else the engine
	mode    string // what the program insists on: encrypted, utp; or plain, which is its TCP as it comes
	magnet  bool   // whoever gets has a magnet link, else the .torrent
	version metainfo.Version
}

func (c contest) String() string {
	does, by, kind := "gets", "file", map[metainfo.Version]string{metainfo.V1: "v1", metainfo.Hybrid: "hybrid"}[c.version]
	if c.seeds {
		does = "seeds"
	}
	if c.magnet {
		by = "magnet"
	}
	return strings.Join([]string{c.program.name(), does, c.mode, by, kind}, " ")
}

// quick reports whether the contest belongs to the half that represents all: each program in both directions with each
// mode, magnet links, hybrids and v1 among them.
func (c contest) quick() bool {
	versions := c.program.versions()
	latest := versions[len(versions)-1]
	switch c.mode {
	case "plain":
		return c.magnet && c.version == latest
	case "encrypted":
		return !c.magnet && c.version == metainfo.V1
	}
	return !c.magnet && c.version == latest
}

// hopeless reports whether the two cannot find each other: a seeder of a hybrid dials by the v2 infohash, which the
// engine takes only when it has the info, and over uTP the engine does not dial the seeder in its turn.
func (c contest) hopeless() bool {
	return c.seeds && c.mode == "utp" && c.magnet && c.version == metainfo.Hybrid
}

func contests() []contest {
	var list []contest
	for _, p := range []program{libtorrent{}, aria2{}, transmission{}, rtorrent{}} {
		for _, mode := range p.modes() {
			for _, seeds := range []bool{false, true} {
				for _, magnet := range []bool{false, true} {
					for _, version := range p.versions() {
						if c := (contest{p, seeds, mode, magnet, version}); !c.hopeless() {
							list = append(list, c)
						}
					}
				}
			}
		}
	}
	return list
}

// fullEnv, if set, runs all contests and not only the quick ones.
const fullEnv = "TTX_INTEROP_FULL"

// TestMatrix runs the contests, several at a time: most of each is waiting for the program's timers.
func TestMatrix(t *testing.T) {
	if enterNamespace(t) {
		return
	}
	full, ran := os.Getenv(fullEnv) != "", 0
	for _, c := range contests() {
		if full || c.quick() {
			ran++
			t.Run(c.String(), func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	}
	t.Logf("%d of %d contests", ran, len(contests()))
}

// rate slows a contest down so that its connections can be looked at: the content takes two seconds.
const rate = contentSize / 2

// contentSize is roughly what the files of a contest have in bytes.
const contentSize = 400_000

func files() map[string][]byte {
	return map[string][]byte{
		"readme":         []byte("a short one"),
		"sub/big":        bytes.Repeat([]byte("0123456789abcde\n"), 20_000),
		"sub/deep/näxt":  bytes.Repeat([]byte{0xaa}, 70_001),
		"sub/deep/piece": bytes.Repeat([]byte{0x55}, 16<<10),
	}
}

func (c contest) run(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	holder, getter := here, there
	if c.seeds {
		holder, getter = there, here
	}
	e := openEngine(t, bt.Config{Listen: host + ":0", Limits: bt.Limits{Up: rate, Down: rate}})
	tor := makeTorrent(t, holder, c.version, bttest.ServeTracker(t, host, e.Addr()))
	bare := *tor
	bare.Trackers = nil // the engine would be told of itself
	src := bt.Source{File: bare.Encode(), Dir: here}
	j := job{dir: there, mode: c.mode, torrent: writeFile(t, "x.torrent", tor.Encode())}
	j.source = j.torrent
	switch {
	case c.seeds:
		padding(t, there, tor.Info)
		seeder := c.program.seed(t, j)
		if c.mode != "utp" { // that we never dial: the seeder finds us by its tracker
			src.Peers = []netip.AddrPort{seeder}
		}
		if c.magnet {
			src.File, src.Magnet = nil, bare.Magnet().String()
		}
	case c.magnet:
		link := tor.Magnet()
		if !c.program.knowsV2() {
			link.V2 = nil
		}
		j.source = link.String()
	}
	x, err := e.Add(src)
	if err != nil {
		t.Fatal(err)
	}
	met := watch(t, x)
	if !c.seeds {
		c.program.get(t, j)
	} else if err := x.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	compare(t, filepath.Join(getter, "album"))
	c.judge(t, met())
}

// judge looks at how the content went over.
func (c contest) judge(t *testing.T, met map[string]bool) {
	t.Helper()
	want := map[string]string{"plain": "tcp", "encrypted": "tcp encrypted", "utp": "utp"}[c.mode]
	for way := range met {
		if strings.HasPrefix(way, want) {
			return
		}
	}
	t.Errorf("the content went over %v, not %q", met, want)
}

// watch looks at a torrent's connections until it is asked what those that content went over were like.
func watch(t *testing.T, x *bt.Torrent) func() map[string]bool {
	met, ask, done := make(map[string]bool), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, p := range x.Peers() {
				if p.Received+p.Sent > 0 {
					met[way(p)] = true
				}
			}
			select {
			case <-ask:
				return
			case <-tick.C:
			}
		}
	}()
	stop := sync.OnceFunc(func() {
		close(ask)
		<-done
	})
	t.Cleanup(stop)
	return func() map[string]bool {
		stop()
		return met
	}
}

func way(p bt.PeerInfo) string {
	transport, crypto := "tcp", "plain"
	if p.UTP {
		transport = "utp"
	}
	if p.Encrypted {
		crypto = "encrypted"
	}
	return transport + " " + crypto
}

// makeTorrent writes the files below dir and makes the torrent of them.
func makeTorrent(t *testing.T, dir string, version metainfo.Version, tracker string) *metainfo.Torrent {
	t.Helper()
	for path, data := range files() {
		write(t, filepath.Join(dir, "album", filepath.FromSlash(path)), data)
	}
	// Made elsewhere first would be the same: creation repeats itself.
	c, err := content.Create(context.Background(), filepath.Join(dir, "album"), content.Options{PieceLength: 16 << 10, Version: version})
	if err != nil {
		t.Fatal(err)
	}
	c.Torrent.Trackers = [][]string{{tracker}}
	return &c.Torrent
}

// padding writes the padding files (BEP 47) that programs which do not know them expect on disk.
func padding(t *testing.T, dir string, in *metainfo.Info) {
	t.Helper()
	for i := range in.Files {
		if f := &in.Files[i]; f.Pad {
			write(t, filepath.Join(append([]string{dir}, in.Location(f)...)...), make([]byte, f.Length))
		}
	}
}

// same reports whether all files are in a folder as they should be.
func same(dir string) error {
	for path, want := range files() {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s differs", path)
		}
	}
	return nil
}

func compare(t *testing.T, dir string) {
	t.Helper()
	if err := same(dir); err != nil {
		t.Error(err)
	}
}
