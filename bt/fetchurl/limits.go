package fetchurl

import (
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Bounds on what a server can make us do.
const (
	// MaxTorrent is the longest .torrent in bytes, on the wire and decompressed.
	MaxTorrent = metainfo.MaxFileSize
	// MaxFeed is the longest feed in bytes, on the wire and decompressed: 5,000 items of 1.6 KiB.
	MaxFeed = 8 << 20
	// MaxURL is the longest address in bytes, also of a redirect. Magnet links have their own, metainfo.MaxMagnetSize.
	MaxURL = 8 << 10
	// MaxRedirects is how many redirects are followed: from http to https, to the usual host name, to a mirror, with
	// as many again.
	MaxRedirects = 8
	// MaxHeader is the most bytes of an answer's headers: a magnet link, and as much again.
	MaxHeader = 2 * metainfo.MaxMagnetSize
	// MaxValidator is the longest ETag or Last-Modified that is kept, in bytes.
	MaxValidator = 1 << 10
	// HeaderTime is how long each server may take from the dial to the end of its headers. A dial through Tor takes
	// up to 30 s.
	HeaderTime = 45 * time.Second
	// TotalTime is how long all of it may take: MaxTorrent at 100 KiB/s is 164 s.
	TotalTime = 4 * time.Minute
	// MaxRetryAfter is the longest time a server may ask us to wait ([StatusError]).
	MaxRetryAfter = 24 * time.Hour
)
