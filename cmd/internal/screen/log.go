package screen

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

const (
	// maxLines is how many messages are kept, the newest; maxLine how long one gets,
	// in bytes: together at most 5 MB.
	maxLines = 5000
	maxLine  = 1024
)

// Log keeps the newest messages of this process in memory. It is a slog.Handler
// by way of Handler. Safe for concurrent use.
type Log struct {
	mu    sync.Mutex
	lines []tui.LogLine // a ring once it is full
	next  int           // where the next one goes, when it is full
	seq   uint64
}

// Handler takes the messages of a logger from a level on.
func (l *Log) Handler(level slog.Leveler) slog.Handler { return &handler{log: l, level: level} }

// Add keeps a message.
func (l *Log) Add(at time.Time, level tui.LogLevel, text string) {
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	line := tui.LogLine{Seq: l.seq, At: at, Level: level, Text: text}
	if len(l.lines) < maxLines {
		l.lines = append(l.lines, line)
		return
	}
	l.lines[l.next] = line
	l.next = (l.next + 1) % maxLines
}

// event keeps what happened in the node: peers and torrents, and of transactions
// the less important news.
func (l *Log) event(e api.Event) {
	now := time.Now()
	switch {
	case e.Peer != nil && e.Peer.Up:
		l.Add(now, tui.Info, fmt.Sprintf("peer %s came: %s", e.Peer.Address, e.Peer.Client))
	case e.Peer != nil:
		l.Add(now, tui.Info, fmt.Sprintf("peer %s went", e.Peer.Address))
	case e.Tx != nil:
		l.Add(now, tui.Debug, fmt.Sprintf("transaction %s: %s %s", e.Tx.TxID, e.Tx.Kind, e.Tx.Status))
	case e.Torrent != nil:
		l.Add(now, tui.Info, fmt.Sprintf("torrent %s: %s", e.Torrent.Name, e.Torrent.Kind))
	case e.Kind == api.EventLagged:
		l.Add(now, tui.Warning, "events came faster than they were read, and some were left out")
	}
}

// page returns the newest lines that fit a query.
func (l *Log) page(q tui.LogQuery) tui.LogPage {
	l.mu.Lock()
	defer l.mu.Unlock()
	var p tui.LogPage
	filter := strings.ToLower(q.Filter)
	for i := len(l.lines) - 1; i >= 0; i-- {
		line := l.lines[(l.next+i)%len(l.lines)]
		if line.Level < q.Level || !strings.Contains(strings.ToLower(line.Text), filter) {
			continue
		}
		if p.Total++; p.Total > q.Skip && len(p.Lines) < q.Limit {
			p.Lines = append(p.Lines, line)
		}
	}
	reverse(p.Lines)
	return p
}

func reverse(lines []tui.LogLine) {
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
}

type handler struct {
	log    *Log
	level  slog.Leveler
	suffix string // attributes of the logger, as they are written
	group  string
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level.Level() }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		attr(&b, h.group, a)
		return b.Len() < maxLine
	})
	b.WriteString(h.suffix)
	h.log.Add(r.Time, level(r.Level), b.String())
	return nil
}

func attr(b *strings.Builder, group string, a slog.Attr) {
	if a.Equal(slog.Attr{}) {
		return
	}
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		for _, inner := range v.Group() {
			attr(b, group+a.Key+".", inner)
		}
		return
	}
	fmt.Fprintf(b, "  %s%s=%s", group, a.Key, v)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		attr(&b, h.group, a)
	}
	next := *h
	next.suffix += b.String()
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.group += name + "."
	}
	return &next
}

func level(l slog.Level) tui.LogLevel {
	switch {
	case l >= slog.LevelError:
		return tui.Error
	case l >= slog.LevelWarn:
		return tui.Warning
	case l >= slog.LevelInfo:
		return tui.Info
	}
	return tui.Debug
}

type logSource struct {
	log  *Log
	note string
}

func newLogSource(cfg Config) tui.LogSource {
	if cfg.Log == nil {
		return nil
	}
	s := &logSource{log: cfg.Log}
	if cfg.Attached {
		s.note = "What happened since this window opened; the node's own log is where it was started."
	}
	return s
}

// Log implements tui.LogSource.
func (s *logSource) Log(_ context.Context, q tui.LogQuery) (tui.LogPage, error) {
	p := s.log.page(q)
	p.Note = s.note
	return p, nil
}

// Write implements io.Writer for what is no logger of ours: a message a line.
func (l *Log) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if line = strings.TrimSpace(line); line != "" {
			l.Add(time.Now(), tui.Warning, line)
		}
	}
	return len(p), nil
}
