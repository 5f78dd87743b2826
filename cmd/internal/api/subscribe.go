package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxEvent bounds one line of the event stream.
const maxEvent = 64 << 10

// Stream is a running event stream. One reader.
type Stream struct {
	body io.ReadCloser
	scan *bufio.Scanner
}

// Subscribe opens the event stream: everything that happens after it returned,
// until ctx ends or Close.
func (c *Client) Subscribe(ctx context.Context) (*Stream, error) {
	resp, err := c.send(ctx, http.MethodGet, "/v1/events", "", nil) //nolint:bodyclose // Stream.Close closes it
	if err != nil {
		return nil, err
	}
	s := &Stream{body: resp.Body, scan: bufio.NewScanner(resp.Body)}
	s.scan.Buffer(make([]byte, 0, 4096), maxEvent)
	return s, nil
}

// Next waits for the next event. After EventLagged, and when the node stops,
// it returns io.EOF.
func (s *Stream) Next() (Event, error) {
	var e Event
	if !s.scan.Scan() {
		err := s.scan.Err()
		if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			return e, io.EOF
		}
		return e, fmt.Errorf("read events: %w", err)
	}
	if err := json.Unmarshal(s.scan.Bytes(), &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }
