package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// stream writes events as lines of JSON until the reader goes, falls too far
// behind, or the node stops.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	sub := s.events.Subscribe()
	defer sub.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	line := lineWriter{w: w, rc: http.NewResponseController(w)}
	if line.rc.Flush() != nil { // the head: the reader now misses nothing
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case e, ok := <-sub.Events():
			if !ok && !sub.Lagged() {
				return
			}
			if !ok {
				e = Event{Kind: EventLagged}
			}
			if err := line.write(e); err != nil || !ok {
				return
			}
		}
	}
}

// lineWriter writes each event at once, and gives up on a reader that does not
// take one for writeTimeout.
type lineWriter struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (l lineWriter) write(e Event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := l.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := l.w.Write(append(b, '\n')); err != nil {
		return err
	}
	return l.rc.Flush()
}

// wait answers once a transaction has the status asked for, or one that it
// will not leave; Timeout after MaxWait.
func (s *Server) wait(r *http.Request) (any, error) {
	want := r.URL.Query().Get("status")
	if want != StatusPending && want != StatusConfirmed {
		return nil, badRequest("wait for status pending or confirmed")
	}
	if err := s.canReach(r.Context(), want); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), MaxWait)
	defer cancel()
	return s.awaitStatus(ctx, r.PathValue("id"), want)
}

// canReach refuses to wait for what can never happen.
func (s *Server) canReach(ctx context.Context, want string) error {
	if want != StatusConfirmed {
		return nil
	}
	n, err := s.backend.Network(ctx)
	if err == nil && n.TotalStake == 0 {
		err = &Error{Code: NoVoters, Message: "network " + n.Name + " has no voters: nothing is ever confirmed there",
			Hint: "wait for pending instead"}
	}
	return err
}

// awaitStatus looks, then looks again whenever something may have changed.
func (s *Server) awaitStatus(ctx context.Context, id, want string) (TxInfo, error) {
	for {
		sub := s.events.Subscribe()
		info, err := s.untilReached(ctx, sub, id, want)
		sub.Close()
		if !errors.Is(err, errLagged) {
			return info, err
		}
	}
}

// errLagged asks for a new subscription.
var errLagged = errors.New("subscription lagged")

func (s *Server) untilReached(ctx context.Context, sub *Subscription, id, want string) (TxInfo, error) {
	for {
		info, err := s.backend.Tx(ctx, id)
		if err != nil && !errors.Is(err, NotFound) {
			return info, err
		}
		if err == nil && reached(info.Status, want) {
			return info, nil
		}
		if err := changed(ctx, sub, id); err != nil {
			return info, err
		}
	}
}

// changed returns at the next event about id.
func changed(ctx context.Context, sub *Subscription, id string) error {
	for {
		select {
		case <-ctx.Done():
			return &Error{Code: Timeout, Message: "transaction " + id + " did not get there in time"}
		case e, ok := <-sub.Events():
			switch {
			case !ok && sub.Lagged():
				return errLagged
			case !ok:
				return &Error{Code: Offline, Message: "the node is stopping"}
			case e.Tx != nil && e.Tx.TxID == id:
				return nil
			}
		}
	}
}

// reached reports whether a wait for want is over at status: it is there, or
// where it will not leave for want.
func reached(status, want string) bool {
	switch status {
	case StatusConfirmed, StatusRejected, StatusOrphaned, StatusDisputed:
		return true
	case StatusPending, StatusConflicted:
		return want == StatusPending
	default:
		return false
	}
}
