package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/torrenttx/ttx/bt/client"
)

// Torrents is the other half of the interface: the torrents of a node. Shapes are
// those of bt/client. id is an infohash, the beginning of one, or a torrent's exact
// name; one that names none is NotFound, one that names several Ambiguous. Errors
// carry a Code. Safe for concurrent use.
type Torrents interface {
	// List describes the torrents that pass a filter, in the order of the queue.
	List(ctx context.Context, f client.Filter) ([]client.Torrent, error)
	// Page describes a part of them, in any order: what a screen of 10,000 torrents shows.
	Page(ctx context.Context, r client.PageRequest) (client.Page, error)
	// Summary is all of them at a glance.
	Summary(ctx context.Context) (client.Summary, error)
	// Feeds is the state of the feeds that are read.
	Feeds(ctx context.Context) ([]client.FeedState, error)
	// Add takes a torrent. Failures: Malformed, Exists, NoSpace.
	Add(ctx context.Context, r client.AddRequest) (client.Torrent, error)
	Get(ctx context.Context, id string) (client.Torrent, error)
	Files(ctx context.Context, id string) ([]client.File, error)
	Peers(ctx context.Context, id string) ([]client.Peer, error)
	Trackers(ctx context.Context, id string) ([]client.Tracker, error)
	WebSeeds(ctx context.Context, id string) ([]client.WebSeed, error)
	Pieces(ctx context.Context, id string) (client.Pieces, error)
	// File is the .torrent file.
	File(ctx context.Context, id string) ([]byte, error)
	Pause(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	Recheck(ctx context.Context, id string) error
	// Remove forgets a torrent, with its data when asked to.
	Remove(ctx context.Context, id string, data bool) error
	// Move moves the data to another folder. It returns when it is there.
	Move(ctx context.Context, id, dir string) error
	Limit(ctx context.Context, id string, r client.LimitRequest) error
	Label(ctx context.Context, id string, add, remove []string) error
	Edit(ctx context.Context, id string, r client.EditRequest) error
	// Stream is the address at which a file can be read while it is downloaded.
	Stream(ctx context.Context, id string, file int) (string, error)
}

// maxAdd bounds the body of POST /v1/torrents: a .torrent file in base64 (16 MiB,
// a third more), and 100,000 priorities of some 20 bytes.
const maxAdd = 16<<20*4/3 + 4<<20

// The shapes around bt/client's.
type (
	filesReply struct {
		Files []client.File `json:"files"`
	}
	torrentPeersReply struct {
		Peers []client.Peer `json:"peers"`
	}
	trackersReply struct {
		Trackers []client.Tracker `json:"trackers"`
	}
	webSeedsReply struct {
		WebSeeds []client.WebSeed `json:"web_seeds"`
	}
	feedsReply struct {
		Feeds []client.FeedState `json:"feeds"`
	}
	moveRequest struct {
		Dir string `json:"dir"`
	}
	labelRequest struct {
		Add    []string `json:"add,omitempty"`
		Remove []string `json:"remove,omitempty"`
	}
	streamRequest struct {
		File int `json:"file"`
	}
	streamReply struct {
		URL string `json:"url"`
	}
)

func (s *Server) torrentRoutes(t Torrents) {
	s.get("/v1/torrents", func(r *http.Request) (any, error) { return listTorrents(t, r) })
	s.handleSized("POST /v1/torrents", maxAdd, func(r *http.Request) (any, error) {
		return withBody(r, func(req client.AddRequest) (any, error) { return t.Add(r.Context(), req) })
	})
	s.get("/v1/summary", func(r *http.Request) (any, error) { return t.Summary(r.Context()) })
	s.get("/v1/feeds", func(r *http.Request) (any, error) {
		list, err := t.Feeds(r.Context())
		return feedsReply{nonNil(list)}, err
	})
	s.torrentReads(t)
	s.torrentVerbs(t)
}

// torrentReads are the routes that change nothing.
func (s *Server) torrentReads(t Torrents) {
	for path, read := range map[string]func(context.Context, string) (any, error){
		"": func(ctx context.Context, id string) (any, error) { return t.Get(ctx, id) },
		"/files": func(ctx context.Context, id string) (any, error) {
			list, err := t.Files(ctx, id)
			return filesReply{nonNil(list)}, err
		},
		"/peers": func(ctx context.Context, id string) (any, error) {
			list, err := t.Peers(ctx, id)
			return torrentPeersReply{nonNil(list)}, err
		},
		"/trackers": func(ctx context.Context, id string) (any, error) {
			list, err := t.Trackers(ctx, id)
			return trackersReply{nonNil(list)}, err
		},
		"/webseeds": func(ctx context.Context, id string) (any, error) {
			list, err := t.WebSeeds(ctx, id)
			return webSeedsReply{nonNil(list)}, err
		},
		"/pieces":  func(ctx context.Context, id string) (any, error) { return t.Pieces(ctx, id) },
		"/torrent": func(ctx context.Context, id string) (any, error) { return t.File(ctx, id) },
	} {
		s.get("/v1/torrents/{id}"+path, func(r *http.Request) (any, error) { return read(r.Context(), r.PathValue("id")) })
	}
}

// torrentVerbs are the routes that change something. They answer with an empty object.
func (s *Server) torrentVerbs(t Torrents) {
	verb := func(name string, do func(*http.Request, string) error) {
		s.handle("POST /v1/torrents/{id}/"+name, func(r *http.Request) (any, error) {
			return struct{}{}, do(r, r.PathValue("id"))
		})
	}
	verb("pause", func(r *http.Request, id string) error { return t.Pause(r.Context(), id) })
	verb("resume", func(r *http.Request, id string) error { return t.Resume(r.Context(), id) })
	verb("recheck", func(r *http.Request, id string) error { return t.Recheck(r.Context(), id) })
	verb("move", func(r *http.Request, id string) error {
		return change(r, func(req moveRequest) error { return t.Move(r.Context(), id, req.Dir) })
	})
	verb("limit", func(r *http.Request, id string) error {
		return change(r, func(req client.LimitRequest) error { return t.Limit(r.Context(), id, req) })
	})
	verb("label", func(r *http.Request, id string) error {
		return change(r, func(req labelRequest) error { return t.Label(r.Context(), id, req.Add, req.Remove) })
	})
	s.handleSized("POST /v1/torrents/{id}/edit", maxAdd, func(r *http.Request) (any, error) {
		id := r.PathValue("id")
		return struct{}{}, change(r, func(req client.EditRequest) error { return t.Edit(r.Context(), id, req) })
	})
	s.handle("POST /v1/torrents/{id}/stream", func(r *http.Request) (any, error) {
		return withBody(r, func(req streamRequest) (any, error) {
			address, err := t.Stream(r.Context(), r.PathValue("id"), req.File)
			return streamReply{address}, err
		})
	})
	s.handle("DELETE /v1/torrents/{id}", func(r *http.Request) (any, error) {
		data, err := boolParam(r, "data")
		if err != nil {
			return nil, err
		}
		return struct{}{}, t.Remove(r.Context(), r.PathValue("id"), data)
	})
}

func listTorrents(t Torrents, r *http.Request) (any, error) {
	q := r.URL.Query()
	page, err := pageRequest(q)
	if err != nil {
		return nil, err
	}
	if page.Desc, err = boolParam(r, "desc"); err != nil {
		return nil, err
	}
	p, err := t.Page(r.Context(), page)
	p.Torrents = nonNil(p.Torrents)
	return p, err
}

func pageRequest(q url.Values) (r client.PageRequest, err error) {
	if r.Limit, err = number(q, "limit"); err != nil {
		return r, err
	}
	if r.Skip, err = number(q, "skip"); err != nil {
		return r, err
	}
	r.Filter = client.Filter{Label: q.Get("label"), Text: q.Get("text")}
	r.Sort = client.SortKey(q.Get("sort"))
	for _, state := range q["state"] {
		r.States = append(r.States, client.State(state))
	}
	if text := q.Get("follow"); text != "" {
		r.Follow = new(client.ID)
		if err := r.Follow.UnmarshalText([]byte(text)); err != nil {
			return r, badRequest("follow: " + err.Error())
		}
	}
	return r, nil
}

// withBody decodes a JSON body strictly: a key that is not known is an error, since it would do nothing.
func withBody[T any](r *http.Request, f func(T) (any, error)) (any, error) {
	var req T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		return nil, badRequest("read the request: " + err.Error())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, badRequest("the body holds more than one object")
	}
	return f(req)
}

func change[T any](r *http.Request, f func(T) error) error {
	_, err := withBody(r, func(req T) (any, error) { return nil, f(req) })
	return err
}

func boolParam(r *http.Request, name string) (bool, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, badRequest(name + " is neither true nor false")
	}
	return on, nil
}

func torrentPath(id, rest string) string { return "/v1/torrents/" + url.PathEscape(id) + rest }
