package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// maxLogText bounds what a log is searched for: the length of a message.
const maxLogText = 1024

// Log is what a node said lately.
type Log interface {
	// Log answers from memory.
	Log(ctx context.Context, q journal.Query) (journal.Page, error)
}

func (s *Server) logRoutes(l Log) {
	s.get("/v1/log", func(r *http.Request) (any, error) {
		q, err := logQuery(r.URL.Query())
		if err != nil {
			return nil, err
		}
		page, err := l.Log(r.Context(), q)
		page.Lines = nonNil(page.Lines)
		return page, err
	})
}

func logQuery(form url.Values) (q journal.Query, err error) {
	q.Level, q.Text = form.Get("level"), form.Get("text")
	if _, ok := journal.Rank(q.Level); !ok {
		levels := journal.Levels()
		return q, &Error{Code: BadRequest, Message: fmt.Sprintf("no level %q", q.Level), Hint: "one of " + strings.Join(levels[:], ", ")}
	}
	if len(q.Text) > maxLogText {
		return q, badRequest(fmt.Sprintf("a log is searched for at most %d bytes", maxLogText))
	}
	if q.After, err = sequence(form, "after"); err != nil {
		return q, err
	}
	if q.Before, err = sequence(form, "before"); err != nil {
		return q, err
	}
	if q.Skip, err = number(form, "skip"); err != nil {
		return q, err
	}
	q.Limit, err = limitOf(form)
	return q, err
}

// sequence reads an optional number of a message.
func sequence(form url.Values, key string) (uint64, error) {
	text := form.Get(key)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, badRequest(fmt.Sprintf("%s must be the number of a message, not %q", key, text))
	}
	return n, nil
}

// Log implements Log.
func (c *Client) Log(ctx context.Context, q journal.Query) (v journal.Page, err error) {
	form := url.Values{"limit": {strconv.Itoa(q.Limit)}, "skip": {strconv.Itoa(q.Skip)}}
	setNonEmpty(form, "level", q.Level)
	setNonEmpty(form, "text", q.Text)
	for key, seq := range map[string]uint64{"after": q.After, "before": q.Before} {
		if seq > 0 {
			form.Set(key, strconv.FormatUint(seq, 10))
		}
	}
	return v, c.get(ctx, "/v1/log", form, &v)
}

var _ Log = (*Client)(nil)
