package api

import (
	"context"
	"net/http"
)

// HeldUnknown is the count of what nobody was asked about yet.
const HeldUnknown = -1

// Health says how well others keep the history of the wallet's coins.
type Health struct {
	// Coins are the watched coins, at most 1,000, the largest first.
	Coins []CoinHealth `json:"coins"`
	// Ancestors counts the transactions that they descend from and that this node
	// looks after, Announced those of them announced in the last half hour.
	Ancestors int `json:"ancestors"`
	Announced int `json:"announced"`
	// Budget is how many announcements an hour the settings allow; 0 without a node.
	Budget int `json:"budget"`
	// Online says that a node runs, which serves and announces them and asks others.
	Online bool `json:"online"`
	// Enough is how many others shall hold each transaction: less is thin.
	Enough int `json:"enough"`
	// CheckedAt is when others were asked last, by this run or an earlier one,
	// milliseconds since 1970; 0 for never.
	CheckedAt int64 `json:"checked_at"`
}

// CoinHealth is how well others keep the history of one coin.
type CoinHealth struct {
	TxID   string `json:"txid"`
	Index  uint32 `json:"index"`
	Amount Amount `json:"amount"`
	// History counts the transactions that the coin descends from, its own and the
	// genesis included; More is set when there are more than are looked after.
	History int  `json:"history"`
	More    bool `json:"more,omitempty"`
	// HeldMin is the least number of others that showed to hold one of them, of at
	// most eight that are asked; HeldUnknown before that. Weakest is the one.
	HeldMin int    `json:"held_min"`
	Weakest string `json:"weakest,omitempty"`
	// Thin says that this is less than Enough.
	Thin bool `json:"thin"`
}

func (s *Server) healthRoutes() {
	s.get("/v1/health", func(r *http.Request) (any, error) { return s.backend.Health(r.Context()) })
	s.handle("POST /v1/health", func(r *http.Request) (any, error) { return s.backend.CheckHealth(r.Context()) })
}

// Health implements Backend.
func (c *Client) Health(ctx context.Context) (v Health, err error) {
	return v, c.get(ctx, "/v1/health", nil, &v)
}

// CheckHealth implements Backend.
func (c *Client) CheckHealth(ctx context.Context) (v Health, err error) {
	return v, c.do(ctx, http.MethodPost, "/v1/health", "", nil, &v)
}

// Health implements Backend.
func (NoLedger) Health(context.Context) (Health, error) { return Health{}, without() }

// CheckHealth implements Backend.
func (NoLedger) CheckHealth(context.Context) (Health, error) { return Health{}, without() }
