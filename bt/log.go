package bt

import (
	"context"
	"log/slog"
)

// quiet lowers the library's messages: its errors to information and the rest to debug level. It warns
// about whatever a stranger sends and calls a router that does not answer an error; what a user must
// know comes as an error of ours.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, lowered(level))
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lowered(r.Level)
	return q.Handler.Handle(ctx, r)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }

func lowered(level slog.Level) slog.Level {
	if level >= slog.LevelError {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
