package stream

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt"
)

// Bounds on what local programs can make the server hold.
const (
	// MaxConns is how many connections are open at a time; others wait to be accepted. A player uses two to four.
	MaxConns = 32
	// MaxShares is how many torrents are served at a time.
	MaxShares = 1024
	// MaxHeader is the longest request header in bytes.
	MaxHeader = 16 << 10
	// headerTimeout is how long a request may take to arrive, idleTimeout how long a connection is kept for another.
	headerTimeout = 10 * time.Second
	idleTimeout   = 30 * time.Second
)

// tokenSize is the length of a token in bytes.
const tokenSize = 16

// Kinds of failure; compare with errors.Is.
var (
	// ErrClosed means that the server is closed.
	ErrClosed = errors.New("the stream server is closed")
	// ErrTooMany means that [MaxShares] torrents are being served.
	ErrTooMany = errors.New("too many torrents are being streamed")
	// ErrNoFile means that the torrent has no such file, or that its files are not known yet.
	ErrNoFile = errors.New("no such file")
	// ErrNotLoopback means that the server was told to listen where others could reach it.
	ErrNotLoopback = errors.New("not a loopback address")
)

// Content is a torrent as the server needs it; a [bt.Torrent] is one.
type Content interface {
	Infohash() [20]byte
	Files() []bt.FileStatus
	NewReader(ctx context.Context, file int) (io.ReadSeekCloser, error)
	Ended() <-chan struct{}
}

// Config says where a [Server] listens.
type Config struct {
	// Listen is host:port of a loopback address; empty stands for 127.0.0.1 and a free port.
	Listen string
	// Logger receives what goes wrong, never a token; nil discards.
	Logger *slog.Logger
}

// Server serves the files of torrents. Its methods may be called from any goroutine.
type Server struct {
	http  http.Server
	hosts []string // the names it answers to
	base  string
	over  sync.WaitGroup

	mu     sync.Mutex
	closed chan struct{}
	shares map[Content]*share
}

// share is a torrent that is served.
type share struct {
	content Content
	token   string
}

// Open starts a server. The caller closes it.
func Open(cfg Config) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", cmp.Or(cfg.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("listening for players: %w", err)
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsLoopback() {
		_ = l.Close() // nobody is served by it
		return nil, fmt.Errorf("listening for players at %v: %w", l.Addr(), ErrNotLoopback)
	}
	port := strconv.Itoa(addr.Port)
	s := &Server{
		hosts:  []string{addr.String(), net.JoinHostPort("localhost", port)},
		base:   "http://" + addr.String() + "/",
		closed: make(chan struct{}),
		shares: make(map[Content]*share),
	}
	s.http = http.Server{
		Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: MaxHeader,
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s.http.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	s.over.Go(func() { _ = s.http.Serve(limited(l, MaxConns)) }) // until Close
	return s, nil
}

// Close ends the server and every stream, and returns when that is done.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	s.mu.Unlock()
	_ = s.http.Close() // of connections that are given up
	s.over.Wait()
}

// File is the address of a file, by its index in the files of c. It works until c ends or [Server.Withdraw].
func (s *Server) File(c Content, file int) (string, error) {
	files := c.Files()
	if file < 0 || file >= len(files) {
		return "", fmt.Errorf("streaming file %d of %d: %w", file, len(files), ErrNoFile)
	}
	sh, err := s.share(c)
	if err != nil {
		return "", err
	}
	return s.base + sh.token + "/" + escape(files[file].Path), nil
}

// Playlist is the address of a list (M3U) of all files that can be played.
func (s *Server) Playlist(c Content) (string, error) {
	if len(c.Files()) == 0 {
		return "", fmt.Errorf("streaming: %w", ErrNoFile)
	}
	sh, err := s.share(c)
	if err != nil {
		return "", err
	}
	return s.base + sh.token + playlistSuffix, nil
}

// Withdraw ends the addresses of c. Streams that are under way go on.
func (s *Server) Withdraw(c Content) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shares, c)
}

// share is that of c, made if need be.
func (s *Server) share(c Content) (*share, error) {
	var token [tokenSize]byte
	rand.Read(token[:]) // never fails
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return nil, ErrClosed
	case <-c.Ended():
		return nil, fmt.Errorf("streaming: %w", bt.ErrClosed)
	default:
	}
	if sh := s.shares[c]; sh != nil {
		return sh, nil
	}
	if len(s.shares) >= MaxShares {
		return nil, ErrTooMany
	}
	sh := &share{content: c, token: hex.EncodeToString(token[:])}
	s.shares[c] = sh
	s.over.Go(func() {
		select {
		case <-c.Ended():
			s.Withdraw(c)
		case <-s.closed:
		}
	})
	return sh, nil
}

// find is the share of a token. It takes the same time whether or not there is one like it.
func (s *Server) find(token string) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *share
	for _, sh := range s.shares {
		if subtle.ConstantTimeCompare([]byte(sh.token), []byte(token)) == 1 {
			found = sh
		}
	}
	return found
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(s.hosts, strings.ToLower(r.Host)) {
		http.Error(w, "this is a stream on the loopback interface; ask for it by its address", http.StatusMisdirectedRequest)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	token, name, isFile := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	list := !isFile && strings.HasSuffix(token, playlistSuffix)
	sh := s.find(strings.TrimSuffix(token, playlistSuffix))
	if sh == nil || !(isFile || list) {
		http.NotFound(w, r)
		return
	}
	guardBrowser(w.Header())
	if list {
		s.playlist(w, sh)
		return
	}
	sh.file(w, r, name)
}

// guardBrowser makes a browser treat what is served as nothing but data.
func guardBrowser(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'")
	h.Set("Referrer-Policy", "no-referrer") // the address is the secret
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// file serves a file by its path.
func (sh *share) file(w http.ResponseWriter, r *http.Request, name string) {
	i := slices.IndexFunc(sh.content.Files(), func(f bt.FileStatus) bool { return f.Path == name })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	body, err := sh.content.NewReader(r.Context(), i)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer body.Close()
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("ETag", fmt.Sprintf(`"%x-%d"`, sh.content.Infohash(), i))
	http.ServeContent(w, r, path.Base(name), time.Time{}, body)
}

// escape writes a path as part of an address.
func escape(name string) string { return (&url.URL{Path: "/" + name}).EscapedPath()[1:] }
