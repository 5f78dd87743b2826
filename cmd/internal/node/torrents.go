package node

import (
	"context"
	"errors"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

// openTorrents restores the torrents of the folder.
func (n *Node) openTorrents() error {
	l := n.opts.settings()
	c, err := client.Open(n.ctx, client.Config{
		Dir: string(n.opts.Dir), Engine: n.engine, Settings: clientSettings(&l.Settings, string(n.opts.Dir)), Logger: n.log,
	})
	if err != nil {
		return err
	}
	n.torrents = &torrents{c}
	n.control = newControl(n, l)
	n.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return c.Close(ctx)
	})
	return nil
}

// Torrents is the torrents' half of the local interface without the socket.
func (n *Node) Torrents() api.Torrents { return n.torrents }

// publishTorrents turns what happens to torrents into events of the local interface.
func (n *Node) publishTorrents() {
	sub := n.torrents.c.Subscribe()
	defer func() { sub.Close() }()
	for {
		select {
		case <-n.ctx.Done():
			return
		case e, ok := <-sub.Events():
			switch {
			case !ok && n.ctx.Err() != nil:
				return
			case !ok:
				return // the client is closed
			case e.Kind == client.EventLagged:
				sub.Close()
				sub = n.torrents.c.Subscribe()
			default:
				n.emit(api.Event{Kind: api.EventTorrent, Torrent: &e})
			}
		}
	}
}

// torrents answers the local interface from a client: it finds what an id names, and gives errors their codes.
type torrents struct{ c *client.Client }

var _ api.Torrents = (*torrents)(nil)

// named does something to the torrent that an id names.
func named[T any](ctx context.Context, t *torrents, id string, do func(client.ID) (T, error)) (T, error) {
	found, err := t.c.Find(ctx, id)
	if err != nil {
		var none T
		return none, coded(err)
	}
	v, err := do(found)
	return v, coded(err)
}

// verb is named for what gives nothing back.
func (t *torrents) verb(ctx context.Context, id string, do func(client.ID) error) error {
	_, err := named(ctx, t, id, func(found client.ID) (struct{}, error) { return struct{}{}, do(found) })
	return err
}

// coded gives an error the code that it has on the socket.
func coded(err error) error {
	if err == nil {
		return nil
	}
	for _, k := range []struct {
		kind error
		code api.Code
		hint string
	}{
		{client.ErrNotFound, api.NotFound, "see ttx torrent list"},
		{client.ErrAmbiguous, api.Ambiguous, "give more digits of the infohash"},
		{client.ErrExists, api.Exists, ""},
		{client.ErrNoSpace, api.NoSpace, "free some room, skip some files, or choose another folder with --out"},
		{client.ErrBusy, api.Busy, "wait until it is done"},
		{client.ErrNoInfo, api.NoInfo, "wait until a peer has sent it"},
		{client.ErrBadRequest, api.BadRequest, ""},
		{client.ErrTooMany, api.TooMany, ""},
		{bt.ErrMalformed, api.Malformed, ""},
		{bt.ErrHostileName, api.Malformed, ""},
		{bt.ErrTooLarge, api.Malformed, ""},
		{bt.ErrV2Only, api.Malformed, ""},
		{bt.ErrInUse, api.Exists, ""},
		{bt.ErrStorage, api.Disk, ""},
		{bt.ErrClosed, api.Offline, ""},
	} {
		if errors.Is(err, k.kind) {
			return &api.Error{Message: err.Error(), Code: k.code, Hint: k.hint}
		}
	}
	return err
}

func (t *torrents) List(ctx context.Context, f client.Filter) ([]client.Torrent, error) {
	list, err := t.c.List(ctx, f)
	return list, coded(err)
}

func (t *torrents) Page(ctx context.Context, r client.PageRequest) (client.Page, error) {
	p, err := t.c.Page(ctx, r)
	return p, coded(err)
}

func (t *torrents) Summary(ctx context.Context) (client.Summary, error) {
	s, err := t.c.Summary(ctx)
	return s, coded(err)
}

func (t *torrents) Feeds(ctx context.Context) ([]client.FeedState, error) {
	list, err := t.c.Feeds(ctx)
	return list, coded(err)
}

func (t *torrents) Add(ctx context.Context, r client.AddRequest) (client.Torrent, error) {
	added, err := t.c.Add(ctx, r)
	return added, coded(err)
}

func (t *torrents) Get(ctx context.Context, id string) (client.Torrent, error) {
	return named(ctx, t, id, func(found client.ID) (client.Torrent, error) { return t.c.Get(ctx, found) })
}

func (t *torrents) Files(ctx context.Context, id string) ([]client.File, error) {
	return named(ctx, t, id, func(found client.ID) ([]client.File, error) { return t.c.Files(ctx, found) })
}

func (t *torrents) Peers(ctx context.Context, id string) ([]client.Peer, error) {
	return named(ctx, t, id, func(found client.ID) ([]client.Peer, error) { return t.c.Peers(ctx, found) })
}

func (t *torrents) WebSeeds(ctx context.Context, id string) ([]client.WebSeed, error) {
	return named(ctx, t, id, func(found client.ID) ([]client.WebSeed, error) { return t.c.WebSeeds(ctx, found) })
}

func (t *torrents) Trackers(ctx context.Context, id string) ([]client.Tracker, error) {
	return named(ctx, t, id, func(found client.ID) ([]client.Tracker, error) { return t.c.Trackers(ctx, found) })
}

func (t *torrents) Pieces(ctx context.Context, id string) (client.Pieces, error) {
	return named(ctx, t, id, func(found client.ID) (client.Pieces, error) { return t.c.Pieces(ctx, found) })
}

func (t *torrents) File(ctx context.Context, id string) ([]byte, error) {
	return named(ctx, t, id, func(found client.ID) ([]byte, error) { return t.c.File(ctx, found) })
}

func (t *torrents) Pause(ctx context.Context, id string) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Pause(ctx, found) })
}

func (t *torrents) Resume(ctx context.Context, id string) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Resume(ctx, found) })
}

func (t *torrents) Recheck(ctx context.Context, id string) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Recheck(ctx, found) })
}

func (t *torrents) Remove(ctx context.Context, id string, data bool) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Remove(ctx, found, data) })
}

func (t *torrents) Move(ctx context.Context, id, dir string) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Move(ctx, found, dir) })
}

func (t *torrents) Limit(ctx context.Context, id string, r client.LimitRequest) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Limit(ctx, found, r) })
}

func (t *torrents) Label(ctx context.Context, id string, add, remove []string) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Label(ctx, found, add, remove) })
}

func (t *torrents) Edit(ctx context.Context, id string, r client.EditRequest) error {
	return t.verb(ctx, id, func(found client.ID) error { return t.c.Edit(ctx, found, r) })
}

func (t *torrents) Stream(ctx context.Context, id string, file int) (string, error) {
	return named(ctx, t, id, func(found client.ID) (string, error) { return t.c.Stream(ctx, found, file) })
}
