package tx

import (
	"net/url"
	"slices"
	"strconv"
)

const (
	// MaxTrackers bounds the trackers in a torrent file of a network.
	MaxTrackers = 8

	// MaxTrackerSize bounds the address of one, in bytes.
	MaxTrackerSize = 1024
)

// CheckTracker reports whether s is the address of a tracker, as can stand in
// a torrent file: udp, http, https, ws or wss with a host, of visible ASCII
// characters. It resolves nothing. Errors are *Error with ErrTracker.
func CheckTracker(s string) error {
	if len(s) > MaxTrackerSize {
		return refuse(ErrTracker, "too long")
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return refuse(ErrTracker, strconv.Quote(s)+" holds what no address does")
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return refuse(ErrTracker, strconv.Quote(s)+" is no address with a host")
	}
	if !slices.Contains([]string{"udp", "http", "https", "ws", "wss"}, u.Scheme) {
		return refuse(ErrTracker, strconv.Quote(s)+": unknown scheme")
	}
	return nil
}

func checkTrackers(trackers []string) error {
	if len(trackers) > MaxTrackers {
		return refuse(ErrTracker, "more than 8 trackers")
	}
	for _, t := range trackers {
		if err := CheckTracker(t); err != nil {
			return err
		}
	}
	return nil
}

// appendTrackers appends the entry `announce-list`, if there is any tracker.
func appendTrackers(b []byte, trackers []string) []byte {
	if len(trackers) == 0 {
		return b
	}
	b = append(b, "13:announce-listl"...)
	for _, t := range trackers {
		b = append(appendString(append(b, 'l'), t), 'e')
	}
	return append(b, 'e')
}

// parseTrackers reads the value of `announce-list`: a list of tiers.
func parseTrackers(b []byte) ([]string, error) {
	r := reader{b: b}
	var trackers []string
	r.openList()
	for r.more() {
		r.openList()
		for r.more() {
			if len(trackers) == MaxTrackers {
				return nil, refuse(ErrTracker, "more than 8 trackers")
			}
			trackers = append(trackers, string(r.bytes()))
		}
	}
	if r.err != nil {
		return nil, &Error{Kind: ErrTracker, Detail: "`announce-list`", Cause: r.err}
	}
	return trackers, nil
}
