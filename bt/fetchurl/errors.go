package fetchurl

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrURL means that the address, or one that it redirects to, is not one of http or https.
	ErrURL = errors.New("not an http or https address")
	// ErrLocal means that a stranger's address leads into the local network (see Request.Stranger).
	ErrLocal = errors.New("an address of the local network, given by a stranger")
	// ErrConnect means that no server was reached, or that it broke off.
	ErrConnect = errors.New("no answer")
	// ErrTimeout means that HeaderTime or TotalTime passed.
	ErrTimeout = errors.New("the server is too slow")
	// ErrRedirects means more than MaxRedirects, or a loop.
	ErrRedirects = errors.New("too many redirects")
	// ErrStatus means an answer other than success; errors.As with a *StatusError gives the number.
	ErrStatus = errors.New("the server refuses")
	// ErrTooLarge means more than MaxTorrent or MaxFeed bytes, compressed or not.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrEncoding means a compression that is broken, nested or not spoken here.
	ErrEncoding = errors.New("the answer's compression is not understood")
	// ErrWebPage means that a web page came instead.
	ErrWebPage = errors.New("a web page came instead")
	// ErrContent means that what came is neither what was wanted nor a web page.
	ErrContent = errors.New("something else came")
)

// StatusError is an answer other than success. It is of the kind ErrStatus.
type StatusError struct {
	Code int // of HTTP, 400 to 599 as a rule
	// RetryAfter is how long the server asks to be left alone, at most MaxRetryAfter; zero if it does not.
	RetryAfter time.Duration
}

// Error names the number and what it stands for.
func (e *StatusError) Error() string {
	text := http.StatusText(e.Code)
	switch e.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		text += ", is a login or a passkey missing?"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		text += ", try again later"
	}
	return fmt.Sprintf("%v: HTTP status %d (%s)", ErrStatus, e.Code, text)
}

// Is makes errors.Is(err, ErrStatus) hold.
func (e *StatusError) Is(target error) bool { return target == ErrStatus }
