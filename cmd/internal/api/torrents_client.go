package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/torrenttx/ttx/bt/client"
)

// Torrents is the node's torrents.
func (c *Client) Torrents() *TorrentClient { return &TorrentClient{c} }

// TorrentClient is the client's end of [Torrents].
type TorrentClient struct{ c *Client }

var _ Torrents = (*TorrentClient)(nil)

// List implements Torrents. It asks for as many pages as there are; what is added or removed meanwhile may be
// missing.
func (t *TorrentClient) List(ctx context.Context, f client.Filter) ([]client.Torrent, error) {
	all := []client.Torrent{}
	seen := make(map[client.ID]bool)
	for skip := 0; ; {
		page, err := t.Page(ctx, client.PageRequest{Filter: f, Skip: skip})
		if err != nil {
			return nil, err
		}
		for _, one := range page.Torrents {
			if !seen[one.ID] {
				seen[one.ID] = true
				all = append(all, one)
			}
		}
		if skip += len(page.Torrents); len(page.Torrents) == 0 || skip >= page.Total {
			return all, nil
		}
	}
}

// Page implements Torrents.
func (t *TorrentClient) Page(ctx context.Context, r client.PageRequest) (v client.Page, err error) {
	form := url.Values{"skip": {strconv.Itoa(r.Skip)}, "limit": {strconv.Itoa(r.Limit)}}
	for _, state := range r.States {
		form.Add("state", string(state))
	}
	setNonEmpty(form, "label", r.Label)
	setNonEmpty(form, "text", r.Text)
	setNonEmpty(form, "sort", string(r.Sort))
	if r.Desc {
		form.Set("desc", "true")
	}
	if r.Follow != nil {
		form.Set("follow", r.Follow.String())
	}
	return v, t.c.get(ctx, "/v1/torrents", form, &v)
}

// Summary implements Torrents.
func (t *TorrentClient) Summary(ctx context.Context) (v client.Summary, err error) {
	return v, t.c.get(ctx, "/v1/summary", nil, &v)
}

// Feeds implements Torrents.
func (t *TorrentClient) Feeds(ctx context.Context) ([]client.FeedState, error) {
	var v feedsReply
	err := t.c.get(ctx, "/v1/feeds", nil, &v)
	return v.Feeds, err
}

// Add implements Torrents.
func (t *TorrentClient) Add(ctx context.Context, r client.AddRequest) (v client.Torrent, err error) {
	return v, t.post(ctx, "/v1/torrents", r, &v)
}

// Get implements Torrents.
func (t *TorrentClient) Get(ctx context.Context, id string) (v client.Torrent, err error) {
	return v, t.c.get(ctx, torrentPath(id, ""), nil, &v)
}

// Files implements Torrents.
func (t *TorrentClient) Files(ctx context.Context, id string) ([]client.File, error) {
	var v filesReply
	err := t.c.get(ctx, torrentPath(id, "/files"), nil, &v)
	return v.Files, err
}

// Peers implements Torrents.
func (t *TorrentClient) Peers(ctx context.Context, id string) ([]client.Peer, error) {
	var v torrentPeersReply
	err := t.c.get(ctx, torrentPath(id, "/peers"), nil, &v)
	return v.Peers, err
}

// Trackers implements Torrents.
func (t *TorrentClient) Trackers(ctx context.Context, id string) ([]client.Tracker, error) {
	var v trackersReply
	err := t.c.get(ctx, torrentPath(id, "/trackers"), nil, &v)
	return v.Trackers, err
}

// WebSeeds implements Torrents.
func (t *TorrentClient) WebSeeds(ctx context.Context, id string) ([]client.WebSeed, error) {
	var v webSeedsReply
	err := t.c.get(ctx, torrentPath(id, "/webseeds"), nil, &v)
	return v.WebSeeds, err
}

// Pieces implements Torrents.
func (t *TorrentClient) Pieces(ctx context.Context, id string) (v client.Pieces, err error) {
	return v, t.c.get(ctx, torrentPath(id, "/pieces"), nil, &v)
}

// File implements Torrents.
func (t *TorrentClient) File(ctx context.Context, id string) (v []byte, err error) {
	return v, t.c.get(ctx, torrentPath(id, "/torrent"), nil, &v)
}

// Pause implements Torrents.
func (t *TorrentClient) Pause(ctx context.Context, id string) error {
	return t.verb(ctx, id, "pause", struct{}{})
}

// Resume implements Torrents.
func (t *TorrentClient) Resume(ctx context.Context, id string) error {
	return t.verb(ctx, id, "resume", struct{}{})
}

// Recheck implements Torrents.
func (t *TorrentClient) Recheck(ctx context.Context, id string) error {
	return t.verb(ctx, id, "recheck", struct{}{})
}

// Remove implements Torrents.
func (t *TorrentClient) Remove(ctx context.Context, id string, data bool) error {
	path := torrentPath(id, "?data="+strconv.FormatBool(data))
	return t.c.do(ctx, http.MethodDelete, path, "", nil, new(struct{}))
}

// Move implements Torrents.
func (t *TorrentClient) Move(ctx context.Context, id, dir string) error {
	return t.verb(ctx, id, "move", moveRequest{dir})
}

// Limit implements Torrents.
func (t *TorrentClient) Limit(ctx context.Context, id string, r client.LimitRequest) error {
	return t.verb(ctx, id, "limit", r)
}

// Label implements Torrents.
func (t *TorrentClient) Label(ctx context.Context, id string, add, remove []string) error {
	return t.verb(ctx, id, "label", labelRequest{add, remove})
}

// Edit implements Torrents.
func (t *TorrentClient) Edit(ctx context.Context, id string, r client.EditRequest) error {
	return t.verb(ctx, id, "edit", r)
}

// Stream implements Torrents.
func (t *TorrentClient) Stream(ctx context.Context, id string, file int) (string, error) {
	var v streamReply
	err := t.post(ctx, torrentPath(id, "/stream"), streamRequest{file}, &v)
	return v.URL, err
}

func (t *TorrentClient) verb(ctx context.Context, id, name string, body any) error {
	return t.post(ctx, torrentPath(id, "/"+name), body, new(struct{}))
}

func (t *TorrentClient) post(ctx context.Context, path string, body, v any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	return t.c.do(ctx, http.MethodPost, path, "application/json", raw, v)
}
