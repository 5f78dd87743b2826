package bt

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/anacrolix/torrent"
)

// metadataPatience is how long a peer may take for a piece of metadata.
const metadataPatience = 5 * time.Second

// FetchSmall gets the torrent of one file of at most maxSize bytes under an infohash from the given
// peers, which need not speak the extension, and from whoever they name (PEX). It dials again and again until ctx ends.
// The content has passed the hash check. Nothing stays live. At most [Config.Fetches] run at a time.
//
// What the local source has is returned from there. Errors: ErrNotSmall when the torrent is not one small file,
// ErrV2Only, ErrMalformed, ErrHostileName, ErrInUse, ErrClosed, and ctx's.
func (e *Engine) FetchSmall(ctx context.Context, infohash [20]byte, peers []netip.AddrPort, maxSize int) (info, data []byte, err error) {
	if e.source != nil {
		if info, data, ok := e.source.Lookup(infohash); ok {
			return info, data, nil
		}
	}
	ctx, cancel := e.during(ctx)
	defer cancel(nil)
	if err := e.fetches.Acquire(ctx, 1); err != nil {
		return nil, nil, fmt.Errorf("fetching %x: %w", infohash, context.Cause(ctx))
	}
	defer e.fetches.Release(1)
	info, data, err = e.fetch(ctx, infohash, peers, maxSize)
	if err != nil {
		return nil, nil, fmt.Errorf("fetching %x: %w", infohash, err)
	}
	return info, data, nil
}

// during derives a context that also ends, with ErrClosed, when the engine closes.
func (e *Engine) during(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(e.ctx, func() { cancel(ErrClosed) })
	return ctx, func(cause error) { stop(); cancel(cause) }
}

func (e *Engine) fetch(ctx context.Context, infohash [20]byte, peers []netip.AddrPort, maxSize int) (info, data []byte, err error) {
	s := newSlot(infohash, roleFetch)
	s.meta = newMetadataFetch(infohash, MaxSmallInfoSize)
	s.book.add(peers)
	if err := e.claim(s); err != nil {
		return nil, nil, err
	}
	store := newMemory()
	e.activate(s, torrent.AddTorrentOpts{Storage: store, DisallowDataUpload: true})
	defer e.drop(s)
	if !e.spawn(func() { e.dialLoop(ctx, s) }) {
		return nil, nil, ErrClosed
	}
	if info, err = e.awaitInfo(ctx, s); err != nil {
		return nil, nil, err
	}
	if err := checkSmall(info, maxSize); err != nil {
		return nil, nil, err
	}
	if err := s.t.SetInfoBytes(info); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	s.t.DownloadAll()
	if err := e.awaitData(ctx, s, store); err != nil {
		return nil, nil, err
	}
	return info, store.data, nil
}

// awaitData waits for the content, waking writers meanwhile.
func (e *Engine) awaitData(ctx context.Context, s *slot, store *memory) error {
	wait := wakeFirst
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-store.full:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
		for _, lk := range e.linksOf(s) {
			lk.wakeBoth()
		}
		wait = min(2*wait, wakeMost)
		timer.Reset(wait)
	}
}

// awaitInfo waits for the info dictionary of s.
func (e *Engine) awaitInfo(ctx context.Context, s *slot) ([]byte, error) {
	tick := time.NewTicker(metadataPatience)
	defer tick.Stop()
	for {
		select {
		case raw := <-s.meta.found:
			return raw, nil
		case err := <-s.meta.refused:
			return nil, err
		case <-tick.C:
			e.chores.add(s.meta.tick)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// checkSmall refuses an info dictionary that is not one file of 1 to maxSize bytes.
func checkSmall(raw []byte, maxSize int) error {
	info, err := parseInfo(raw)
	if err != nil {
		return err
	}
	if isFolder(info) || info.HasV2() || info.Length < 1 || info.Length > int64(maxSize) {
		return ErrNotSmall
	}
	return nil
}
