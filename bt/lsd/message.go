package lsd

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of a message.
const (
	// MaxMessage is the longest message in bytes, sent or taken: what BEP 14 says fits everywhere.
	MaxMessage = 1400
	// MaxInfohashes is how many infohashes a message has: 24 lines of 52 bytes and 150 for the rest.
	MaxInfohashes = 24
	// MaxCookie is the longest cookie taken.
	MaxCookie = 64
)

// message is what one client says.
type message struct {
	port       uint16
	infohashes [][20]byte
	cookie     string
}

var errMessage = errors.New("not a message of local service discovery")

func (m message) encode(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "BT-SEARCH * HTTP/1.1\r\nHost: %s\r\nPort: %d\r\n", host, m.port)
	for _, h := range m.infohashes {
		fmt.Fprintf(&b, "Infohash: %x\r\n", h)
	}
	fmt.Fprintf(&b, "cookie: %s\r\n\r\n\r\n", m.cookie)
	return b.Bytes()
}

// parse reads a message. Headers may be in any case and order; unknown ones are skipped.
func parse(b []byte) (message, error) {
	var m message
	if len(b) > MaxMessage {
		return m, errMessage
	}
	lines := strings.Split(string(b), "\r\n")
	if !strings.HasPrefix(lines[0], "BT-SEARCH * HTTP/1.") {
		return m, errMessage
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "port":
			port, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return m, errMessage
			}
			m.port = uint16(port)
		case "infohash":
			raw, err := hex.DecodeString(value)
			if err != nil || len(raw) != 20 || len(m.infohashes) == MaxInfohashes {
				return m, errMessage
			}
			m.infohashes = append(m.infohashes, [20]byte(raw))
		case "cookie":
			m.cookie = value[:min(len(value), MaxCookie)]
		}
	}
	if m.port == 0 || len(m.infohashes) == 0 {
		return m, errMessage
	}
	return m, nil
}
