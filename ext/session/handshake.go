package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// A handshake is what both hellos came to.
type handshake struct {
	peer           *wire.Hello
	sent, received int    // sizes of the frames
	granted        uint64 // credit in the peer's
}

// handshake sends our hello and awaits the peer's.
func (svc *Service) handshake(ctx context.Context, conn Conn) (*handshake, error) {
	frame, err := wire.Encode(svc.hello())
	if err != nil {
		return nil, fmt.Errorf("session: encoding hello: %w", err)
	}
	hs := &handshake{sent: len(frame)}
	if err := conn.Send(frame); err != nil {
		return nil, fmt.Errorf("%w: sending hello: %w", ErrClosed, err)
	}
	theirs, err := firstFrame(ctx, conn)
	if err != nil {
		return nil, err
	}
	hs.received = len(theirs)
	m, granted, err := wire.DecodeGrant(theirs)
	if err != nil {
		return nil, dropped(FaultMalformed, err)
	}
	if hs.granted = granted; granted > MaxCredit {
		return nil, dropped(FaultCredit, nil)
	}
	peer, ok := m.(*wire.Hello)
	if !ok {
		return nil, dropped(FaultUnexpected, errors.New(m.Type()+" before hello"))
	}
	hs.peer = peer
	return hs, svc.judge(peer)
}

// firstFrame awaits the peer's first frame.
func firstFrame(ctx context.Context, conn Conn) ([]byte, error) {
	timeout := time.NewTimer(HelloTimeout)
	defer timeout.Stop()
	select {
	case frame, ok := <-conn.Recv():
		if !ok {
			return nil, ErrClosed
		}
		return frame, nil
	case <-conn.Done():
		return nil, ErrClosed
	case <-timeout.C:
		return nil, ErrHelloTimeout
	case <-ctx.Done():
		return nil, fmt.Errorf("session: awaiting hello: %w", context.Cause(ctx))
	}
}

// judge decides whether there can be a session with this peer.
func (svc *Service) judge(peer *wire.Hello) error {
	switch {
	case peer.Version != wire.Version:
		return fmt.Errorf("%w: %d", ErrOtherVersion, peer.Version)
	case peer.Net != svc.cfg.Net:
		return fmt.Errorf("%w: %x", ErrOtherNetwork, peer.Net)
	case peer.Nonce == svc.nonce:
		return ErrSelf
	}
	return nil
}

// hello is what this node says now.
func (svc *Service) hello() *wire.Hello {
	return &wire.Hello{
		Version:   wire.Version,
		Rules:     svc.cfg.Rules,
		Net:       svc.cfg.Net,
		State:     svc.cfg.State(),
		Features:  svc.router.features,
		UserAgent: svc.cfg.UserAgent,
		Nonce:     svc.nonce,
	}
}
