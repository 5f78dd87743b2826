package node

import (
	"context"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

// pending is a client with what bt/client does not have yet; each method goes when it has.
type pending struct{ *client.Client }

func later() error {
	return &api.Error{Message: "this build cannot do that yet", Code: api.BadRequest}
}

func (pending) Feeds(context.Context) ([]client.FeedState, error)             { return nil, nil }
func (pending) Files(context.Context, client.ID) ([]client.File, error)       { return nil, later() }
func (pending) Trackers(context.Context, client.ID) ([]client.Tracker, error) { return nil, later() }
func (pending) Pieces(context.Context, client.ID) (p client.Pieces, _ error)  { return p, later() }
func (pending) Recheck(context.Context, client.ID) error                      { return later() }
func (pending) Move(context.Context, client.ID, string) error                 { return later() }
func (pending) Limit(context.Context, client.ID, client.LimitRequest) error   { return later() }
func (pending) Edit(context.Context, client.ID, client.EditRequest) error     { return later() }
func (pending) Stream(context.Context, client.ID, int) (string, error)        { return "", later() }
