package resume

import "errors"

// ErrDamaged means that a record cannot be read: its torrent has to be hashed again, nothing else is lost.
var ErrDamaged = errors.New("the resume record is damaged")
