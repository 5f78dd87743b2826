package wire

// Bounds of frames and of everything in them. A peer that breaks one is dropped with a scored reason.
const (
	// Version is the protocol number `v` of a hello; a peer with another one gets no session.
	Version = 1

	// MaxFrame bounds a frame, dictionary and raw data together. The torrent library closes a connection
	// at 65,535 bytes; 60,000 leaves room for its header and for anything BEP 10 may still put before it.
	MaxFrame = 60_000

	// MaxHello bounds a hello frame ("under 1 KB"): about 260 bytes of keys and values, 64 of user agent,
	// and room for what later versions add.
	MaxHello = 1_000

	// MaxKeys bounds the keys of a dictionary; the largest message, hello, has 15 with `c` and `type`.
	MaxKeys = 32

	// MaxDepth bounds nesting. A transaction nests deepest: its dictionary, `out`, an output, and a lock of 4
	// levels of dictionary and list: 3 + 2*4 = 11.
	MaxDepth = 16

	// MaxInv bounds the pairs of an inv: 512 * 52 = 26,624 bytes.
	MaxInv = 512

	// MaxIDs bounds the ids of a get or notfound: as many as one inv offers, 512 * 32 = 16,384 bytes.
	MaxIDs = MaxInv

	// MaxTx bounds one transaction: one BitTorrent block.
	MaxTx = 16_384

	// MaxTxs bounds the transactions of a frame. The smallest that can be in T besides the genesis is a
	// witness of 207 bytes: 60,000 / 207 = 289, rounded up.
	MaxTxs = 320

	// MinGoesOn is the least raw data of a tx after which a range goes on, unless it has MaxTxs transactions:
	// "as many as fit" leaves room for less than one of MaxTx and a dictionary of at most 128 bytes, and half a
	// frame is well below 60,000 - 16,384 - 128.
	MinGoesOn = MaxFrame / 2

	// MaxRegions bounds the raw data of a sync in bytes: a frame less 512 bytes for its dictionary, which
	// takes 41 (root) + 26 (sid) + 24 (c) + 24 (g) + 12 (type) + 2 = 129 at most.
	MaxRegions = MaxFrame - 512

	// MaxProof bounds the raw data of a proof. A path has at most 288 nodes (bits of a key) of 2+8+8+32 =
	// 50 bytes, with the key, its weight and one 119-byte preimage: 288*50 + 36 + 8 + 119 = 14,563.
	MaxProof = 16_384

	// MaxHold bounds the transactions of one hold?: who answers reads and hashes at most 64 * 16 KiB = 1 MiB,
	// about a millisecond; usually 30 KB.
	MaxHold = 64

	// MaxPeers bounds the addresses of a peers message: 64 * (4 + 261) = 16,960 bytes.
	MaxPeers = 64

	// MaxAddress bounds one host:port: a DNS name of 255 bytes, the colon, five digits.
	MaxAddress = 255 + 1 + 5

	// MaxUserAgent bounds the program and version of a hello.
	MaxUserAgent = 64
)

// Sizes of the fixed binary values, in bytes.
const (
	idSize       = 32
	infohashSize = 20
	pairSize     = idSize + infohashSize
)
