package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) txShowCommand() *cobra.Command {
	var torrent string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one transaction, by txid or infohash",
		Long: "Show one transaction, by txid or infohash. With --torrent its .torrent is written to a file as well.\n\n" +
			"JSON: txid, infohash, kind, status, share {stake, total}, time, depth, size, burn, memo, inputs, outputs,\n" +
			"refs, rivals, magnet; for a witness voter and seq.\n\n" + exitCodeHelp,
		Example: "  ttx tx show 1f0c...\n  ttx tx show 1f0c... --torrent payment.torrent",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.read(cmd.Context(), func(b api.Backend) error {
				return a.showTx(cmd.Context(), b, strings.ToLower(args[0]), torrent)
			})
		},
	}
	cmd.Flags().StringVar(&torrent, "torrent", "", "write the transaction's .torrent to this file")
	return cmd
}

func (a *app) showTx(ctx context.Context, b api.Backend, id, torrent string) error {
	info, err := b.Tx(ctx, id)
	if err != nil {
		return err
	}
	if torrent != "" {
		if err := export(ctx, b, id, torrent); err != nil {
			return err
		}
	}
	return a.print(info, func(t *table) { txText(t, info) })
}

// export writes a transaction's .torrent; what is there already stays.
func export(ctx context.Context, b api.Backend, id, name string) error {
	content, err := b.Torrent(ctx, id)
	if err != nil {
		return err
	}
	if err := createFile(name, content); err != nil {
		return fmt.Errorf("write the torrent file: %w", err)
	}
	return nil
}

// createFile writes a new file, or none.
func createFile(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

func txText(t *table, info api.TxInfo) {
	t.row("txid", info.TxID)
	t.row("infohash", info.Infohash)
	t.row("kind", info.Kind)
	t.row("status", statusWord(info.TxSummary))
	t.row("time", timeText(info.Time))
	t.row("depth", info.Depth)
	t.row("size", fmt.Sprint(info.Size, " bytes"))
	t.row("burn", ttx(info.Burn))
	if info.Memo != "" {
		t.row("memo", info.Memo)
	}
	if info.Voter != "" {
		t.row("voter", info.Voter, info.Seq)
	}
	for _, in := range info.Inputs {
		t.row("input", fmt.Sprintf("%s:%d", in.TxID, in.Index), ttx(in.Amount), in.Address)
	}
	for i, out := range info.Outputs {
		t.row("output", fmt.Sprintf("%d (%s)", i, out.Lock), ttx(out.Amount), out.Address)
	}
	for _, ref := range info.Refs {
		t.row("ref", ref)
	}
	for _, rival := range info.Rivals {
		t.row("rival", rival)
	}
	t.row("magnet", info.Magnet)
}

// statusWord adds the share of the stake to the word.
func statusWord(s api.TxSummary) string {
	if s.Status == "" {
		return "-"
	}
	if s.Share.Total == 0 {
		return s.Status
	}
	return fmt.Sprintf("%s (%d of %d stake)", s.Status, s.Share.Stake, s.Share.Total)
}
