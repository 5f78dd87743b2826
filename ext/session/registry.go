package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/book"
)

// A registry holds the sessions by peer, so that each pair of nodes has one.
//
// When two nodes dial each other at once there are two connections, and the two sides may see their
// hellos in different orders. So only the side with the smaller nonce decides: it keeps the first and
// closes the second. The other side lets a second connection stand by until its twin ends, or gives it
// up after StandbyTimeout.
//
// A nonce is no secret (every peer of a node knows it), so a peer is known by its nonce and its
// address together: repeating somebody else's nonce from elsewhere keeps nobody out.
type registry struct {
	limit int

	mu struct {
		sync.Mutex
		seats map[identity]*seat
		taken uint64 // seats ever
	}
}

type identity struct {
	nonce [16]byte
	addr  netip.Addr
}

// A seat is the place of one peer.
type seat struct {
	number  uint64        // of all seats that were ever taken
	session *Session      // nil between the handshake and the session
	left    chan struct{} // closed when the seat is free again
}

func newRegistry(limit int) *registry {
	r := &registry{limit: limit}
	r.mu.seats = make(map[identity]*seat)
	return r
}

// take gives a peer its seat; when there is one already it returns that one and ErrDuplicate.
func (r *registry) take(id identity) (*seat, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.mu.seats[id]; s != nil {
		return s, ErrDuplicate
	}
	if len(r.mu.seats) >= r.limit || r.crowded(id.addr) {
		return nil, ErrFull
	}
	r.mu.taken++
	s := &seat{number: r.mu.taken, left: make(chan struct{})}
	r.mu.seats[id] = s
	return s, nil
}

// crowded reports whether an address has all the seats that it may have.
func (r *registry) crowded(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsPrivate() {
		return false
	}
	n, place := 0, book.Place(addr)
	for id := range r.mu.seats {
		if book.Place(id.addr) == place {
			n++
		}
	}
	return n >= MaxPerAddress
}

// claim takes a seat; who does not decide stands by for a while when it is taken.
func (r *registry) claim(ctx context.Context, id identity, decides bool) (*seat, error) {
	timeout := time.NewTimer(StandbyTimeout)
	defer timeout.Stop()
	for {
		s, err := r.take(id)
		if !errors.Is(err, ErrDuplicate) {
			return s, err
		}
		if decides {
			return nil, err
		}
		select {
		case <-s.left:
		case <-timeout.C:
			return nil, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// open puts the session on its seat.
func (r *registry) open(st *seat, s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st.session = s
}

// leave frees a seat.
func (r *registry) leave(id identity, s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.mu.seats, id)
	close(s.left)
}

// sessions lists the open ones, oldest first.
func (r *registry) sessions() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	seats := slices.SortedFunc(maps.Values(r.mu.seats), func(a, b *seat) int { return cmp.Compare(a.number, b.number) })
	list := make([]*Session, 0, len(seats))
	for _, s := range seats {
		if s.session != nil {
			list = append(list, s.session)
		}
	}
	return list
}
