package cli

import (
	"context"
	"errors"
	"syscall"

	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/demo"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
	"github.com/torrenttx/ttx/proofs"
)

// The exit codes. They are part of the interface.
const (
	exitOK         = 0
	exitFailure    = 1
	exitUsage      = 2
	exitNoNode     = 11
	exitNotFound   = 12
	exitFunds      = 13
	exitRejected   = 14
	exitPassphrase = 15
	exitTimeout    = 16
	exitNoVoters   = 17
	exitWallet     = 18
	exitFolder     = 19
	exitDisagree   = 20
	exitDamaged    = 21
	exitRepair     = 22
	exitDisk       = 23
	exitTorrent    = 24
	exitExists     = 25
	exitNotNow     = 26
	exitNoLedger   = 27
	exitUnproven   = 28
	exitConflict   = 29
	exitGap        = 30
	exitForged     = 31
	exitOtherNet   = 32
)

const exitCodeHelp = `Exit codes:
  0   done
  1   failed
  2   wrong usage
  11  no node runs on the data folder
  12  no such transaction or torrent, or more than one torrent fits
  13  insufficient funds
  14  the transaction was refused, rejected or is in conflict
  15  wrong or missing passphrase
  16  timed out
  17  the network has no voters, so nothing is ever confirmed
  18  no wallet in the data folder, or one that must not be overwritten
  19  the data folder is in use, or belongs to another network
  20  the demo's nodes did not agree
  21  the ledger's log is damaged
  22  what is derived from the log is damaged: ttx ledger check --repair
  23  the disk is full or refuses writes
  24  a torrent, magnet link, proof or file name is malformed or too large
  25  the torrent is there already, or its files would lie where another's are
  26  not now: the torrent is busy, or its info is not known yet
  27  the node keeps no ledger
  28  the proof is valid, but does not prove that the transaction is confirmed
  29  the proof shows, or makes known, a conflict
  30  the proof is incomplete: ancestors are missing
  31  the proof is forged, or something in it invalid
  32  the proof is of another network`

var (
	errUsage      = errors.New("usage")
	errRejected   = errors.New("transaction rejected")
	errPassphrase = errors.New("no passphrase")
	errTimeout    = errors.New("timed out")

	errUnproven      = errors.New("not proven to be confirmed")
	errProofConflict = errors.New("the proof shows a conflict")
	errProofGap      = errors.New("the proof is incomplete")
)

