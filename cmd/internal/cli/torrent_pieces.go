package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

const (
	// plainWidth is how wide the map of pieces is where there is no terminal.
	plainWidth = 80
	// maxRows is how many lines it has at most; each cell stands for more pieces then.
	maxRows = 16
)

func (a *app) torrentPiecesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pieces ID",
		Short: "Show which pieces of a torrent are there",
		Long: "Show a map of the pieces of a torrent of the running node: █ there, ▓ ▒ ░ most, some, few of a cell's pieces, + being\n" +
			"received, ? being hashed, · missing.\n\n" +
			"JSON: {count, size, done, states}; states has a count and a letter for each run: m missing, p partial, h being\n" +
			"hashed, c complete.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent pieces 3f2a\n  ttx torrent pieces 3f2a --json | jq -r .states",
		Args:              exactly(1),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.live(ctx, func(t api.Torrents) error {
				p, err := t.Pieces(ctx, args[0])
				if err != nil {
					return err
				}
				return a.printPieces(p)
			})
		}),
	}
}

func (a *app) printPieces(p client.Pieces) error {
	if a.json {
		return a.printJSON(p)
	}
	states, err := runs(p.States, p.Count)
	if err != nil {
		return err
	}
	width := a.columns()
	if width == 0 {
		width = plainWidth
	}
	_, err = fmt.Fprintf(a.Out, "%s%d of %d pieces of %s\n", pieceMap(states, width), p.Done, p.Count, tui.Size(p.Size))
	return err
}

// runs spells a run-length string out.
func runs(text string, count int) ([]byte, error) {
	states := make([]byte, 0, count)
	for text != "" {
		var n int
		var letter byte
		if _, err := fmt.Sscanf(text, "%d%c", &n, &letter); err != nil || n <= 0 || len(states)+n > count {
			return nil, fmt.Errorf("the node's map of pieces is malformed at %.20q", text)
		}
		for range n {
			states = append(states, letter)
		}
		text = text[strings.IndexByte(text, letter)+1:]
	}
	return states, nil
}

// pieceMap draws pieces in rows of a width, several pieces a cell when there are many.
func pieceMap(states []byte, width int) string {
	per := max(1, (len(states)+width*maxRows-1)/(width*maxRows))
	var b strings.Builder
	cells := 0
	for at := 0; at < len(states); at += per {
		b.WriteRune(cell(states[at:min(at+per, len(states))]))
		if cells++; cells%width == 0 {
			b.WriteByte('\n')
		}
	}
	if cells%width != 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// cell is the sign of some pieces.
func cell(states []byte) rune {
	var complete, partial, hashed int
	for _, s := range states {
		switch s {
		case 'c':
			complete++
		case 'p':
			partial++
		case 'h':
			hashed++
		}
	}
	switch {
	case complete == len(states):
		return '█'
	case hashed > 0:
		return '?'
	case complete == 0 && partial > 0:
		return '+'
	case complete == 0:
		return '·'
	}
	return []rune("░▒▓")[min(2, complete*3/len(states))]
}
