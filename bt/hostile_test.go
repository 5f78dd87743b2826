package bt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/anacrolix/torrent/metainfo"
	pp "github.com/anacrolix/torrent/peer_protocol"
)

// stranger is a peer made by hand, which sends what it likes.
type stranger struct {
	t    *testing.T
	conn net.Conn
}

// visit handshakes with e on an infohash, with the extension protocol and the fast extension.
func visit(t *testing.T, e *Engine, infohash [20]byte) *stranger {
	t.Helper()
	conn, err := net.Dial("tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &stranger{t, conn}
	s.write([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x04"), infohash[:], []byte(fmt.Sprintf("-XX0000-%012d", conn.LocalAddr().(*net.TCPAddr).Port)))
	if _, err := io.ReadFull(conn, make([]byte, 68)); err != nil {
		t.Fatalf("the handshake was not answered: %v", err)
	}
	return s
}

// write lets whoever was hung up on find that out by reading: it can come between two messages.
func (s *stranger) write(parts ...[]byte) {
	s.t.Helper()
	if _, err := s.conn.Write(bytes.Join(parts, nil)); err != nil && !isReset(err) {
		s.t.Fatal(err)
	}
}

// send writes one message.
func (s *stranger) send(kind pp.MessageType, payload ...[]byte) {
	s.t.Helper()
	body := append([]byte{byte(kind)}, bytes.Join(payload, nil)...)
	s.write(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body)
}

func (s *stranger) extended(number byte, payload string) {
	s.t.Helper()
	s.send(pp.Extended, []byte{number}, []byte(payload))
}

// hello sends an extended handshake that claims everything.
func (s *stranger) hello(size int) {
	s.t.Helper()
	s.extended(0, fmt.Sprintf("d1:md11:ut_metadatai3e3:ttxi4e6:ut_pexi2ee13:metadata_sizei%dee", size))
}

// next returns the next message of the kind; keep-alives and others are skipped.
func (s *stranger) next(kind pp.MessageType) []byte {
	s.t.Helper()
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			s.t.Fatalf("waiting for message %v: %v", kind, err)
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(s.conn, body); err != nil {
			s.t.Fatal(err)
		}
		if len(body) > 0 && pp.MessageType(body[0]) == kind {
			return body[1:]
		}
	}
}

// nextMetadata returns the next ut_metadata message.
func (s *stranger) nextMetadata() string {
	s.t.Helper()
	for {
		if m := s.next(pp.Extended); m[0] == 3 {
			return string(m[1:])
		}
	}
}

func words(n ...uint32) []byte {
	var b []byte
	for _, w := range n {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

// poison is what the library is known to panic on, or could.
func (s *stranger) poison() {
	root := make([]byte, 32)
	s.send(pp.HashRequest, root, words(0, 0, 2, 0))
	s.send(pp.Hashes, root, words(0, 0, 2, 1), make([]byte, 64))
	s.send(pp.HashReject, root, words(0, 0, 2, 0))
	s.send(pp.Reject, words(1<<31, 1<<31, 1<<14))
	s.send(pp.Cancel, words(7, 7, 7))
	s.send(pp.AllowedFast, words(1<<31))
	s.send(pp.Suggest, words(1<<31))
}

func TestHostileMessagesOnRendezvous(t *testing.T) {
	e := openEngine(t, Config{})
	sw, conns := join(t, e)
	s := visit(t, e, meeting)
	s.hello(16 << 20)
	conn := receive(t, "the session", conns)
	s.poison()
	s.send(pp.Request, words(0, 0, 1<<14))
	s.send(pp.Have, words(1<<31))
	s.send(pp.Bitfield, bytes.Repeat([]byte{0xff}, 1000))
	s.send(pp.Piece, words(0, 0), make([]byte, 100))
	for _, piece := range []string{"-1", "0", "9223372036854775807"} {
		s.extended(3, "d8:msg_typei0e5:piecei"+piece+"ee")
		s.extended(3, "d8:msg_typei1e5:piecei"+piece+"eexxxx")
	}
	s.extended(4, "the message behind")
	if got := receive(t, "the message behind", conn.Recv()); string(got) != "the message behind" {
		t.Errorf("got %q", got)
	}
	if n := len(sw.Peers()); n != 1 {
		t.Errorf("%d peers, want the stranger", n)
	}
}

func TestHostileMessagesOnTinyTorrent(t *testing.T) {
	x := tinies(1)[0]
	e := openEngine(t, Config{OnDemand: newShelf(x)})
	s := visit(t, e, x.infohash)
	s.hello(1)
	s.send(pp.HashRequest, make([]byte, 32), words(0, 0, 2, 0))
	s.send(pp.Hashes, make([]byte, 32), words(0, 0, 2, 1), make([]byte, 64))
	for _, piece := range []string{"-1", "1", "9223372036854775807"} {
		s.extended(3, "d8:msg_typei0e5:piecei"+piece+"ee")
		if got, want := s.nextMetadata(), "d8:msg_typei2e5:piecei"+piece+"ee"; got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
	// It is still served, only not without end.
	want := fmt.Sprintf("d8:msg_typei1e5:piecei0e10:total_sizei%dee%s", len(x.info), x.info)
	for range MetadataRounds {
		s.extended(3, "d8:msg_typei0e5:piecei0ee")
		if got := s.nextMetadata(); got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
	s.extended(3, "d8:msg_typei0e5:piecei0ee")
	if got := s.nextMetadata(); got != "d8:msg_typei2e5:piecei0ee" {
		t.Errorf("after %d rounds: %q", MetadataRounds, got)
	}
	s.send(pp.Interested) // it was unchoked long ago
	s.send(pp.Request, words(0, 0, uint32(len(x.data))))
	if got := s.next(pp.Piece); !bytes.Equal(got[8:], x.data) {
		t.Errorf("the piece came as %d bytes", len(got)-8)
	}
}

func TestHostileMessagesBeforeInfo(t *testing.T) {
	e := openEngine(t, Config{})
	x := add(t, e, Source{Infohash: [20]byte{9}, Dir: t.TempDir()})
	until(t, "strangers are let in", func() bool { return x.slot().live() })
	s := visit(t, e, x.Infohash())
	s.poison()
	s.send(pp.Request, words(0, 0, 1<<14))
	s.send(pp.Piece, words(0, 0), make([]byte, 100))
	s.send(pp.Have, words(1<<31))
	s.hello(20)
	if got := s.nextMetadata(); got != "d8:msg_typei0e5:piecei0ee" {
		t.Errorf("asked for the info with %q", got)
	}
	s.extended(3, "d8:msg_typei1e5:piecei-1eexxxxxxxxxxxxxxxxxxxx")
	s.extended(3, "d8:msg_typei1e5:piecei0eexxxxxxxxxxxxxxxxxxxx") // not what hashes to the infohash
	if _, err := io.Copy(io.Discard, s.conn); err != nil && !isReset(err) {
		t.Errorf("the liar was not hung up on: %v", err)
	}
	late := visit(t, e, x.Infohash())
	late.hello(MaxInfoSize + 1)
	if _, err := io.Copy(io.Discard, late.conn); err != nil && !isReset(err) {
		t.Errorf("a peer with a huge info was not hung up on: %v", err)
	}
}

func TestPlainClientOnRendezvousIsClosed(t *testing.T) {
	e := openEngine(t, Config{})
	sw, _ := join(t, e)
	s := visit(t, e, meeting)
	s.extended(0, "d1:md11:ut_metadatai3eee")
	if _, err := io.Copy(io.Discard, s.conn); err != nil && !isReset(err) {
		t.Errorf("not hung up on: %v", err)
	}
	if n := len(sw.Peers()); n != 0 {
		t.Errorf("%d peers", n)
	}
}

func TestAdmissible(t *testing.T) {
	v1, v2 := &metainfo.Info{}, &metainfo.Info{MetaVersion: 2}
	for _, c := range []struct {
		role role
		kind pp.MessageType
		info *metainfo.Info
		want bool
	}{
		{roleSwarm, pp.Extended, nil, true}, {roleSwarm, pp.Port, nil, true}, {roleSwarm, pp.Bitfield, nil, false},
		{roleSwarm, pp.Interested, nil, false},
		{roleFetch, pp.Bitfield, nil, true}, {roleFetch, pp.HaveAll, nil, true}, {roleFetch, pp.Unchoke, nil, true},
		{roleFetch, pp.Request, nil, false}, {roleFetch, pp.Piece, nil, false}, {roleFetch, pp.Piece, v1, true},
		{roleDownload, pp.Hashes, v2, false}, {roleDownload, pp.HashRequest, v1, false},
		{roleDownload, pp.HashRequest, v2, true}, {roleDownload, pp.HashRequest, nil, false},
	} {
		if got := admissible(c.role, c.kind, func() *metainfo.Info { return c.info }); got != c.want {
			t.Errorf("%v on role %v with info %v: %v", c.kind, c.role, c.info != nil, got)
		}
	}
}

// isReset says whether the other side closed without waiting, as the library does.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
