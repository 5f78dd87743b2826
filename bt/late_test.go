package bt

import (
	"bytes"
	"fmt"
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
