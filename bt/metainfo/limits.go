package metainfo

import "math"

// Bounds on what is read.
const (
	// MaxFileSize is the longest .torrent file in bytes: an info dictionary of MaxInfoSize, and as much again for
	// trackers, web seeds and piece layers.
	MaxFileSize = 16 << 20
	// MaxInfoSize is the longest info dictionary in bytes: 512 metadata pieces (BEP 9), room for the hashes of
	// 400,000 v1 pieces.
	MaxInfoSize = 8 << 20
	// MaxMagnetSize is the longest magnet link in bytes.
	MaxMagnetSize = 64 << 10
	// MaxLength is the largest content in bytes; sums below it cannot overflow.
	MaxLength = 1 << 50
	// MaxFileLength is the largest file in bytes: libtorrent counts the 16 KiB blocks of a file and the nodes above
	// them in 31 bits.
	MaxFileLength = (math.MaxInt32/2)*BlockSize - 1
	// MaxPieceLength is the largest piece in bytes; the largest seen in the wild is 64 MiB.
	MaxPieceLength = 256 << 20
	// MaxPieces is the most pieces, libtorrent's default.
	MaxPieces = 1 << 21
	// MaxFiles is the most files, padding and links included.
	MaxFiles = 100_000
	// MaxPathDepth is the most names of one path, below the torrent's own.
	MaxPathDepth = 64
	// MaxNames is the most names in all paths together: ten for each of MaxFiles. Each takes some 80 bytes of memory
	// while collisions are looked for, so 80 MB in all.
	MaxNames = 1_000_000
	// MaxNameLength is the longest name in bytes, as file systems have it.
	MaxNameLength = 255
	// MaxTrackers, MaxWebSeeds and MaxNodes are how many are used of one torrent; the rest is ignored.
	MaxTrackers = 64
	MaxWebSeeds = 32
	MaxNodes    = 64
	// MaxPeers is how many addresses (x.pe) of a magnet link are used.
	MaxPeers = 1024
	// MaxURL is the longest tracker or web seed address in bytes; longer ones are ignored.
	MaxURL = 4 << 10
	// MaxText is the longest comment, source or program name in bytes; longer ones are cut.
	MaxText = 64 << 10
)

// Fixed by the formats.
const (
	// BlockSize is the leaf of a v2 hash tree in bytes, and the least v2 piece (BEP 52).
	BlockSize = 16 << 10
	// SizeV1 and SizeV2 are the lengths of the hashes in bytes.
	SizeV1 = 20
	SizeV2 = 32
)
