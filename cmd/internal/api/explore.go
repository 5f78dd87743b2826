package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// MaxNeighbours bounds the children of one answer; a transaction may have any number.
	MaxNeighbours = 100
	// MaxSearchText bounds what is searched for: the longest memo.
	MaxSearchText = 1024
)

// Around is what stands beside one transaction in the DAG.
type Around struct {
	TxID string `json:"txid"`
	// Leads says that the view holds it: of the sides of a conflict, the one that
	// counts until the votes decide (finality.md, section 5).
	Leads bool `json:"leads"`
	// Parents are what it spends from, then what it references; Children spend from
	// it or reference it, the newest first.
	Parents  []Neighbour `json:"parents"`
	Children []Neighbour `json:"children"`
	// MoreChildren says that only the newest MaxNeighbours are listed.
	MoreChildren bool `json:"more_children,omitempty"`
	// Rivals are the other sides of its conflicts.
	Rivals []Neighbour `json:"rivals"`
	// Votes has a row for each voter of the network's table, in its order.
	Votes []Vote `json:"votes"`
}

// Neighbour is a transaction beside another one.
type Neighbour struct {
	TxSummary
	// Spends says that the child of the two spends from the parent; else it
	// references it only. False for rivals.
	Spends bool `json:"spends,omitempty"`
	// Leads is a rival's, see Around.
	Leads bool `json:"leads,omitempty"`
	// Voter is whose witness it is; empty for other kinds.
	Voter string `json:"voter,omitempty"`
}

// Vote is what one voter's witnesses say of a transaction and its rivals.
type Vote struct {
	// Voter is the voter's key.
	Voter string `json:"voter"`
	Stake uint64 `json:"stake"`
	// For are those of the transaction and its rivals that its votes count for.
	// Empty when it has not spoken, and for all that is decided: votes are counted
	// no further then.
	For []string `json:"for"`
	// Forked says that the voter signed two witnesses of one number.
	Forked bool `json:"forked,omitempty"`
}

// SearchQuery asks for transactions. The newest by depth come first.
type SearchQuery struct {
	// Text is a txid, an infohash, at least four digits that one begins with, an
	// address that is paid or spends, or a part of a memo, in any case. Empty finds all.
	Text string
	// Status is as in TxQuery. Kind keeps genesis, transfer or witness; empty all.
	Status, Kind string
	// Limit is at most MaxPage; 0 means DefaultPage.
	Limit int
	// After is the Next of the answer before; empty starts at the top.
	After string
}

// SearchPage is what was found so far. A search stops when it has found Limit
// transactions or has taken its time; it goes on with Next.
type SearchPage struct {
	Transactions []TxSummary `json:"transactions"`
	// Next is empty when all transactions were looked at.
	Next string `json:"next,omitempty"`
	// Scanned counts the transactions that were looked at for this answer.
	Scanned int `json:"scanned"`
	// Depth is how far down the search has come.
	Depth uint32 `json:"depth"`
}

func (s *Server) search(r *http.Request) (any, error) {
	form := r.URL.Query()
	q := SearchQuery{Text: form.Get("text"), Status: form.Get("status"), Kind: form.Get("kind"), After: form.Get("after")}
	if len(q.Text) > MaxSearchText {
		return nil, badRequest(fmt.Sprintf("a search has at most %d bytes", MaxSearchText))
	}
	err := checkStatus(q.Status)
	if err == nil {
		err = checkKind(q.Kind)
	}
	if err != nil {
		return nil, err
	}
	if q.Limit, err = limitOf(form); err != nil {
		return nil, err
	}
	page, err := s.backend.Search(r.Context(), q)
	page.Transactions = nonNil(page.Transactions)
	return page, err
}

func checkStatus(status string) error {
	if status == "" || slices.Contains(Statuses(), status) {
		return nil
	}
	return &Error{Code: BadRequest, Message: fmt.Sprintf("no status %q", status), Hint: "one of " + strings.Join(Statuses(), ", ")}
}

func checkKind(kind string) error {
	switch kind {
	case "", KindGenesis, KindTransfer, KindWitness:
		return nil
	}
	return &Error{Code: BadRequest, Message: fmt.Sprintf("no kind %q", kind), Hint: "one of genesis, transfer, witness"}
}

// Around implements Backend.
func (c *Client) Around(ctx context.Context, id string) (v Around, err error) {
	return v, c.get(ctx, txPath(id)+"/around", nil, &v)
}

// Search implements Backend.
func (c *Client) Search(ctx context.Context, q SearchQuery) (v SearchPage, err error) {
	form := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	setNonEmpty(form, "text", q.Text)
	setNonEmpty(form, "status", q.Status)
	setNonEmpty(form, "kind", q.Kind)
	setNonEmpty(form, "after", q.After)
	return v, c.get(ctx, "/v1/search", form, &v)
}
