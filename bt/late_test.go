package bt

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
)

// TestFetchSmallFromALateSeed: a peer that had no info when it was met is met again, and then has it.
func TestFetchSmallFromALateSeed(t *testing.T) {
	there := t.TempDir()
	content := bytes.Repeat([]byte("late"), 100)
	raw := share(t, there, "note", map[string][]byte{"": content})
	seeder, late, leecher := openEngine(t, Config{}), openEngine(t, Config{DisablePEX: true}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)

	x := add(t, late, Source{Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%x", up.Infohash()), Dir: t.TempDir()})
	got := make(chan []byte, 1)
	go func() {
		_, data, err := leecher.FetchSmall(testContext(t), up.Infohash(), addrs(late), maxTiny)
		if err != nil {
			t.Error(err)
		}
		got <- data
	}()
	until(t, "the leecher has met it", func() bool { return len(x.Peers()) == 1 })
	x.Dial(seeder.Addr())
	wait(t, x)
	if data := receive(t, "the content", got); !bytes.Equal(data, content) {
		t.Errorf("got %q", data)
	}
}

// TestDownloadFromALateSeed: nor does a download by a magnet link wait for ever on the only seed, which was just being started.
func TestDownloadFromALateSeed(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := someFiles()
	raw := share(t, there, "album", files)
	seeder, late, leecher := openEngine(t, Config{}), openEngine(t, Config{DisablePEX: true}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)
	magnet := fmt.Sprintf("magnet:?xt=urn:btih:%x", up.Infohash())
	x := add(t, late, Source{Magnet: magnet, Dir: t.TempDir()})
	y := add(t, leecher, Source{Magnet: magnet, Dir: here, Peers: addrs(late)})
	until(t, "they met without the info", func() bool { return len(x.Peers()) == 1 && len(y.Peers()) == 1 })
	x.Dial(seeder.Addr())
	wait(t, x)
	meta := y.slot().meta
	for range patientTicks + 1 { // the time passes
		leecher.chores.add(meta.tick)
	}
	wait(t, y)
	compare(t, filepath.Join(here, "album"), files)
}
