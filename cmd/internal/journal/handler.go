package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Handler takes the messages of a logger from a level on.
func (j *Journal) Handler(level slog.Leveler) slog.Handler { return &handler{to: j, level: level} }

type handler struct {
	to     *Journal
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
		return b.Len() < maxText
	})
	b.WriteString(h.suffix)
	h.to.Add(r.Time, r.Level, b.String())
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

// Both gives messages to two handlers, each of which takes those of its levels.
func Both(a, b slog.Handler) slog.Handler { return both{a, b} }

type both [2]slog.Handler

func (b both) Enabled(ctx context.Context, l slog.Level) bool {
	return b[0].Enabled(ctx, l) || b[1].Enabled(ctx, l)
}

func (b both) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range b {
		if h.Enabled(ctx, r.Level) {
			errs = append(errs, h.Handle(ctx, r.Clone()))
		}
	}
	return errors.Join(errs...)
}

func (b both) WithAttrs(attrs []slog.Attr) slog.Handler {
	return both{b[0].WithAttrs(attrs), b[1].WithAttrs(attrs)}
}

func (b both) WithGroup(name string) slog.Handler {
	return both{b[0].WithGroup(name), b[1].WithGroup(name)}
}
