package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// maxReply bounds one answer. The largest are the files of a torrent, 100,000 whose
// paths come from an info of 8 MiB, and a page of 1,000 torrents with magnet links
// of up to 64 KB.
const maxReply = 80 << 20

// Client talks to the node that runs on a data folder. Safe for concurrent use.
type Client struct {
	http *http.Client
	path string
}

var _ Backend = (*Client)(nil)

// Dial finds the node that runs on the data folder dir. Without one it fails
// with NoNode.
func Dial(ctx context.Context, dir string) (*Client, error) {
	path := find(dir)
	dial := func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	probe, err := dial(ctx)
	if err != nil {
		return nil, noNode(dir, err)
	}
	probe.Close()
	transport := &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		DisableCompression: true,
	}
	return &Client{http: &http.Client{Transport: transport}, path: path}, nil
}

func noNode(where string, cause error) error {
	return fmt.Errorf("%w (%w)", &Error{Code: NoNode, Message: "no node runs on " + where,
		Hint: "start one with: ttx node"}, cause)
}

// Close drops idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Node implements Backend.
func (c *Client) Node(ctx context.Context) (v Node, err error) {
	return v, c.get(ctx, "/v1/node", nil, &v)
}

// Status implements Backend.
func (c *Client) Status(ctx context.Context) (v Status, err error) {
	return v, c.get(ctx, "/v1/status", nil, &v)
}

// Peers implements Backend.
func (c *Client) Peers(ctx context.Context) ([]Peer, error) {
	var v peersReply
	err := c.get(ctx, "/v1/peers", nil, &v)
	return v.Peers, err
}

// Network implements Backend.
func (c *Client) Network(ctx context.Context) (v Network, err error) {
	return v, c.get(ctx, "/v1/network", nil, &v)
}

// NetworkFile implements Backend.
func (c *Client) NetworkFile(ctx context.Context) (v []byte, err error) {
	return v, c.get(ctx, "/v1/network/file", nil, &v)
}

// Tx implements Backend.
func (c *Client) Tx(ctx context.Context, id string) (v TxInfo, err error) {
	return v, c.get(ctx, txPath(id), nil, &v)
}

// Txs implements Backend.
func (c *Client) Txs(ctx context.Context, q TxQuery) (v TxPage, err error) {
	form := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	setNonEmpty(form, "status", q.Status)
	setNonEmpty(form, "after", q.After)
	if q.Skip > 0 {
		form.Set("skip", strconv.Itoa(q.Skip))
	}
	return v, c.get(ctx, "/v1/tx", form, &v)
}

func setNonEmpty(form url.Values, key, value string) {
	if value != "" {
		form.Set(key, value)
	}
}

// Raw implements Backend.
func (c *Client) Raw(ctx context.Context, id string) (v []byte, err error) {
	return v, c.get(ctx, txPath(id)+"/raw", nil, &v)
}

// Torrent implements Backend.
func (c *Client) Torrent(ctx context.Context, id string) (v []byte, err error) {
	return v, c.get(ctx, txPath(id)+"/torrent", nil, &v)
}

// Submit implements Backend.
func (c *Client) Submit(ctx context.Context, raw []byte) (v Submitted, err error) {
	return v, c.do(ctx, http.MethodPost, "/v1/tx", "application/octet-stream", raw, &v)
}

// Wait returns once the transaction has the wanted status (pending or
// confirmed), or one from which it cannot get there any more. It fails with
// Timeout when ctx ends first, and with NoVoters when confirmed cannot happen.
func (c *Client) Wait(ctx context.Context, id, status string) (TxInfo, error) {
	for {
		var v TxInfo
		err := c.get(ctx, txPath(id)+"/wait", url.Values{"status": {status}}, &v)
		if !errors.Is(err, Timeout) || ctx.Err() != nil {
			return v, err
		}
	}
}

// Coins implements Backend.
func (c *Client) Coins(ctx context.Context, addresses []string) ([]Coin, error) {
	var v coinsReply
	err := c.get(ctx, "/v1/coins", url.Values{"address": addresses}, &v)
	return v.Coins, err
}

// Balance implements Backend.
func (c *Client) Balance(ctx context.Context, addresses []string) (v Balance, err error) {
	return v, c.get(ctx, "/v1/balance", url.Values{"address": addresses}, &v)
}

// History implements Backend.
func (c *Client) History(ctx context.Context, q HistoryQuery) (v History, err error) {
	form := url.Values{"limit": {strconv.Itoa(q.Limit)}, "skip": {strconv.Itoa(q.Skip)}}
	return v, c.get(ctx, "/v1/history", form, &v)
}

// Refs implements Backend.
func (c *Client) Refs(ctx context.Context) (v Refs, err error) {
	return v, c.get(ctx, "/v1/refs", nil, &v)
}

// Watch implements Backend.
func (c *Client) Watch(ctx context.Context, addresses []string) error {
	body, err := json.Marshal(watchRequest{Addresses: addresses})
	if err != nil {
		return fmt.Errorf("encode addresses: %w", err)
	}
	return c.do(ctx, http.MethodPost, "/v1/watch", "application/json", body, new(struct{}))
}

func txPath(id string) string { return "/v1/tx/" + url.PathEscape(id) }

func (c *Client) get(ctx context.Context, path string, form url.Values, v any) error {
	if len(form) > 0 {
		path += "?" + form.Encode()
	}
	return c.do(ctx, http.MethodGet, path, "", nil, v)
}

// do asks and fills v: *[]byte with the body as it is, all else from JSON.
func (c *Client) do(ctx context.Context, method, path, kind string, body []byte, v any) error {
	resp, err := c.send(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	if len(reply) > maxReply {
		return fmt.Errorf("the node's answer exceeds %d bytes", maxReply)
	}
	if raw, ok := v.(*[]byte); ok {
		*raw = reply
		return nil
	}
	if err := json.Unmarshal(reply, v); err != nil {
		return fmt.Errorf("decode the node's answer: %w", err)
	}
	return nil
}

// send returns a successful response; any other becomes an *Error.
func (c *Client) send(ctx context.Context, method, path, kind string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://ttx"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, failure(resp)
}

// unreachable names why no answer came.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", &Error{Code: Timeout, Message: "the node did not answer in time"}, ctx.Err())
	}
	return noNode(c.path, err)
}

func failure(resp *http.Response) error {
	var e Error
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil || json.Unmarshal(body, &e) != nil || e.Code == "" {
		return &Error{Code: Internal, Message: "the node answered " + resp.Status}
	}
	return &e
}
