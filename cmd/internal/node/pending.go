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

func (pending) Stream(context.Context, client.ID, int) (string, error) { return "", later() }
