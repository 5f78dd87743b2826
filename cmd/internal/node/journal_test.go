package node

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// TestJournalIsThereForWhoComesLater: a node that prints warnings alone tells who
// attaches what else happened, and what happened before.
func TestJournalIsThereForWhoComesLater(t *testing.T) {
	var printed bttest.Text
	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	n := start(t, Options{
		Dir: config.Folder(t.TempDir()), NoLedger: true, Level: level,
		Logger: slog.New(slog.NewTextHandler(&printed, &slog.HandlerOptions{Level: level})),
	})
	magnet := "magnet:?xt=urn:btih:" + strings.Repeat("1f", 20) + "&dn=film"
	if _, err := n.torrents.Add(t.Context(), client.AddRequest{Magnet: magnet, Paused: true}); err != nil {
		t.Fatal(err)
	}
	c, err := api.Dial(t.Context(), string(n.opts.Dir))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	await(t, n, "the log has the torrent", func() bool {
		p, err := c.Log(t.Context(), journal.Query{Level: "info", Text: "torrent film: added"})
		return err == nil && len(p.Lines) == 1
	})
	n.log.Debug("a detail")
	level.Set(slog.LevelDebug)
	n.log.Debug("asked for")
	p, err := c.Log(t.Context(), journal.Query{Text: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range p.Lines {
		all = append(all, l.Text)
	}
	if text := strings.Join(all, "\n"); strings.Contains(text, "a detail") || !strings.Contains(text, "asked for") {
		t.Errorf("the journal:\n%s", text)
	}
	stop(t, n)
	if strings.Contains(printed.String(), "film") {
		t.Errorf("printed: %s", printed.String())
	}
}
