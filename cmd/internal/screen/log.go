package screen

import (
	"context"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/journal"
	"github.com/torrenttx/ttx/tui"
)

// logSource is what the node said, in this process or in another one.
type logSource struct{ log api.Log }

// Log implements tui.LogSource.
func (s logSource) Log(ctx context.Context, q tui.LogQuery) (tui.LogPage, error) {
	page, err := s.log.Log(ctx, journal.Query{
		Level: q.Level.String(), Text: q.Filter, Before: q.Before, Skip: q.Skip, Limit: q.Limit,
	})
	if err != nil {
		return tui.LogPage{}, err
	}
	p := tui.LogPage{Lines: make([]tui.LogLine, len(page.Lines)), Total: page.Total, Newer: page.Newer}
	for i, l := range page.Lines {
		rank, _ := journal.Rank(l.Level)
		p.Lines[i] = tui.LogLine{Seq: l.Seq, At: time.UnixMilli(l.Time), Level: tui.LogLevel(rank), Text: l.Text}
	}
	return p, nil
}
