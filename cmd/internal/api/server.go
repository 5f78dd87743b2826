package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxHeader bounds the head of a request. Addresses travel in the query:
	// MaxAddresses of some 70 bytes each.
	maxHeader = 128 << 10
	// maxBody bounds the JSON body of a request.
	maxBody = 1 << 20
	// headTimeout bounds how long a request's head may take, writeTimeout how
	// long a reader of events may leave one event unread.
	headTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second
	// stopTimeout bounds how long answers under way may take at the end.
	stopTimeout = 5 * time.Second
	// MaxWait bounds one long poll; a client asks again.
	MaxWait = time.Minute
)

// Config is what a Server needs.
type Config struct {
	Backend Backend
	// Torrents, Control and Log may be nil; their routes are not there then.
	Torrents Torrents
	Control  Control
	Log      Log
	// Events is where the backend publishes. Required.
	Events *Hub
	// Logger may be nil.
	Logger *slog.Logger
}

// Server answers requests from a Backend.
type Server struct {
	backend Backend
	events  *Hub
	log     *slog.Logger
	mux     *http.ServeMux
}

// NewServer returns a server; Serve starts it.
func NewServer(cfg Config) *Server {
	s := &Server{backend: cfg.Backend, events: cfg.Events, log: cfg.Logger, mux: http.NewServeMux()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.routes()
	if cfg.Torrents != nil {
		s.torrentRoutes(cfg.Torrents)
	}
	if cfg.Control != nil {
		s.controlRoutes(cfg.Control)
	}
	if cfg.Log != nil {
		s.logRoutes(cfg.Log)
	}
	return s
}

// Serve answers on l until ctx ends, then lets answers under way finish for a
// short while. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.mux,
		ReadHeaderTimeout: headTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { stopped <- shutdown(srv) })
	err := srv.Serve(l)
	if stop() { // ctx did not end: Serve failed by itself
		return errors.Join(err, srv.Close())
	}
	return <-stopped
}

// shutdown waits for answers under way. Streams end by themselves, since their
// contexts have ended.
func shutdown(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return srv.Close()
	}
	return nil
}

func (s *Server) routes() {
	b := s.backend
	s.get("/v1/node", func(r *http.Request) (any, error) { return b.Node(r.Context()) })
	s.get("/v1/status", func(r *http.Request) (any, error) { return b.Status(r.Context()) })
	s.get("/v1/peers", s.peers)
	s.get("/v1/network", func(r *http.Request) (any, error) { return b.Network(r.Context()) })
	s.get("/v1/network/file", func(r *http.Request) (any, error) { return b.NetworkFile(r.Context()) })
	s.get("/v1/tx", s.txs)
	s.get("/v1/tx/{id}", func(r *http.Request) (any, error) { return b.Tx(r.Context(), r.PathValue("id")) })
	s.get("/v1/tx/{id}/raw", func(r *http.Request) (any, error) { return b.Raw(r.Context(), r.PathValue("id")) })
	s.get("/v1/tx/{id}/torrent", func(r *http.Request) (any, error) { return b.Torrent(r.Context(), r.PathValue("id")) })
	s.get("/v1/tx/{id}/wait", s.wait)
	s.get("/v1/tx/{id}/around", func(r *http.Request) (any, error) { return b.Around(r.Context(), r.PathValue("id")) })
	s.get("/v1/search", s.search)
	s.get("/v1/coins", s.coins)
	s.get("/v1/balance", s.balance)
	s.get("/v1/history", s.history)
	s.get("/v1/refs", func(r *http.Request) (any, error) { return b.Refs(r.Context()) })
	s.healthRoutes()
	s.proofRoutes()
	s.handle("POST /v1/tx", s.submit)
	s.handle("POST /v1/watch", s.watch)
	s.mux.HandleFunc("GET /v1/events", s.stream)
	s.handle("/", func(r *http.Request) (any, error) {
		return nil, &Error{Code: NotFound, Message: "no route " + r.Method + " " + r.URL.Path,
			Hint: "docs/spec/api.md lists the routes"}
	})
}

// answer computes a reply: []byte goes out as it is, all else as JSON.
type answer func(*http.Request) (any, error)

func (s *Server) get(path string, a answer) { s.handle("GET "+path, a) }

func (s *Server) handle(pattern string, a answer) { s.handleSized(pattern, maxBody, a) }

// handleSized answers requests whose bodies have up to limit bytes.
func (s *Server) handleSized(pattern string, limit int64, a answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		v, err := a(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.reply(w, r, http.StatusOK, v)
	})
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := asError(err)
	if e.Code == Internal {
		s.log.Error("api request failed", "path", r.URL.Path, "err", err)
	}
	s.reply(w, r, e.Code.httpStatus(), e)
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, raw := v.([]byte)
	kind := "application/octet-stream"
	if !raw {
		kind = "application/json"
		var err error
		if body, err = json.Marshal(v); err != nil {
			s.log.Error("encode api reply", "path", r.URL.Path, "err", err)
			status, body = http.StatusInternalServerError, []byte(`{"error":"reply cannot be encoded","code":"internal"}`)
		}
		body = append(body, '\n')
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.Debug("write api reply", "path", r.URL.Path, "err", err)
	}
}

func (s *Server) submit(r *http.Request) (any, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, tx.MaxSize+1))
	if err != nil {
		return nil, badRequest("read the transaction: " + err.Error())
	}
	if len(raw) == 0 || len(raw) > tx.MaxSize {
		return nil, badRequest("the body must be one raw transaction")
	}
	return s.backend.Submit(r.Context(), raw)
}

func (s *Server) watch(r *http.Request) (any, error) {
	var req watchRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, badRequest("read the addresses: " + err.Error())
	}
	if len(req.Addresses) > MaxAddresses {
		return nil, badRequest("too many addresses")
	}
	return struct{}{}, s.backend.Watch(r.Context(), req.Addresses)
}

func badRequest(message string) *Error { return &Error{Code: BadRequest, Message: message} }
