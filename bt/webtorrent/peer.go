package webtorrent

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// peer is one connection, being made or made.
type peer struct {
	c        *Client
	infohash [20]byte
	offered  bool // by us
	pc       *webrtc.PeerConnection
	timer    *time.Timer // ends what does not open
	channels atomic.Int32
	opened   atomic.Bool
	once     sync.Once
	ended    chan struct{}
}

var (
	errBusy  = errors.New("too many connections are being made")
	errShape = errors.New("not a description of a connection, or one too long")
)

// newPeer begins a connection. The caller ends it when an error comes up.
func (c *Client) newPeer(infohash [20]byte, offered bool) (*peer, error) {
	p := &peer{c: c, infohash: infohash, offered: offered, ended: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return nil, errClosed
	}
	if c.mu.meetings >= MaxMeetings {
		return nil, errBusy
	}
	pc, err := c.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("beginning a WebRTC connection: %w", err)
	}
	p.pc = pc
	p.timer = time.AfterFunc(MeetingTimeout, p.end)
	c.mu.meetings++
	c.mu.peers[p] = true
	c.work.Add(1)
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateFailed || s == webrtc.PeerConnectionStateClosed {
			p.end()
		}
	})
	pc.OnDataChannel(p.take)
	return p, nil
}

// offer makes our description, with all our addresses.
func (p *peer) offer(ctx context.Context) (description, error) {
	dc, err := p.pc.CreateDataChannel("webrtc-datachannel", nil)
	if err != nil {
		return description{}, fmt.Errorf("making a data channel: %w", err)
	}
	p.take(dc)
	local, err := p.pc.CreateOffer(nil)
	if err != nil {
		return description{}, fmt.Errorf("making an offer: %w", err)
	}
	return p.gather(ctx, local)
}

// answer makes our description in answer to a peer's.
func (p *peer) answer(ctx context.Context, theirs *description) (description, error) {
	if err := p.hear(theirs, webrtc.SDPTypeOffer); err != nil {
		return description{}, err
	}
	local, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return description{}, fmt.Errorf("making an answer: %w", err)
	}
	return p.gather(ctx, local)
}

// hear takes a peer's description. What makes the parser panic is no worse than what it refuses.
func (p *peer) hear(theirs *description, kind webrtc.SDPType) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errShape, r)
		}
	}()
	if !acceptable(theirs, kind.String()) {
		return errShape
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: theirs.SDP}); err != nil {
		return fmt.Errorf("%w: %w", errShape, err)
	}
	return nil
}

func (p *peer) gather(ctx context.Context, local webrtc.SessionDescription) (description, error) {
	complete := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(local); err != nil {
		return description{}, fmt.Errorf("describing ourselves: %w", err)
	}
	select {
	case <-complete:
	case <-p.ended:
		return description{}, errClosed
	case <-ctx.Done():
		return description{}, context.Cause(ctx)
	}
	d := p.pc.LocalDescription()
	return description{Type: d.Type.String(), SDP: d.SDP}, nil
}

// take waits for a data channel to open. There is one: a peer that opens more wants our memory.
func (p *peer) take(dc *webrtc.DataChannel) {
	if p.channels.Add(1) > 1 {
		p.end()
		return
	}
	dc.OnOpen(func() {
		if err := p.open(dc); err != nil {
			p.c.cfg.Logger.Debug("a WebRTC connection was not made", "err", err)
			p.end()
		}
	})
}

// open delivers the connection.
func (p *peer) open(dc *webrtc.DataChannel) error {
	detached, err := dc.Detach()
	if err != nil {
		return fmt.Errorf("detaching: %w", err)
	}
	ch, ok := detached.(channel)
	if !ok {
		return fmt.Errorf("a data channel of type %T", detached)
	}
	remote, err := p.remote()
	if err != nil {
		return err
	}
	p.timer.Stop()
	p.settle()
	p.c.work.Go(func() { p.c.cfg.Deliver(p.infohash, newConn(p, ch, remote), remote, p.offered) })
	return nil
}

// remote is the address that the peer was found at.
func (p *peer) remote() (netip.AddrPort, error) {
	pair, err := p.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return netip.AddrPort{}, errors.Join(errors.New("no address of the peer is known"), err)
	}
	addr, err := netip.ParseAddr(pair.Remote.Address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("the peer's address: %w", err)
	}
	return netip.AddrPortFrom(addr.Unmap(), pair.Remote.Port), nil
}

// settle counts the connection no more among those being made.
func (p *peer) settle() {
	if !p.opened.Swap(true) {
		p.c.mu.Lock()
		p.c.mu.meetings--
		p.c.mu.Unlock()
	}
}

// end ends the connection, at whatever point it is. It does not wait.
func (p *peer) end() {
	p.once.Do(func() {
		p.timer.Stop()
		close(p.ended)
		go func() {
			defer p.c.work.Done()
			_ = p.pc.GracefulClose() // of what is over
			p.settle()
			p.c.mu.Lock()
			delete(p.c.mu.peers, p)
			p.c.mu.Unlock()
		}()
	})
}
