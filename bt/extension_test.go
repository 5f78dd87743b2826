package bt

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/zeebo/bencode"
)

// TestNoExtension: an engine that was told to negotiate none names ours nowhere in its extended handshake.
func TestNoExtension(t *testing.T) {
	for _, without := range []bool{true, false} {
		e := openEngine(t, Config{NoExtension: without})
		dir := t.TempDir()
		raw := share(t, dir, "album", someFiles())
		x := add(t, e, Source{File: raw, Dir: dir})
		wait(t, x)
		names := advertised(t, e.Addr().String(), x.Infohash())
		if _, has := names[DefaultExtension]; has == without || names["ut_metadata"] == 0 {
			t.Errorf("without %v: %v", without, names)
		}
	}
}

// advertised is what a stranger reads in the extended handshake (BEP 10).
func advertised(t *testing.T, addr string, infohash [20]byte) map[string]int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hello := append([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x00"), infohash[:]...)
	if _, err := conn.Write(append(hello, "-XX0000-abcdefghijkl"...)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 68)); err != nil {
		t.Fatal(err)
	}
	for {
		var size uint32
		if err := binary.Read(conn, binary.BigEndian, &size); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(conn, message); err != nil {
			t.Fatal(err)
		}
		if size < 2 || message[0] != 20 || message[1] != 0 {
			continue
		}
		var said struct {
			M map[string]int `bencode:"m"`
		}
		if err := bencode.DecodeBytes(message[2:], &said); err != nil {
			t.Fatal(err)
		}
		return said.M
	}
}
