package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// The bodies that wrap a list, so that keys can be added to them.
type (
	watchRequest struct {
		Addresses []string `json:"addresses"`
	}
	peersReply struct {
		Peers []Peer `json:"peers"`
	}
	coinsReply struct {
		Coins []Coin `json:"coins"`
	}
)

func (s *Server) peers(r *http.Request) (any, error) {
	peers, err := s.backend.Peers(r.Context())
	return peersReply{Peers: nonNil(peers)}, err
}

func (s *Server) txs(r *http.Request) (any, error) {
	q := r.URL.Query()
	limit, err := limitOf(q)
	if err != nil {
		return nil, err
	}
	skip, err := number(q, "skip")
	if err != nil {
		return nil, err
	}
	status := q.Get("status")
	if err := checkStatus(status); err != nil {
		return nil, err
	}
	page, err := s.backend.Txs(r.Context(), TxQuery{Status: status, Limit: limit, After: q.Get("after"), Skip: skip})
	page.Transactions = nonNil(page.Transactions)
	return page, err
}

func (s *Server) coins(r *http.Request) (any, error) {
	addresses, err := addressesOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	coins, err := s.backend.Coins(r.Context(), addresses)
	return coinsReply{Coins: nonNil(coins)}, err
}

func (s *Server) balance(r *http.Request) (any, error) {
	addresses, err := addressesOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return s.backend.Balance(r.Context(), addresses)
}

func (s *Server) history(r *http.Request) (any, error) {
	q := r.URL.Query()
	limit, err := limitOf(q)
	if err != nil {
		return nil, err
	}
	skip, err := number(q, "skip")
	if err != nil {
		return nil, err
	}
	h, err := s.backend.History(r.Context(), HistoryQuery{Skip: skip, Limit: limit})
	h.Entries = nonNil(h.Entries)
	return h, err
}

func addressesOf(q url.Values) ([]string, error) {
	addresses := q["address"]
	if len(addresses) > MaxAddresses {
		return nil, badRequest(fmt.Sprintf("more than %d addresses", MaxAddresses))
	}
	return addresses, nil
}

func limitOf(q url.Values) (int, error) {
	limit, err := number(q, "limit")
	if err != nil {
		return 0, err
	}
	if limit == 0 {
		return DefaultPage, nil
	}
	return min(limit, MaxPage), nil
}

// number reads an optional count.
func number(q url.Values, key string) (int, error) {
	text := q.Get(key)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, badRequest(fmt.Sprintf("%s must be a count, not %q", key, text))
	}
	return n, nil
}

// nonNil makes an empty list encode as [] and not as null.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
