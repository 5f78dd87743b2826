package node

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// openJournal keeps what the node says, from information on whatever is printed,
// and more when more is.
func (n *Node) openJournal() {
	n.journal = n.opts.Journal
	if n.journal == nil {
		n.journal = new(journal.Journal)
	}
	keep := n.journal.Handler(kept{n.opts.Level})
	if n.opts.Logger == nil {
		n.log = slog.New(keep)
		return
	}
	n.log = slog.New(journal.Both(n.opts.Logger.Handler(), keep))
}

// kept is the level of a journal beside a logger's, which may be nil.
type kept struct{ printed *slog.LevelVar }

func (k kept) Level() slog.Level {
	if k.printed == nil {
		return slog.LevelInfo
	}
	return min(slog.LevelInfo, k.printed.Level())
}

// Log implements [api.Log].
func (n *Node) Log(_ context.Context, q journal.Query) (journal.Page, error) {
	return n.journal.Page(q), nil
}

// emit tells the readers of events what happened, and the journal.
func (n *Node) emit(e api.Event) {
	if level, text := sentence(e); text != "" {
		n.journal.Add(time.Now(), level, text)
	}
	n.hub.Publish(e)
}

// sentence is an event in the journal: of transactions, the less important news.
func sentence(e api.Event) (slog.Level, string) {
	switch {
	case e.Tx != nil:
		text := "transaction " + e.Tx.TxID + ":"
		for _, word := range []string{e.Tx.Kind, e.Tx.Status} {
			if word != "" {
				text += " " + word
			}
		}
		return slog.LevelDebug, text
	case e.Torrent != nil && e.Torrent.Error != "":
		return slog.LevelWarn, fmt.Sprintf("torrent %s: %s: %s", e.Torrent.Name, e.Torrent.State, e.Torrent.Error)
	case e.Torrent != nil && e.Torrent.Kind == client.EventState:
		return slog.LevelInfo, fmt.Sprintf("torrent %s: %s", e.Torrent.Name, e.Torrent.State)
	case e.Torrent != nil:
		return slog.LevelInfo, fmt.Sprintf("torrent %s: %s", e.Torrent.Name, e.Torrent.Kind)
	}
	return 0, ""
}
