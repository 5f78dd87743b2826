package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/proofs"
	"github.com/torrenttx/ttx/tui"
)

type proofSource struct {
	b      *api.Client
	folder *proofdir.Folder
}

func newProofs(cfg Config) tui.ProofSource {
	if !cfg.Node.Ledger {
		return nil
	}
	return &proofSource{cfg.Client, proofdir.Open(cfg.Dir.Proofs(), cfg.Dir.ProofRecords())}
}

// Proofs implements tui.ProofSource.
func (s *proofSource) Proofs(ctx context.Context) ([]tui.ProofFile, error) {
	list, err := s.b.Proofs(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the proofs: %w", err)
	}
	out := make([]tui.ProofFile, len(list))
	for i, e := range list {
		out[i] = tui.ProofFile{
			File: e.File, TxID: e.TxID, Level: e.Level, Status: e.Status, Bytes: e.Size, Rivals: e.Rivals, Problem: e.Error,
		}
		if e.Time > 0 {
			out[i].At = time.UnixMilli(e.Time)
		}
		if e.Code == api.Busy {
			out[i].Level, out[i].Problem = "unread", ""
		}
	}
	return out, nil
}

// Verdict implements tui.ProofSource. It is reached anew, from the file alone.
func (s *proofSource) Verdict(ctx context.Context, file string) (tui.Verdict, error) {
	content, err := s.folder.Read(file)
	if err != nil {
		return tui.Verdict{}, fmt.Errorf("read the proof: %w", err)
	}
	v, err := judge(content)
	if err != nil {
		return v, err
	}
	v.File = file
	info, err := s.b.Tx(ctx, v.TxID)
	if errors.Is(err, api.NotFound) || err == nil && (info.Status == api.StatusUnsolid || info.Status == api.StatusUnavailable) {
		v.Status, v.Rivals, err = s.recorded(ctx, file)
		return v, err
	}
	if err != nil {
		return v, fmt.Errorf("ask for the transaction: %w", err)
	}
	v.Status, v.Rivals = info.Status, info.Rivals
	return v, nil
}

// recorded is what the folder of proofs knows of a transaction that the ledger lacks.
func (s *proofSource) recorded(ctx context.Context, file string) (status string, rivals []string, err error) {
	list, err := s.b.Proofs(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("ask for the proofs: %w", err)
	}
	for _, e := range list {
		if e.File == file {
			return e.Status, e.Rivals, nil
		}
	}
	return "", nil, nil
}

// judge says what a file proves by itself.
func judge(content []byte) (tui.Verdict, error) {
	p, err := proofs.Decode(content)
	if err != nil {
		return tui.Verdict{}, err
	}
	verdict, err := p.Verify(proofs.Options{})
	if err != nil {
		return tui.Verdict{}, err
	}
	return tui.Verdict{
		TxID: p.Subject.ID().String(), Network: verdict.Network.Name, Level: string(verdict.Level),
		Proven: verdict.Words(), Missing: verdict.Missing(),
	}, nil
}

// Export implements tui.ProofSource. The folder of proofs gets it in any case.
func (s *proofSource) Export(ctx context.Context, r tui.ProofExport) (tui.Exported, error) {
	content, err := s.b.ExportProof(ctx, api.ProofRequest{ID: r.ID, Chain: r.Chain, Peers: r.Peers})
	if err != nil {
		return tui.Exported{}, fmt.Errorf("export the proof: %w", err)
	}
	p, err := proofs.Decode(content)
	if err != nil {
		return tui.Exported{}, fmt.Errorf("read what was exported: %w", err)
	}
	name, err := s.folder.Put(p.Subject.ID(), content)
	if err != nil {
		return tui.Exported{}, err
	}
	path := filepath.Join(s.folder.Dir(), name)
	if r.Path != "" {
		path = r.Path
		if err := create(home(path), content); err != nil {
			return tui.Exported{}, fmt.Errorf("write the proof: %w", err)
		}
	}
	return tui.Exported{Path: path, Bytes: len(content)}, nil
}

// create writes a new file; what is there already stays.
func create(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// home resolves ~ as a shell does: no shell stands between a person and a form.
func home(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	dir, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return filepath.Join(dir, rest)
}

// Import implements tui.ProofSource.
func (s *proofSource) Import(ctx context.Context, path string) (tui.Verdict, error) {
	content, err := proofAt(path)
	if err != nil {
		return tui.Verdict{}, fmt.Errorf("read the proof: %w", err)
	}
	done, err := s.b.ImportProof(ctx, content)
	if err != nil {
		return tui.Verdict{}, err
	}
	v := tui.Verdict{
		TxID: done.TxID, Network: done.Network, Level: done.Level, Status: done.Status, File: done.File,
		Proven: done.Proven, Missing: done.Missing, News: news(done),
	}
	for _, c := range done.Conflicts {
		v.Rivals = append(v.Rivals, c.Rival)
	}
	return v, nil
}

// proofAt is the bytes of a file, or of a magnet link.
func proofAt(path string) ([]byte, error) {
	if strings.HasPrefix(path, "magnet:") {
		return []byte(path), nil
	}
	f, err := os.Open(home(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, api.MaxProof+1))
	if err == nil && len(content) > api.MaxProof {
		err = fmt.Errorf("larger than %d bytes", api.MaxProof)
	}
	return content, err
}

func news(done api.ImportedProof) string {
	text := fmt.Sprintf("%d transactions are new here, %d were known, %d wait for others.", done.New, done.Known, done.Waiting)
	if done.Sought {
		text += " What is missing is being asked for."
	}
	return text
}
