package bt

import (
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Bounds on what other peers, or a careless caller, can make the engine keep or do.
const (
	// MaxPayload is the longest extension message in bytes. The library's reader hangs up on messages
	// above 65,536 bytes, of which two are the message and extension ids.
	MaxPayload = 65534
	// MaxQueuedBytes is how many received bytes a [Conn] holds for a slow reader before it is closed.
	MaxQueuedBytes = 4 << 20
	// MaxQueuedMessages bounds the same queue by count, since an empty message costs memory as well.
	MaxQueuedMessages = 4096
	// MaxPendingBytes is how many sent bytes wait in memory for the socket of a peer that does not read; a
	// [Conn.Send] beyond it waits. The library would queue without limit.
	MaxPendingBytes = 4 << 20
	// MaxPerAddress is how many connections of one rendezvous may come from one public IPv4 address or IPv6
	// network of 64 bits: a few sessions, and some that are in their handshake.
	MaxPerAddress = 8
	// MaxInfoSize is the longest info dictionary accepted for an ordinary torrent.
	MaxInfoSize = metainfo.MaxInfoSize
	// MaxSmallInfoSize is the longest info dictionary accepted for a small torrent: one metadata piece.
	MaxSmallInfoSize = metadataPieceSize
	// MaxTorrentFileSize is the longest .torrent file accepted, MaxTorrentLength the largest content in bytes,
	// MaxTorrentFiles the most files, MaxPieceLength the largest piece; MaxPathDepth and MaxNameLength bound a path.
	MaxTorrentFileSize = metainfo.MaxFileSize
	MaxTorrentLength   = metainfo.MaxLength
	MaxTorrentFiles    = metainfo.MaxFiles
	MaxPieceLength     = metainfo.MaxPieceLength
	MaxPathDepth       = metainfo.MaxPathDepth
	MaxNameLength      = metainfo.MaxNameLength
	// MaxBookAddresses is how many peer addresses a swarm remembers for dialling.
	MaxBookAddresses = 1024
)

// Limits of the library that are not worth a setting.
const (
	metadataPieceSize = 16 << 10 // BEP 9
	// MaxSmallTorrentConns suffices for one piece, and keeps a popular transaction from eating sockets.
	MaxSmallTorrentConns = 8
	// MaxDownloadConns is the library's own default.
	MaxDownloadConns = 50
	// surplusRoom is added to our own limit of a rendezvous when telling the library of one: the library
	// evicts the oldest for newcomers, which is a cheap eclipse, so its limit must never be reached.
	surplusRoom = 4096
	// pendingLook is how many bytes may be sent without a look at what the socket took; pendingEvery the pause
	// between looks while a Send waits, and pendingMost for how long it does before it hangs up.
	pendingLook  = 256 << 10
	pendingEvery = 20 * time.Millisecond
	pendingMost  = time.Minute
	// MaxHalfOpen bounds the dials under way; DialBurst the dials a second. The library's default of ten
	// a second takes 20 s for 200 transactions.
	MaxHalfOpen    = 100
	DialsPerSecond = 2000
	DialBurst      = 500
	// keepAlive is how long a silent connection waits before it sends a keep-alive; the library gives
	// up on a peer after 150 s.
	keepAlive = 100 * time.Second
	// HandshakeTimeout bounds the handshakes together.
	HandshakeTimeout = 8 * time.Second
	// MaxHints is how many OnPeer hints wait for the caller; more are dropped, another meeting repeats them.
	MaxHints = 256
)

// Defaults of [Config].
const (
	DefaultExtension  = "ttx"
	DefaultSwarmPeers = 64
	// DefaultMaxConns keeps below the 1,024 file descriptors that are usual, with room for files.
	DefaultMaxConns     = 600
	DefaultMaxLoaded    = 256
	DefaultMaxPerSource = 64
	DefaultIdle         = 15 * time.Second
	DefaultFetches      = 16
)
