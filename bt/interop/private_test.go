//go:build linux

package interop

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// TestPrivateSwarm: clients that are told of each other by one opentracker alone get a private torrent (BEP 27) from the
// engine and each other, over HTTP and over UDP (BEP 15). Here all have one address, which transmission and rtorrent take
// for one peer; aria2 asks UDP trackers only with its DHT.
func TestPrivateSwarm(t *testing.T) {
	if enterNamespace(t) {
		return
	}
	for scheme, programs := range map[string][]program{"http": {libtorrent{}, aria2{}}, "udp": {libtorrent{}}} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			testPrivateSwarm(t, scheme, programs)
		})
	}
}

func testPrivateSwarm(t *testing.T, scheme string, programs []program) {
	here := t.TempDir()
	port := nextPort()
	url := fmt.Sprintf("%s://%s:%d/announce", scheme, host, port)
	tor := makePrivate(t, here, url)
	startOpentracker(t, port, tor.Info.InfohashV1())

	e := openEngine(t, bt.Config{Listen: host + ":0"})
	seeder, err := e.Add(bt.Source{File: tor.Encode(), Dir: here})
	if err != nil {
		t.Fatal(err)
	}
	if err := seeder.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	announced(t, seeder)

	ours := t.TempDir()
	leecher, err := openEngine(t, bt.Config{Listen: host + ":0"}).Add(bt.Source{File: tor.Encode(), Dir: ours})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("programs", func(t *testing.T) {
		for _, p := range programs {
			t.Run(p.name(), func(t *testing.T) {
				t.Parallel()
				path := writeFile(t, "x.torrent", tor.Encode())
				j := job{source: path, torrent: path, dir: t.TempDir(), mode: "plain"}
				p.get(t, j)
				compare(t, filepath.Join(j.dir, "album"))
			})
		}
	})
	if err := leecher.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	compare(t, filepath.Join(ours, "album"))
}

func makePrivate(t *testing.T, dir, tracker string) *metainfo.Torrent {
	t.Helper()
	tor := makeTorrent(t, dir, metainfo.V1, tracker)
	tor.Info.Private = true
	info, err := metainfo.ParseInfo(metainfo.EncodeInfo(tor.Info))
	if err != nil {
		t.Fatal(err)
	}
	tor.Info = info
	return tor
}

// announced waits until a torrent's tracker has answered, so that those who ask it next are told of us.
func announced(t *testing.T, x *bt.Torrent) {
	t.Helper()
	until(t, "the tracker knows the seeder", func() bool {
		for _, s := range x.Trackers() {
			if s.State == "working" {
				return true
			}
		}
		return false
	})
}

// startOpentracker runs Debian's opentracker, which serves what is on its list.
func startOpentracker(t *testing.T, port int, infohash metainfo.HashV1) {
	t.Helper()
	list := writeFile(t, "whitelist", []byte(hex.EncodeToString(infohash[:])+"\n"))
	if err := os.Chmod(filepath.Dir(list), 0o755); err != nil { // it runs as another user
		t.Fatal(err)
	}
	start(t, "opentracker", "opentracker", "-i", host, "-p", fmt.Sprint(port), "-P", fmt.Sprint(port),
		"-d", filepath.Dir(list), "-w", "whitelist")
	until(t, "opentracker listens", func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}
