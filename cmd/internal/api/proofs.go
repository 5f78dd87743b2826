package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/torrenttx/ttx/ledger/tx"
)

// How much of a transaction's history a proof carries.
const (
	// ChainNone: the transaction, and what voters say of it.
	ChainNone = "none"
	// ChainRecent: its ancestors down to those that voters' claims cover.
	ChainRecent = "recent"
	// ChainFull: down to the genesis; nobody else has to be believed.
	ChainFull = "full"
)

// MaxProof bounds a proof as it crosses the socket: that of any torrent file.
const MaxProof = tx.MaxFileSize

// ProofRequest says what a proof is to carry.
type ProofRequest struct {
	// ID is a txid or an infohash.
	ID string
	// Chain is ChainNone, ChainRecent or ChainFull; empty means ChainRecent.
	Chain string
	// Trackers are URLs, at most eight, that the file is to name. A running node
	// announces the torrent there.
	Trackers []string
	// Peers adds addresses of nodes, at most eight; Private lets private and
	// loopback ones be among them.
	Peers, Private bool
}

// ImportedProof is what became of a proof, or of a magnet link.
type ImportedProof struct {
	TxID string `json:"txid"`
	// Network is the network's name.
	Network string `json:"network"`
	// Level is how much the file alone proves: confirmed, claimed, witnessed,
	// valid, incomplete, conflicted; empty of a magnet link, which proves nothing.
	Level string `json:"level"`
	// Proven and Missing say it in words.
	Proven  []string `json:"proven"`
	Missing []string `json:"missing"`
	// Status is what this ledger says of the transaction; unsolid while ancestors are missing.
	Status string `json:"status"`
	// New, Known and Waiting count the file's transactions: taken into the
	// ledger, in it before, and outside it until their parents come.
	New     int `json:"new"`
	Known   int `json:"known"`
	Waiting int `json:"waiting"`
	// Conflicts are what spends the same coins, here or in another proof.
	Conflicts []ProofConflict `json:"conflicts"`
	// Sought says that the swarm is being asked for what is missing.
	Sought bool `json:"sought"`
	// File is where the proof is kept, a name in the folder of proofs; empty for
	// a magnet link.
	File string `json:"file,omitempty"`
}

// ProofConflict is a coin that two transactions spend.
type ProofConflict struct {
	// TxID and Index name the coin, Rival who else spends it.
	TxID  string `json:"txid"`
	Index uint32 `json:"index"`
	Rival string `json:"rival"`
}

// ProofEntry is one file of the folder of proofs.
type ProofEntry struct {
	// File is its name. It may come from a stranger.
	File string `json:"file"`
	Size int64  `json:"size"`
	// Time is when it was imported, milliseconds since 1970.
	Time int64 `json:"time"`
	// TxID, Level: as of ImportedProof; empty when the file was refused.
	TxID  string `json:"txid,omitempty"`
	Level string `json:"level,omitempty"`
	// Status is what this ledger says of the transaction now.
	Status string `json:"status,omitempty"`
	// Rivals spend a coin that the transaction spends.
	Rivals []string `json:"rivals,omitempty"`
	// Error and Code say why the file was refused.
	Error string `json:"error,omitempty"`
	Code  Code   `json:"code,omitempty"`
}

type proofsReply struct {
	Proofs []ProofEntry `json:"proofs"`
}

// ChainOf reads the word of a request; another is a BadRequest.
func ChainOf(word string) (string, error) {
	switch word {
	case "":
		return ChainRecent, nil
	case ChainNone, ChainRecent, ChainFull:
		return word, nil
	}
	return "", &Error{Message: fmt.Sprintf("%.20q is no chain", word), Code: BadRequest, Hint: "none, recent or full"}
}

// ExportProof implements Backend.
func (c *Client) ExportProof(ctx context.Context, r ProofRequest) (v []byte, err error) {
	form := url.Values{"tracker": r.Trackers}
	setNonEmpty(form, "chain", r.Chain)
	for key, on := range map[string]bool{"peers": r.Peers, "private": r.Private} {
		if on {
			form.Set(key, "1")
		}
	}
	return v, c.get(ctx, txPath(r.ID)+"/proof", form, &v)
}

// ImportProof implements Backend.
func (c *Client) ImportProof(ctx context.Context, b []byte) (v ImportedProof, err error) {
	return v, c.do(ctx, http.MethodPost, "/v1/proofs", "application/x-bittorrent", b, &v)
}

// Proofs implements Backend.
func (c *Client) Proofs(ctx context.Context) ([]ProofEntry, error) {
	var v proofsReply
	err := c.get(ctx, "/v1/proofs", nil, &v)
	return v.Proofs, err
}

func (s *Server) proofRoutes() {
	s.get("/v1/tx/{id}/proof", s.exportProof)
	s.get("/v1/proofs", s.proofs)
	s.handleSized("POST /v1/proofs", MaxProof+1, s.importProof)
}

func (s *Server) exportProof(r *http.Request) (any, error) {
	q := r.URL.Query()
	chain, err := ChainOf(q.Get("chain"))
	if err != nil {
		return nil, err
	}
	return s.backend.ExportProof(r.Context(), ProofRequest{
		ID: r.PathValue("id"), Chain: chain,
		Trackers: q["tracker"], Peers: q.Get("peers") == "1", Private: q.Get("private") == "1",
	})
}

func (s *Server) proofs(r *http.Request) (any, error) {
	list, err := s.backend.Proofs(r.Context())
	if list == nil {
		list = []ProofEntry{}
	}
	return proofsReply{list}, err
}

func (s *Server) importProof(r *http.Request) (any, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, MaxProof+1))
	if err != nil {
		return nil, badRequest("read the proof: " + err.Error())
	}
	if len(b) > MaxProof {
		return nil, &Error{Message: "the proof is larger than 8 MiB", Code: Malformed}
	}
	return s.backend.ImportProof(r.Context(), b)
}
