package sync

import "github.com/torrenttx/ttx/ext/wire"

const (
	// FanOut bounds the regions of an answer.
	FanOut = 16

	// ListMax is the number of keys up to which a region is listed instead of
	// divided.
	ListMax = 24

	// PieceMax is the number of keys up to which a region of an answer is
	// listed at once: a root (32 bytes) is not shorter than that.
	PieceMax = 1

	// TellMax is the number of keys up to which a gap is told by its keys; a
	// root and a range to fetch are shorter for more.
	TellMax = 4

	// MaxSpine bounds the regions of an opening. Thirty-one halvings reach the
	// last 24 of 2^35 keys; a trie bent by ground ids stops early.
	MaxSpine = 32

	// MaxSend bounds the transactions sent in answer to one want, and
	// MaxSendTurn those in answer to one turn. What exceeds them is told.
	MaxSend     = 64
	MaxSendTurn = 4096

	// MaxTurnBytes bounds the encoded regions of a turn: one frame.
	MaxTurnBytes = wire.MaxRegions

	// FullTurn is the length from which on a turn may not have been all. An
	// answer goes into one turn whole; the longest has MaxSpine regions of at
	// most 11 + 36 + 32 bytes, 2,528, so whoever keeps one back has filled the
	// turn up to MaxTurnBytes-2,528 at least.
	FullTurn = MaxTurnBytes - 2_528

	// MaxTurns bounds the turns that each side sends: 3.8 MB, enough to find
	// 4,000 differences scattered over a million keys, or to list 100,000
	// keys. What is left is for the next session, after what was found has
	// been fetched.
	MaxTurns = 64

	// MaxTodo bounds the answers that wait for their turn. The largest keys go
	// first on both sides, so the honest need is a few turns' questions, each
	// with at most MaxTurnBytes/48 of them. Beyond it the smallest keys are
	// left for the next session.
	MaxTodo = 16_384
)
