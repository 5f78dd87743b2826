package session

import (
	"context"
	"fmt"

	"github.com/torrenttx/ttx/ext/wire"
)

// A Handler handles the messages of one family.
type Handler interface {
	// Handle is called with the family's messages of one session one after the other; of several
	// sessions at the same time. The message may be kept. ctx ends with the session. An error that
	// wraps a Fault scores the peer; any other is logged and nothing else.
	Handle(ctx context.Context, s *Session, m wire.Message) error
}

// A HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, s *Session, m wire.Message) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, s *Session, m wire.Message) error {
	return f(ctx, s, m)
}

// A Family is a group of messages with what handles them. New families are added to Config.Families;
// the session itself knows none.
type Family struct {
	// Feature is the family's bit in hello, 0 for the messages that every node knows. Messages of a family
	// with a bit are only sent to peers that show it.
	Feature uint64
	// Messages are the family's messages, by any value of their type.
	Messages []wire.Message
	// Handler gets those that come unasked. Messages that are answers (wire.IsAnswer) go to whoever
	// asked and never here. May be nil for a family that only asks.
	Handler Handler
	// Limits bound the rates of the family's messages, if they need it.
	Limits []Limit
	// Start, if set, runs in a goroutine of its own for each session once it is open. It must return
	// when ctx ends; the session's end waits for it.
	Start func(ctx context.Context, s *Session)
}

// A router maps message names to families.
type router struct {
	families []Family
	byType   map[string]int // index in families
	features uint64
}

func newRouter(families []Family) (*router, error) {
	r := &router{families: families, byType: make(map[string]int)}
	for i, f := range families {
		r.features |= f.Feature
		for _, m := range f.Messages {
			if _, taken := r.byType[m.Type()]; taken {
				return nil, fmt.Errorf("session: two families for message %s", m.Type())
			}
			r.byType[m.Type()] = i
		}
	}
	return r, nil
}

// supported reports whether a peer with these features understands m.
func (r *router) supported(m wire.Message, features uint64) bool {
	i, known := r.byType[m.Type()]
	if !known {
		return true
	}
	bit := r.families[i].Feature
	return bit&features == bit
}
