package metainfo

import (
	"errors"
	"fmt"
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrMalformed means that a torrent file, magnet link or info dictionary is not a valid one.
	ErrMalformed = errors.New("malformed torrent")
	// ErrHostileName means that a name would leave its folder, cannot be a file name, or collides with another.
	ErrHostileName = errors.New("unsafe file name in torrent")
	// ErrTooLarge means that a bound of limits.go is exceeded.
	ErrTooLarge = errors.New("too large")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

func hostile(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrHostileName, fmt.Errorf(format, args...))
}

func tooLarge(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrTooLarge, fmt.Errorf(format, args...))
}

// broken gives an error of the encoding its kind, and leaves one that has it already.
func broken(what string, err error) error {
	for _, kind := range []error{ErrMalformed, ErrHostileName, ErrTooLarge} {
		if errors.Is(err, kind) {
			return err
		}
	}
	return malformed("%s: %w", what, err)
}
