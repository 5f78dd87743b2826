package pipeline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// wire is one direction of a connection in memory.
type wire struct {
	net.Conn
	in    []byte
	parts []int // how much each Read gives; all that fits when it has run out
	out   bytes.Buffer
}

func (w *wire) Write(b []byte) (int, error) { return w.out.Write(b) }

func (w *wire) Read(b []byte) (int, error) {
	if len(w.in) == 0 {
		return 0, io.EOF
	}
	n := len(b)
	if len(w.parts) > 0 {
		n, w.parts = min(n, w.parts[0]), w.parts[1:]
	}
	n = copy(b[:n], w.in)
	w.in = w.in[n:]
	return n, nil
}

func shake(fast bool) []byte {
	b := append([]byte(protocol), make([]byte, handshakeLength-len(protocol))...)
	if fast {
		b[fastByte] |= fastBit
	}
	return b
}

func message(id byte, payload int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(1+payload))
	return append(append(b, id), bytes.Repeat([]byte{0xa5}, payload)...)
}

func messages(n int, id byte, payload int) []byte {
	return bytes.Repeat(message(id, payload), n)
}

// run sends requests after the handshake, then reads all that w holds, buffer bytes at a time.
func run(t rapid.TB, w *wire, hello []byte, requests, buffer int) []byte {
	c := Wrap(w)
	for _, b := range [][]byte{hello[:30], hello[30:], messages(requests, idRequest, 12)} {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	var got []byte
	buf := make([]byte, buffer)
	for {
		n, err := c.Read(buf)
		got = append(got, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTopUp answers a batch and finds the library told once, when three eighths of it are left.
func TestTopUp(t *testing.T) {
	const batch = 800
	w := &wire{in: slices.Concat(shake(true), messages(batch, idPiece, 40))}
	got := run(t, w, shake(true), batch, 1<<17)
	want := slices.Concat(shake(true), messages(500, idPiece, 40), suggest[:], messages(300, idPiece, 40))
	if !bytes.Equal(got, want) {
		t.Fatalf("the message came at %d of %d, want %d", bytes.Index(got, suggest[:]), len(got), bytes.Index(want, suggest[:]))
	}
	sent := slices.Concat(shake(true), messages(batch, idRequest, 12))
	if !bytes.Equal(w.out.Bytes(), sent) {
		t.Fatal("the peer was sent something else than what was written")
	}
}

// TestAgain gives each batch its message, rejected requests among them.
func TestAgain(t *testing.T) {
	w := &wire{in: slices.Concat(shake(true), messages(10, idPiece, 9), messages(6, idReject, 12))}
	c := Wrap(w)
	buf := make([]byte, 4096)
	_, _ = c.Write(shake(true))
	for round := range 3 {
		_, _ = c.Write(messages(16, idRequest, 12))
		if round > 0 {
			w.in = slices.Concat(messages(10, idReject, 12), messages(6, idPiece, 9))
		}
		n, err := c.Read(buf)
		if err != nil || bytes.Count(buf[:n], suggest[:]) != 1 {
			t.Fatalf("round %d: %d messages, %v", round, bytes.Count(buf[:n], suggest[:]), err)
		}
	}
}

// TestUntouched are connections that get nothing: without BEP 6 on either side, not in the plain protocol, with few
// requests, and with answers to what was never asked.
func TestUntouched(t *testing.T) {
	answers := messages(800, idPiece, 40)
	for name, c := range map[string]struct {
		ours, theirs []byte
		requests     int
	}{
		"we lack BEP 6":     {shake(false), shake(true), 800},
		"they lack BEP 6":   {shake(true), shake(false), 800},
		"we are encrypted":  {bytes.Repeat([]byte{7}, handshakeLength), shake(true), 800},
		"they speak HTTP":   {shake(true), bytes.Repeat([]byte("HTTP"), handshakeLength/4), 800},
		"a small batch":     {shake(true), shake(true), minBatch - 1},
		"nothing was asked": {shake(true), shake(true), 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := slices.Concat(c.theirs, answers)
			if got := run(t, &wire{in: slices.Clone(in)}, c.ours, c.requests, 1<<17); !bytes.Equal(got, in) {
				t.Fatalf("%d bytes were read, %d sent", len(got), len(in))
			}
		})
	}
}

// TestStream sends anything in any portions through buffers of any size: what comes out is what went in, but for
// whole messages of ours between whole messages of the peer's.
func TestStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := shake(true)
		var ends []int // of messages
		for range rapid.IntRange(1, 60).Draw(t, "messages") {
			if rapid.IntRange(0, 9).Draw(t, "keep-alive") == 0 {
				in = append(in, 0, 0, 0, 0)
			} else {
				in = append(in, message(rapid.SampledFrom([]byte{0, 1, 4, 7, 7, 7, 7, 16, 20}).Draw(t, "id"), rapid.IntRange(0, 99).Draw(t, "size"))...)
			}
			ends = append(ends, len(in))
		}
		w := &wire{in: slices.Clone(in), parts: rapid.SliceOf(rapid.IntRange(1, 300)).Draw(t, "parts")}
		got := run(t, w, shake(true), rapid.IntRange(0, 40).Draw(t, "requests"), rapid.IntRange(1, 400).Draw(t, "buffer"))
		if at := bytes.Index(got, suggest[:]); at >= 0 && !bytes.Equal(got, in) {
			if !slices.Contains(ends, at) {
				t.Fatalf("a message of ours within one of the peer's, at %d", at)
			}
			got = slices.Delete(got, at, at+len(suggest))
		}
		if !bytes.Equal(got, in) {
			t.Fatalf("read %x\nof   %x", got, in)
		}
	})
}
