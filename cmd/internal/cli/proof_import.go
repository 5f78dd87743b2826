package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

func (a *app) proofImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE|DIR|MAGNET|-...",
		Short: "Take proofs into the ledger",
		Long: "Take proofs into the ledger: files, all .torrent files of a folder, standard input (-), or a magnet link to a\n" +
			"transaction, which proves nothing and is fetched by the running node. What a proof carries is checked first. It\n" +
			"works without a node, and without any peer; what is missing is sought by the node, at the addresses that the\n" +
			"proof names too. Each proof is kept in the folder proofs of the data folder, which a node watches by itself.\n\n" +
			"A folder that belongs to no network yet joins that of the first proof.\n\n" +
			"JSON: proofs [{source, txid, network, level, proven, missing, status, new, known, waiting, conflicts [{txid, index,\n" +
			"rival}], sought, file; error and code of one that was refused}].\n\n" + exitCodeHelp,
		Example: "  ttx proof import receipt.torrent\n  ttx proof import ~/Mail/attachments\n  ttx proof import - < receipt.torrent",
		Args:    atLeastOne,
		RunE:    withContext(a.importProofs),
	}
}

// importedJSON is what became of one source.
type importedJSON struct {
	// Source is what the command line named, or a file in a folder of it.
	Source string `json:"source"`
	*api.ImportedProof
	Error string   `json:"error,omitempty"`
	Code  api.Code `json:"code,omitempty"`
}

type importsJSON struct {
	Proofs []importedJSON `json:"proofs"`
}

func (a *app) importProofs(ctx context.Context, args []string) (err error) {
	var b source
	defer func() {
		if b != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	out := importsJSON{[]importedJSON{}}
	var errs []error
	for item := range a.proofItems(args) {
		if item.err == nil && b == nil {
			b, err = a.openToImport(ctx, item.content)
			if proofs.KindOf(err) != "" { // the next one may say which network is meant
				item.err, b, err = err, nil, nil
			}
			if err != nil {
				return err
			}
		}
		one := a.importOne(ctx, b, item)
		out.Proofs = append(out.Proofs, one.importedJSON)
		errs = append(errs, one.err)
	}
	if len(out.Proofs) == 0 {
		a.say("nothing to import: no .torrent file is there")
	}
	if err := a.print(out, func(t *table) { importText(t, out) }); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// outcome is what became of one source, and the error that it is for the exit code.
type outcome struct {
	importedJSON
	err error
}

func (a *app) importOne(ctx context.Context, b api.Backend, item proofItem) outcome {
	o := outcome{importedJSON: importedJSON{Source: item.source}, err: item.err}
	if o.err == nil {
		var done api.ImportedProof
		if done, o.err = b.ImportProof(ctx, item.content); o.err == nil {
			o.ImportedProof = &done
			o.err = shortfall(done)
			if o.err != nil {
				o.err = fmt.Errorf("%s: %w", item.source, o.err)
			}
			return o
		}
	}
	o.Error, o.Code = o.err.Error(), codeOf(o.err)
	o.err = fmt.Errorf("%s: %w", item.source, o.err)
	return o
}

// codeOf is the code of an error of either side of the socket.
func codeOf(err error) api.Code {
	var e *api.Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case proofs.KindOf(err) != "":
		return proofCode(err)
	}
	return api.Internal
}

// proofCode is the code of a refusal of package proofs.
func proofCode(err error) api.Code {
	switch proofs.KindOf(err) {
	case proofs.ErrForged, proofs.ErrInvalid, proofs.ErrStatement:
		return api.Forged
	case proofs.ErrNetwork:
		return api.OtherNetwork
	}
	return api.Malformed
}

// shortfall is what a script should know of a proof that was taken in.
func shortfall(done api.ImportedProof) error {
	outside := done.Status == api.StatusUnsolid || done.Status == api.StatusUnavailable
	switch {
	case done.Status == api.StatusConfirmed:
		return nil // rivals that it may have are dead
	case done.Status == api.StatusRejected || done.Status == api.StatusOrphaned:
		return errDead("by this ledger a rival of it, or of an ancestor, is confirmed: it is dead")
	case len(done.Conflicts) > 0:
		c := done.Conflicts[0]
		return &hinted{
			&marked{fmt.Errorf("a conflict: %s:%d is spent by %s too", c.TxID, c.Index, c.Rival), errProofConflict},
			"both are kept; do not rely on either until one is confirmed: ttx tx show TXID",
		}
	case outside && done.Level == string(proofs.Conflicted):
		return errProofConflict
	case outside:
		hint := "run ttx node, which asks for them; or ask for a proof with --chain full"
		if done.Sought {
			hint = "they are being asked for; or ask for a proof with --chain full"
		}
		if done.Level == "" {
			return nil // a magnet link promises nothing
		}
		return &hinted{&marked{errors.New("incomplete: ancestors of the transaction are missing"), errProofGap}, hint}
	}
	return nil
}

func importText(t *table, out importsJSON) {
	for i, one := range out.Proofs {
		if i > 0 {
			t.row()
		}
		t.row("source", one.Source)
		if one.ImportedProof == nil {
			t.row("refused", one.Error)
			continue
		}
		t.row("txid", one.TxID)
		t.row("network", one.Network)
		t.row("status", one.Status)
		t.row("level", emptyAs(one.Level, "nothing is proven by a link"))
		for _, w := range one.Proven {
			t.row("proven", w)
		}
		for _, w := range one.Missing {
			t.row("not proven", w)
		}
		for _, c := range one.Conflicts {
			t.row("conflict", fmt.Sprintf("%s:%d", c.TxID, c.Index), "spent by "+c.Rival)
		}
		t.row("taken", fmt.Sprintf("%d new, %d known, %d waiting", one.New, one.Known, one.Waiting))
		if one.File != "" {
			t.row("kept as", one.File)
		}
	}
}

// proofItem is the bytes of one proof, or the magnet link.
type proofItem struct {
	source  string
	content []byte
	err     error
}

// proofItems reads what the command line names, one after the other.
func (a *app) proofItems(args []string) iter.Seq[proofItem] {
	return func(yield func(proofItem) bool) {
		for _, arg := range args {
			for item := range a.itemsOf(arg) {
				if !yield(item) {
					return
				}
			}
		}
	}
}

func (a *app) itemsOf(arg string) iter.Seq[proofItem] {
	one := func(content []byte, err error) iter.Seq[proofItem] {
		return func(yield func(proofItem) bool) { yield(proofItem{arg, content, err}) }
	}
	if isMagnet(arg) {
		return one([]byte(arg), nil)
	}
	if arg == "-" {
		return one(proofBytes(a.In))
	}
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return folderItems(arg)
	}
	f, err := os.Open(arg)
	if err != nil {
		return one(nil, fmt.Errorf("read the proof: %w", err))
	}
	defer f.Close()
	return one(proofBytes(f))
}

