package cli

import (
	"context"
	"errors"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/demo"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// The exit codes. They are a contract with scripts.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNoNode   = 11
	exitNotFound = 12
	exitFunds    = 13
	exitRefused  = 14
	exitSecret   = 15
	exitTimeout  = 16
	exitDisagree = 17
	exitInUse    = 18
	exitNoWallet = 19
)

const exitHelp = `Exit codes:
  0 done             11 no node runs        15 wrong passphrase    19 no wallet
  1 failed           12 not found           16 timed out
  2 wrong usage      13 insufficient funds  17 nodes disagree (demo)
                     14 refused, rejected   18 folder or wallet in use`

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// Errors of commands that have an exit code of their own.
var (
	errRejected = errors.New("the payment lost against a rival")
	errNotYes   = errors.New("not confirmed")
)

// codes tells kinds of errors and their exit codes; the first that fits counts.
func codes() []struct {
	kind error
	code int
} {
	return []struct {
		kind error
		code int
	}{
		{api.NoNode, exitNoNode}, {api.Offline, exitNoNode},
		{api.NotFound, exitNotFound},
		{wallet.ErrInsufficient, exitFunds}, {wallet.ErrTooManyInputs, exitFunds},
		{api.Invalid, exitRefused}, {api.NoVoters, exitRefused}, {api.Held, exitRefused}, {api.Unsolid, exitRefused}, {errRejected, exitRefused},
		{wallet.ErrPassphrase, exitSecret},
		{api.Timeout, exitTimeout}, {context.DeadlineExceeded, exitTimeout},
		{demo.ErrDisagree, exitDisagree},
		{config.ErrLocked, exitInUse}, {wallet.ErrExists, exitInUse},
		{wallet.ErrNoWallet, exitNoWallet},
		{wallet.ErrAmount, exitUsage}, {demo.ErrOptions, exitUsage},
	}
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	for _, c := range codes() {
		if errors.Is(err, c.kind) {
			return c.code
		}
	}
	return exitFailed
}

// explain prints an error and what to do next.
func (a *app) explain(err error) {
	a.say("ttx: %v", err)
	if hint := hint(err); hint != "" {
		a.say("hint: %s", hint)
	}
}

func hint(err error) string {
	var e *api.Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.Hint
	}
	switch {
	case errors.Is(err, wallet.ErrNoWallet):
		return "make one with: ttx wallet new"
	case errors.Is(err, wallet.ErrExists):
		return "name another folder with --dir"
	case errors.Is(err, wallet.ErrPassphrase):
		return "give it at the prompt, or by --passphrase-file, --passphrase-fd or TTX_PASSPHRASE_FILE"
	case errors.Is(err, wallet.ErrInsufficient):
		return "see ttx wallet balance; pending change can be spent once it is yours"
	case errors.Is(err, config.ErrLocked):
		return "stop that node, or name another folder with --dir"
	case errors.Is(err, config.ErrJoined):
		return "ttx network reset forgets the ledger and keeps the wallet; or name another folder with --dir"
	}
	return ""
}
