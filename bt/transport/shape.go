package transport

import (
	"bytes"
	"encoding/binary"
)

// A Filter sees each message that the library sends (BEP 3: a length of 4 bytes, an id, the rest; a keep-alive
// has a length of zero alone) and returns what is sent in its place: the message itself, another, or nothing. It
// must not block, nor change the message.
type Filter func(message []byte) []byte

// MaxInjected bounds what waits to be sent by Inject; a peer that takes less is hung up on.
const MaxInjected = 64 << 10

// SetFilter puts a filter before what the library sends from now on, nil for none.
func (c *Conn) SetFilter(f Filter) {
	if f == nil {
		c.filter.Store(nil)
		return
	}
	c.filter.Store(&f)
}

// Mute keeps extension messages (BEP 10) with a payload from being sent from now on.
func (c *Conn) Mute(payload []byte) { c.mute.Store(&payload) }

// muted reports whether a message is an extension message with the payload: length, id, number of the extension, and it.
func muted(message, payload []byte) bool {
	const head, extended = 6, 20
	return len(message) == head+len(payload) && message[head-2] == extended && bytes.Equal(message[head:], payload)
}

// Inject sends messages of ours between those of the library. It never blocks; their order is kept.
func (c *Conn) Inject(messages []byte) {
	c.injected.Lock()
	defer c.injected.Unlock()
	if len(c.injected.queue)+len(messages) > MaxInjected {
		go func() { _ = c.Close() }()
		return
	}
	c.injected.queue = append(c.injected.queue, messages...)
	if !c.injected.busy {
		c.injected.busy = true
		go c.flush()
	}
}

// flush sends what was injected until nothing is left.
func (c *Conn) flush() {
	for {
		c.injected.Lock()
		b := c.injected.queue
		c.injected.queue = nil
		c.injected.busy = len(b) > 0
		c.injected.Unlock()
		if len(b) == 0 {
			return
		}
		s := c.stream.Load()
		if s == nil {
			return // before the handshake: nobody injects then
		}
		c.writing.Lock()
		_, err := c.write(s, b)
		c.writing.Unlock()
		if err != nil {
			return // stays busy: the connection is over
		}
	}
}

// shaped is b after the filter. The library writes whole messages.
func (c *Conn) shaped(b []byte) []byte {
	f, mute := c.filter.Load(), c.mute.Load()
	if f == nil && mute == nil {
		return b
	}
	var out []byte // nil while nothing was changed
	for at := 0; at < len(b); {
		end := len(b)
		if at+4 <= len(b) {
			end = min(end, at+4+int(binary.BigEndian.Uint32(b[at:])))
		}
		message := b[at:end]
		instead := message
		switch {
		case mute != nil && muted(message, *mute):
			instead = nil
		case f != nil:
			instead = (*f)(message)
		}
		if out == nil && (len(instead) != len(message) || len(instead) > 0 && &instead[0] != &message[0]) {
			out = append(make([]byte, 0, len(b)+len(instead)), b[:at]...)
		}
		if out != nil {
			out = append(out, instead...)
		}
		at = end
	}
	if out == nil {
		return b
	}
	return out
}