// kinds are the errors that have an exit code or a hint of their own. The
// first that fits counts.
func kinds() []kind {
	return []kind{
		{errUsage, exitUsage, ""},
		{demo.ErrOptions, exitUsage, ""},
		{settings.ErrInvalid, exitUsage, "every key is explained by: ttx settings init --stdout"},
		{wallet.ErrAmount, exitUsage, "write TTX as a decimal number, like 12 or 0.5"},
		{wallet.ErrRequest, exitUsage, ""},
		{wallet.ErrMnemonic, exitUsage, "the 24 words stand in order, separated by spaces"},
		{api.BadRequest, exitUsage, ""},
		{api.NoVoters, exitNoVoters, "wait for pending instead"},
		{api.NoNode, exitNoNode, "start one with: ttx node"},
		{api.Offline, exitNoNode, "start one with: ttx node"},
		{api.NotFound, exitNotFound, ""},
		{wallet.ErrInsufficient, exitFunds, "see ttx wallet balance; what is conflicted or on its way cannot be spent"},
		{wallet.ErrTooManyInputs, exitFunds, ""},
		{errRejected, exitRejected, "see the rivals with: ttx tx show TXID"},
		{pay.ErrSpent, exitRejected, "run it again: it is planned with other coins then"},
		{api.Invalid, exitRejected, ""},
		{api.Unsolid, exitRejected, ""},
		{api.Held, exitRejected, ""},
		{wallet.ErrPassphrase, exitPassphrase, ""},
		{errPassphrase, exitPassphrase, "name a file with --passphrase-file or TTX_PASSPHRASE_FILE, or a descriptor with --passphrase-fd"},
		{errTimeout, exitTimeout, ""},
		{api.Timeout, exitTimeout, ""},
		{context.DeadlineExceeded, exitTimeout, ""},
		{wallet.ErrNoWallet, exitWallet, "make one with: ttx wallet new"},
		{wallet.ErrExists, exitWallet, "use another folder with --dir, or move the wallet away"},
		{config.ErrLocked, exitFolder, "stop the node first, or use another folder with --dir"},
		{config.ErrJoined, exitFolder, "forget the old ledger with: ttx network reset, or use another folder with --dir"},
		{demo.ErrDisagree, exitDisagree, ""},
		{store.ErrMark, exitRepair, "make it anew with: ttx ledger check --repair"},
		{ledger.ErrDiverged, exitRepair, "see whether the log is sound, and compute them anew, with: ttx ledger check --repair"},
		{store.ErrCorrupt, exitDamaged, damagedHint},
		{store.ErrFormat, exitDamaged, "if an earlier build made it, fetch it anew: ttx network reset, then ttx node"},
		{api.Ambiguous, exitNotFound, ""},
		{api.Malformed, exitTorrent, ""},
		{api.Forged, exitForged, ""},
		{api.OtherNetwork, exitOtherNet, ""},
		{api.Exists, exitExists, ""},
		{api.Busy, exitNotNow, ""},
		{api.NoInfo, exitNotNow, ""},
		{api.Without, exitNoLedger, ""},
		{api.NoSpace, exitDisk, ""},
		{api.Disk, exitDisk, ""},
		{metainfo.ErrMalformed, exitTorrent, ""},
		{metainfo.ErrHostileName, exitTorrent, ""},
		{metainfo.ErrTooLarge, exitTorrent, ""},
		{tx.ErrMagnet, exitTorrent, ""},
		{proofs.ErrNotProof, exitTorrent, ""},
		{proofs.ErrMalformed, exitTorrent, ""},
		{proofs.ErrTooLarge, exitTorrent, ""},
		{proofs.ErrForged, exitForged, "do not rely on it; ask for another file"},
		{proofs.ErrInvalid, exitForged, "do not rely on it; ask for another file"},
		{proofs.ErrStatement, exitForged, "do not rely on it; ask for another file"},
		{proofs.ErrNetwork, exitOtherNet, ""},
		{errUnproven, exitUnproven, "ask for a proof that was made later, or with --chain full; or wait for it on a node"},
		{errProofConflict, exitConflict, "wait until one side is confirmed, on a node or with a later proof"},
		{errProofGap, exitGap, "ask for a proof made with --chain recent or full"},
		{syscall.ENOSPC, exitDisk, "free some room on the disk of the data folder"},
		{syscall.EDQUOT, exitDisk, "free some room on the disk of the data folder"},
	}
}

// damagedHint is the way out of a damaged log. What the network has can be
// fetched again; what it never got is in the copy.
const damagedHint = "copy the data folder away, then fetch the ledger anew: ttx network reset, then ttx node; " +
	"payments of yours that no other node has are in the copy alone, and a voter must not vote again"

type kind struct {
	err  error
	code int
	hint string
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			return k.code
		}
	}
	return exitFailure
}

// hintFor says what to do next: the error's own advice, else its kind's.
func hintFor(err error) string {
	var own *hinted
	if errors.As(err, &own) {
		return own.hint
	}
	var remote *api.Error
	if errors.As(err, &remote) && remote.Hint != "" {
		return remote.Hint
	}
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			return k.hint
		}
	}
	return ""
}

// usage marks an error as one of the command line.
func usage(err error) error { return &marked{err, errUsage} }

// marked is an error of a kind that its text does not repeat.
type marked struct {
	error
	kind error
}

func (m *marked) Is(target error) bool { return target == m.kind }
func (m *marked) Unwrap() error        { return m.error }

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }
