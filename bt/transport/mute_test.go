package transport

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func message(body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func TestMute(t *testing.T) {
	c := new(Conn)
	keepAlive, have := message(""), message("\x04\x00\x00\x00\x01")
	quiet, other := message("\x14\x03quiet"), message("\x14\x03louder")
	piece := message("\x07\x00\x00\x00\x00quiet") // what ends like it is not it
	all := bytes.Join([][]byte{keepAlive, quiet, have, other, quiet, piece}, nil)
	if got := c.shaped(all); !bytes.Equal(got, all) {
		t.Errorf("changed before it was told: %q", got)
	}
	c.Mute([]byte("quiet"))
	want := bytes.Join([][]byte{keepAlive, have, other, piece}, nil)
	if got := c.shaped(all); !bytes.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
	c.SetFilter(func(m []byte) []byte {
		if bytes.Equal(m, have) {
			return nil
		}
		return m
	})
	if got := c.shaped(all); !bytes.Equal(got, bytes.Join([][]byte{keepAlive, other, piece}, nil)) {
		t.Errorf("with a filter: %q", got)
	}
	if got := c.shaped(quiet); len(got) != 0 {
		t.Errorf("alone: %q", got)
	}
}