// proofBytes reads as much as a proof may have.
func proofBytes(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, api.MaxProof+1))
	if err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	if len(b) > api.MaxProof {
		return nil, tooLarge()
	}
	return b, nil
}

func tooLarge() error {
	return &proofs.Error{Kind: proofs.ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes", api.MaxProof)}
}

// folderItems are the .torrent files of a folder.
func folderItems(dir string) iter.Seq[proofItem] {
	return func(yield func(proofItem) bool) {
		folder := proofdir.Open(dir, "")
		files, err := folder.Fresh()
		if err != nil {
			yield(proofItem{source: dir, err: err})
			return
		}
		for _, f := range files {
			b, err := folder.Read(f.Name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if errors.Is(err, tx.ErrFile) {
				err = tooLarge()
			}
			if !yield(proofItem{filepath.Join(dir, f.Name), b, err}) {
				return
			}
		}
		if folder.More() {
			yield(proofItem{source: dir, err: fmt.Errorf("the folder holds more than %d proofs: the others were left alone", proofdir.MaxFiles)})
		}
	}
}

// openToImport finds the node, or opens the folder's ledger; a folder without a
// network joins that of the proof.
func (a *app) openToImport(ctx context.Context, content []byte) (source, error) {
	client, err := a.dial(ctx)
	if err == nil {
		return client, nil
	}
	if !isNoNode(err) {
		return nil, err
	}
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	if dir.Unsettled() {
		if isMagnet(string(content)) {
			return nil, &hinted{errors.New("a magnet link does not say which network it is of"), "join one first, with ttx network join, and run ttx node"}
		}
		if err := a.settle(content); err != nil {
			return nil, err
		}
	}
	keys, err := watchedKeys(dir)
	if err != nil {
		return nil, err
	}
	offline, err := node.MakeOffline(dir, keys, a.logger())
	if err != nil {
		return nil, fmt.Errorf("open the ledger without a node: %w", err)
	}
	return offline, nil
}

// settle joins a folder to the network of a proof that holds.
func (a *app) settle(content []byte) error {
	file, err := networkOf(content)
	if err != nil {
		return err
	}
	b, err := file.Encode()
	if err != nil {
		return err
	}
	if err := a.locked(func(dir config.Folder) error { _, err := dir.Join(b); return err }); err != nil {
		return err
	}
	a.say("this folder joins the network %s (%s)", clean(file.Genesis.Params.Name), file.Genesis.ID())
	return nil
}

// networkOf is the network file that a proof amounts to: without what it proves.
func networkOf(content []byte) (*tx.File, error) {
	p, err := proofs.Decode(content)
	if err != nil {
		return nil, err
	}
	if _, err := p.Verify(proofs.Options{}); err != nil {
		return nil, err
	}
	return &tx.File{Genesis: p.Genesis, Tx: p.Subject, Peers: p.Peers, Trackers: p.Trackers}, nil
}

// joinByProof joins a folder without a network to that of the proofs that somebody
// put into it, if they are all of one.
func (a *app) joinByProof(dir config.Folder) error {
	if !dir.Unsettled() {
		return nil
	}
	var first []byte
	var network tx.ID
	for item := range folderItems(dir.Proofs()) {
		if item.err != nil {
			continue // the node says so
		}
		p, err := proofs.Decode(item.content)
		switch {
		case err != nil:
		case first == nil:
			first, network = item.content, p.Genesis.ID()
		case network != p.Genesis.ID():
			return &hinted{
				&marked{errors.New("the folder of proofs holds proofs of several networks"), proofs.ErrNetwork},
				"say which one is meant with: ttx network join FILE",
			}
		}
	}
	if first == nil {
		return nil
	}
	return a.settle(first)
}
