package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

type exportFlags struct {
	request    api.ProofRequest
	trackers   bool
	out        string
	magnet, qr bool
}

func (a *app) proofExportCommand() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export TXID",
		Short: "Write a .torrent that proves a transaction",
		Long: "Write a .torrent that proves a transaction, named by txid or infohash: to mail, to keep, to seed with any\n" +
			"client. Without --out it goes to the folder proofs in the data folder. It carries the transaction, ancestors as\n" +
			"--chain says, and what voters signed about it; nobody has to be online to check it. A running node asks its peers\n" +
			"for what voters claim, and waits up to five seconds when the payment was only just confirmed.\n\n" +
			"--chain none leaves the ancestors to the network, recent goes down to what voters with two thirds of the stake\n" +
			"claim to hold, full down to the genesis.\n\n" +
			"JSON: txid, infohash, file, size, level, proven, missing, magnet; qr with --qr.\n\n" + exitCodeHelp,
		Example: "  ttx proof export 1f0c... --out receipt.torrent\n" +
			"  ttx proof export 1f0c... --chain full --trackers --peers\n" +
			"  ttx proof export 1f0c... --qr",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.request.ID = strings.ToLower(args[0])
			if err := a.nameTrackers(&f); err != nil {
				return err
			}
			return a.read(cmd.Context(), func(b api.Backend) error { return a.exportProof(cmd.Context(), b, f) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "file to write, - for standard output (default TXID.torrent in the folder of proofs)")
	flags.StringVar(&f.request.Chain, "chain", api.ChainRecent, "how much of the history: none, recent or full")
	flags.BoolVar(&f.trackers, "trackers", false, "name the trackers of the setting proof_trackers; a running node announces the torrent there")
	flags.StringArrayVar(&f.request.Trackers, "tracker", nil, "a tracker to name, besides or instead (repeat for more; at most 8 in all)")
	flags.BoolVar(&f.request.Peers, "peers", false, "name this node and its peers, at most 8")
	flags.BoolVar(&f.request.Private, "private-peers", false, "let private and loopback addresses be among peers and trackers")
	flags.BoolVar(&f.magnet, "magnet", false, "print the magnet link too, which proves nothing by itself")
	flags.BoolVar(&f.qr, "qr", false, "print the magnet link as a QR code too, when the terminal is wide enough")
	return cmd
}

// nameTrackers adds the trackers of the settings, if they are asked for.
func (a *app) nameTrackers(f *exportFlags) error {
	if !f.trackers {
		return nil
	}
	l, err := a.loadSettings(nil, "proof_trackers")
	if err != nil {
		return err
	}
	if len(l.ProofTrackers) == 0 {
		return usage(&hinted{errors.New("no trackers are set"), "name them in the setting proof_trackers, or one with --tracker URL"})
	}
	f.request.Trackers = append(f.request.Trackers, l.ProofTrackers...)
	return nil
}

// exportJSON is what was exported.
type exportJSON struct {
	TxID     string   `json:"txid"`
	Infohash string   `json:"infohash"`
	File     string   `json:"file"`
	Size     int      `json:"size"`
	Level    string   `json:"level"`
	Proven   []string `json:"proven"`
	Missing  []string `json:"missing"`
	Magnet   string   `json:"magnet"`
	QR       string   `json:"qr,omitempty"`
}

func (a *app) exportProof(ctx context.Context, b api.Backend, f exportFlags) error {
	if f.out == "-" && (a.json || f.magnet || f.qr) {
		return usage(errors.New("--out - leaves no room on standard output for anything else"))
	}
	content, err := b.ExportProof(ctx, f.request)
	if err != nil {
		return err
	}
	p, err := proofs.Decode(content)
	if err != nil {
		return fmt.Errorf("read what was exported: %w", err)
	}
	verdict, err := p.Verify(proofs.Options{})
	if err != nil {
		return fmt.Errorf("check what was exported: %w", err)
	}
	if f.out == "-" {
		_, err := a.Out.Write(content)
		return err
	}
	name, err := a.keepExport(p.Subject.ID(), content, f.out)
	if err != nil {
		return err
	}
	out := exportJSON{
		TxID: p.Subject.ID().String(), Infohash: p.Subject.Infohash().String(), File: name, Size: len(content),
		Level: string(verdict.Level), Proven: append([]string{}, verdict.Words()...), Missing: append([]string{}, verdict.Missing()...),
		Magnet: p.Magnet(),
	}
	if f.qr {
		if out.QR, err = qrText(shortMagnet(p), cmp.Or(a.columns(), plainColumns)); err != nil {
			a.say("%v; the link is printed instead", err)
			f.magnet = true
		}
	}
	if f.request.Peers && len(p.Peers) == 0 {
		a.say("it names no peer: no node runs, or none has a public address (--private-peers names private ones, too)")
	}
	return a.showExport(out, f)
}

func (a *app) showExport(out exportJSON, f exportFlags) error {
	err := a.print(out, func(t *table) {
		t.row("file", out.File)
		t.row("size", fmt.Sprint(out.Size, " bytes"))
		t.row("level", out.Level)
		for _, w := range out.Proven {
			t.row("proven", w)
		}
		for _, w := range out.Missing {
			t.row("not proven", w)
		}
		if f.magnet {
			t.row("magnet", out.Magnet)
		}
	})
	if err == nil && !a.json && out.QR != "" {
		_, err = fmt.Fprint(a.Out, out.QR)
	}
	return err
}

// keepExport writes the file where it is wanted, and returns its name. What is
// there already stays.
func (a *app) keepExport(id tx.ID, content []byte, out string) (string, error) {
	if out != "" {
		err := createFile(out, content)
		if errors.Is(err, fs.ErrExist) {
			return "", &hinted{fmt.Errorf("write the proof: %w", err), "nothing is overwritten: give --out another name"}
		}
		if err != nil {
			return "", fmt.Errorf("write the proof: %w", err)
		}
		return out, nil
	}
	dir, err := a.folder()
	if err != nil {
		return "", err
	}
	name, err := proofdir.Open(dir.Proofs(), dir.ProofRecords()).Put(id, content)
	if errors.Is(err, proofdir.ErrFull) {
		err = &hinted{err, "name a file with --out, or move some of them away"}
	}
	return filepath.Join(dir.Proofs(), name), err
}

// shortMagnet is the link without what follows from the rest, for a smaller code.
func shortMagnet(p *proofs.Proof) string {
	m := p.Subject.Magnet(p.Peers...)
	m.Name = ""
	return m.String()
}
