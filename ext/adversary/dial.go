package adversary

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/torrenttx/ttx/ext/wire"
)

// Message and extension numbers (BEP 3, BEP 10). A connection gives out the
// number of the extension itself; it takes the one it is given.
const (
	msgExtended  = 20
	extHandshake = 0
	extTTX       = 4
)

// maxMessage is the longest BitTorrent message that an adversary reads.
const maxMessage = 1 << 17

// Identity is what an adversary pretends to be.
type Identity struct {
	// From is the address that it dials from; zero leaves it to the system. All
	// of 127.0.0.0/8 will do on one machine.
	From netip.Addr
	// PeerID is what it claims to be.
	PeerID [20]byte
	// Mute keeps it from negotiating anything.
	Mute bool
}

// Peer is an adversary's connection to a node. It is for one goroutine.
type Peer struct {
	conn   net.Conn
	theirs byte // the number that the node gave the extension
	remote [20]byte
}

// Dial connects to a node on a torrent, shakes hands and, unless Mute,
// negotiates the extension. The caller closes the connection. An error means that
// the node hung up before that was done.
func Dial(ctx context.Context, node netip.AddrPort, infohash [20]byte, as Identity) (*Peer, error) {
	dialer := net.Dialer{}
	if as.From.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(as.From, 0))
	}
	conn, err := dialer.DialContext(ctx, "tcp", node.String())
	if err != nil {
		return nil, fmt.Errorf("adversary: dial: %w", err)
	}
	p := &Peer{conn: conn}
	if err := p.shake(infohash, as); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return p, nil
}

func (p *Peer) shake(infohash [20]byte, as Identity) error {
	hello := append([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x04"), infohash[:]...)
	if _, err := p.conn.Write(append(hello, as.PeerID[:]...)); err != nil {
		return fmt.Errorf("adversary: shake hands: %w", err)
	}
	answer := make([]byte, 68)
	if _, err := io.ReadFull(p.conn, answer); err != nil {
		return fmt.Errorf("adversary: shake hands: %w", err)
	}
	copy(p.remote[:], answer[48:])
	if as.Mute {
		return nil
	}
	return p.negotiate()
}

// negotiate exchanges the extended handshakes.
func (p *Peer) negotiate() error {
	if err := p.extended(extHandshake, []byte("d1:md3:ttxi4eee")); err != nil {
		return err
	}
	for p.theirs == 0 {
		number, payload, err := p.nextExtended()
		if err != nil {
			return err
		}
		if number == extHandshake {
			p.theirs = numberOf(payload)
		}
	}
	return nil
}

// numberOf finds the number of the extension in an extended handshake of one
// digit numbers; 0 when there is none.
func numberOf(handshake []byte) byte {
	_, after, ok := bytes.Cut(handshake, []byte("3:ttxi"))
	if !ok || len(after) < 2 || after[1] != 'e' {
		return 0
	}
	return after[0] - '0'
}

// PeerID is what the node says it is.
func (p *Peer) PeerID() [20]byte { return p.remote }

// LocalAddr is where the connection comes from.
func (p *Peer) LocalAddr() netip.AddrPort {
	return p.conn.LocalAddr().(*net.TCPAddr).AddrPort()
}

// Say sends a message with a grant of credit, 0 for none.
func (p *Peer) Say(m wire.Message, credit uint64) error {
	frame, err := wire.EncodeGrant(m, credit)
	if err != nil {
		return fmt.Errorf("adversary: %w", err)
	}
	return p.SayRaw(frame)
}

// SayRaw sends bytes as a frame of the extension.
func (p *Peer) SayRaw(frame []byte) error { return p.extended(p.theirs, frame) }

func (p *Peer) extended(number byte, payload []byte) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload)+2))
	return p.Write(append(append(head, msgExtended, number), payload...))
}

// Write sends bytes as they are.
func (p *Peer) Write(b []byte) error {
	if _, err := p.conn.Write(b); err != nil {
		return fmt.Errorf("adversary: send: %w", err)
	}
	return nil
}

// Hear returns the next message of the extension; io.EOF, or a reset, when the
// node has hung up.
func (p *Peer) Hear() (wire.Message, error) {
	for {
		number, payload, err := p.nextExtended()
		if err != nil {
			return nil, err
		}
		if number == extTTX {
			return wire.Decode(payload)
		}
	}
}

// nextExtended returns the next extended message.
func (p *Peer) nextExtended() (number byte, payload []byte, err error) {
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(p.conn, head); err != nil {
			return 0, nil, fmt.Errorf("adversary: read: %w", err)
		}
		size := binary.BigEndian.Uint32(head)
		if size > maxMessage {
			return 0, nil, fmt.Errorf("adversary: read: a message of %d bytes", size)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(p.conn, body); err != nil {
			return 0, nil, fmt.Errorf("adversary: read: %w", err)
		}
		if len(body) >= 2 && body[0] == msgExtended {
			return body[1], body[2:], nil
		}
	}
}

// AwaitEnd reads until the node hangs up.
func (p *Peer) AwaitEnd() {
	_, _ = io.Copy(io.Discard, p.conn)
}

// Close ends the connection.
func (p *Peer) Close() { _ = p.conn.Close() }
