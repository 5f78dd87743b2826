package tx

// Limits of a transaction. They are consensus: every implementation refuses
// what exceeds one of them. The maxima do not combine; MaxSize decides.
const (
	// Version is the only value of `v`.
	Version = 1

	// MaxSize is the largest encoded transaction: one BitTorrent block, hence
	// one piece of one file.
	MaxSize = 16384

	// MaxInt is the largest bencoded integer, and so the largest amount, time
	// and sequence number.
	MaxInt = 1<<63 - 1

	// MaxMemo is the longest `m`, in bytes of UTF-8.
	MaxMemo = 1024

	// MaxInputs, MaxOutputs and MaxRefs bound `in`, `out` and `ref`. Each has
	// at least one element where it is present.
	MaxInputs  = 64
	MaxOutputs = 255
	MaxRefs    = 8

	// MaxParents is the most distinct parents a transaction can have.
	MaxParents = MaxInputs + MaxRefs

	// MaxExtras bounds `x`, MaxExtraKind the name of one entry's kind.
	MaxExtras    = 16
	MaxExtraKind = 16

	// MaxName is the longest name of a network.
	MaxName = 32

	// MaxBurnPerByte bounds `burn`, in base units a byte.
	MaxBurnPerByte = 1_000_000_000

	// Rules is the only value of `rules`.
	Rules = 1

	// MaxVoters bounds the voter table; MaxTotalStake the sum of its stakes.
	MaxVoters     = 256
	MaxTotalStake = 1<<62 - 1

	// MaxSupply bounds the sum of the genesis outputs, so that every sum of
	// unspent amounts fits in a signed 64-bit integer.
	MaxSupply = MaxInt

	// MaxLockLevels and MaxLockDicts bound a lock: its nesting, the root being
	// one level, and the dictionaries it is made of.
	MaxLockLevels = 4
	MaxLockDicts  = 16

	// MaxLockSize is the longest encoded lock. MaxLockDicts implies it: 15
	// leaves of at most 40 bytes in one {n, of} of 20 bytes are 620 bytes.
	MaxLockSize = 1024

	// WitnessInterval is the least time, in milliseconds of `t`, between two
	// witness transactions of one voter.
	WitnessInterval = 100
)

// TTX is the number of base units in one TTX.
const TTX = 100_000_000

// Sizes of the fixed-length fields, in bytes.
const (
	idSize       = 32
	infohashSize = 20
	keySize      = 32
	hashSize     = 32
	sigSize      = 64
	claimSize    = 64
	voterSize    = keySize + 8
)
