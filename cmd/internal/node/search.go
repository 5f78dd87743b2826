package node

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// searchScan bounds how many transactions one answer looks at. One takes 5 to
	// 15 µs when it is read from the disk, so mostly the time ends it first.
	searchScan = 50_000
	// searchTime bounds how long it looks, on whatever disk.
	searchTime = 300 * time.Millisecond
	// searchCheck is how many transactions are looked at between looks at the clock.
	searchCheck = 64
	// prefixLeast is with how many digits a text may be the beginning of an id.
	prefixLeast = 4
)

// Search implements api.Backend.
func (b *backend) Search(ctx context.Context, q api.SearchQuery) (api.SearchPage, error) {
	from, err := cursor(q.After)
	if err != nil {
		return api.SearchPage{}, err
	}
	if id, found := b.named(q.Text); found {
		summary, err := b.summary(id)
		return api.SearchPage{Transactions: []api.TxSummary{summary}, Scanned: 1, Depth: summary.Depth}, err
	}
	began := time.Now()
	s := search{
		b: b, status: q.Status, kind: q.Kind, limit: pageSize(q.Limit), match: b.matcher(q.Text), most: searchScan,
		late: func() bool { return ctx.Err() != nil || time.Since(began) > searchTime },
	}
	s.page.Transactions = []api.TxSummary{}
	b.ledger.Snapshot().T.Descend(from, func(key trie.Key, _ uint64) bool { return key == from && q.After != "" || s.look(key) })
	return s.page, s.err
}

// named finds what a text names in full, a txid or an infohash.
func (b *backend) named(text string) (tx.ID, bool) {
	id, err := b.parseID(strings.ToLower(strings.TrimSpace(text)))
	return id, err == nil && b.ledger.Has(id)
}

// search is one answer in the making.
type search struct {
	b      *backend
	match  func(tx.ID) (bool, error)
	status string
	kind   string
	limit  int
	most   int
	late   func() bool
	page   api.SearchPage
	last   trie.Key
	err    error
}

// look looks at one transaction; false ends the search.
func (s *search) look(key trie.Key) bool {
	enough := len(s.page.Transactions) == s.limit || s.page.Scanned == s.most
	if enough || s.page.Scanned > 0 && s.page.Scanned%searchCheck == 0 && s.late() {
		s.page.Next = hex.EncodeToString(s.last[:])
		return false
	}
	s.page.Scanned++
	s.page.Depth, s.last = key.Depth(), key
	s.err = s.take(key.ID())
	return s.err == nil
}

// take keeps a transaction that fits.
func (s *search) take(id tx.ID) error {
	if s.status != "" && !s.b.hasStatus(id, s.status) || s.kind != "" && !s.b.isKind(id, s.kind) {
		return nil
	}
	fits, err := s.match(id)
	if err != nil || !fits {
		return err
	}
	summary, err := s.b.summary(id)
	if err == nil {
		s.page.Transactions = append(s.page.Transactions, summary)
	}
	return err
}

func (b *backend) isKind(id tx.ID, kind string) bool {
	t, err := b.peek(id)
	return err == nil && kindName(t.Kind) == kind
}

// matcher says what a text looks for.
func (b *backend) matcher(text string) func(tx.ID) (bool, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return func(tx.ID) (bool, error) { return true, nil }
	}
	if key, err := tx.DecodeAddress(text); err == nil {
		return func(id tx.ID) (bool, error) { return b.concerns(id, key) }
	}
	prefix := isPrefix(text)
	return func(id tx.ID) (bool, error) {
		if prefix && strings.HasPrefix(id.String(), text) {
			return true, nil
		}
		t, err := b.peek(id)
		if err != nil {
			return false, err
		}
		return strings.Contains(strings.ToLower(t.Memo), text) ||
			prefix && strings.HasPrefix(t.Infohash().String(), text), nil
	}
}

func isPrefix(text string) bool {
	return len(text) >= prefixLeast && strings.Trim(text, "0123456789abcdef") == ""
}

// concerns reports whether a transaction pays a key or spends what it locks.
func (b *backend) concerns(id tx.ID, key tx.Key) (bool, error) {
	t, err := b.peek(id)
	if err != nil {
		return false, err
	}
	for _, out := range t.Out {
		if locks(out.Lock, key) {
			return true, nil
		}
	}
	for _, in := range t.In {
		parent, err := b.peek(in.Tx)
		if err != nil {
			return false, err
		}
		if locks(parent.Out[in.Index].Lock, key) {
			return true, nil
		}
	}
	return false, nil
}

func locks(l tx.Lock, key tx.Key) bool { return l.Kind() == tx.LockKey && l.Key() == key }

// peek reads a transaction past the cache, which a search would empty of what the
// ledger needs.
func (b *backend) peek(id tx.ID) (*tx.Tx, error) {
	raw, err := b.ledger.Raw(id)
	if err != nil {
		return nil, err
	}
	return tx.DecodeKnown(raw)
}
