package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// restEvery is the least time between two reports of changes: a network that
// confirms a thousand transactions a second is drawn four times in it.
const restEvery = 250 * time.Millisecond

// watcher gathers events into changes.
type watcher struct {
	client *api.Client
	wake   chan struct{} // holds one token when there is something to report

	mu      sync.Mutex
	pending tui.Changes
	err     error
	cur     *api.Stream
}

func newWatcher(c *api.Client) *watcher {
	return &watcher{client: c, wake: make(chan struct{}, 1)}
}

// Changes implements tui.OverviewSource. One caller at a time.
func (w *watcher) Changes(ctx context.Context) (tui.Changes, error) {
	w.mu.Lock()
	running := w.cur != nil
	w.mu.Unlock()
	if !running {
		if err := w.subscribe(ctx); err != nil {
			return tui.Changes{}, err
		}
	}
	select {
	case <-ctx.Done():
		return tui.Changes{}, ctx.Err()
	case <-w.wake:
	}
	rest := time.NewTimer(restEvery)
	defer rest.Stop()
	select {
	case <-ctx.Done():
		return tui.Changes{}, ctx.Err()
	case <-rest.C:
	}
	return w.take()
}

func (w *watcher) take() (tui.Changes, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.pending, w.err
	w.pending, w.err = tui.Changes{}, nil
	return c, err
}

// subscribe opens the stream and reads it until it ends or ctx does.
func (w *watcher) subscribe(ctx context.Context) error {
	s, err := w.client.Subscribe(ctx)
	if err != nil {
		return fmt.Errorf("follow the node: %w", err)
	}
	w.mu.Lock()
	w.cur = s
	w.mu.Unlock()
	go w.read(s)
	return nil
}

func (w *watcher) read(s *api.Stream) {
	defer func() { _ = s.Close() }()
	for {
		e, err := s.Next()
		if err != nil {
			w.ended(err)
			return
		}
		w.note(e)
		if e.Kind == api.EventLagged {
			w.ended(nil)
			return
		}
	}
}

// ended lets the next call subscribe again. A reader that lagged has lost events:
// anything may have changed.
func (w *watcher) ended(err error) {
	w.mu.Lock()
	w.cur, w.pending = nil, tui.Changes{Ledger: true, Peers: true, Torrents: true}
	if errors.Is(err, io.EOF) {
		err = errors.New("the node has stopped")
	}
	w.err = err
	w.mu.Unlock()
	w.rouse()
}

func (w *watcher) note(e api.Event) {
	w.mu.Lock()
	switch e.Kind {
	case api.EventTx, api.EventStatus, api.EventState:
		w.pending.Ledger = true
	case api.EventPeer:
		w.pending.Peers = true
	case api.EventTorrent:
		w.pending.Torrents = true
	}
	w.mu.Unlock()
	w.rouse()
}

func (w *watcher) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
