package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ttx": func() {
		os.Exit(Main(context.Background(), os.Args[1:], IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}})
}

// TestScripts runs the program as a user would, without a node.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TTX_DIR", e.WorkDir+"/data")
			vectors, err := filepath.Abs("../../../proofs/testdata")
			e.Setenv("PROOFS", vectors)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "flip": flip, "shorten": shorten, "genesis": genesis,
		},
	})
}

// exits runs `exits CODE program args...` and requires that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if got := 0; err != nil {
		if !errors.As(err, &exit) {
			ts.Fatalf("run %v: %v", args[1:], err)
		}
		if got = exit.ExitCode(); got != want {
			ts.Fatalf("exit code %d, want %d", got, want)
		}
		return
	}
	if want != 0 {
		ts.Fatalf("exit code 0, want %d", want)
	}
}

// flip runs `flip FILE OFFSET` and changes that byte; a second time changes it
// back.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	name, offset := fileAndNumber(ts, args)
	b, err := os.ReadFile(name)
	ts.Check(err)
	b[offset] ^= 0xff
	ts.Check(os.WriteFile(name, b, 0o600))
}

// shorten runs `shorten FILE BYTES` and cuts so many off.
func shorten(ts *testscript.TestScript, _ bool, args []string) {
	name, n := fileAndNumber(ts, args)
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()-int64(n)))
}

func fileAndNumber(ts *testscript.TestScript, args []string) (string, int) {
	if len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET, shorten FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	return ts.MkAbs(args[0]), n
}

// genesis runs `genesis FILE` and sets GENESIS to the txid in what ttx network
// show printed.
func genesis(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: genesis FILE")
	}
	var shown struct{ TxID string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &shown))
	ts.Setenv("GENESIS", shown.TxID)
}
