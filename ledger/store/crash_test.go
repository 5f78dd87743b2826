package store_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/store/storetest"
)

// childEnv makes this test binary a process that appends to the store in the
// directory it names.
const childEnv = "TTX_STORE_TEST_APPEND_TO"

// appendForever appends batches, and prints the length of the log after each
// one is acknowledged, until it is killed. Its meta value has to agree with
// the length at any time.
func appendForever(dir string) int {
	s, err := store.OpenDisk(dir, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	sizes := rand.New(rand.NewPCG(1, s.Len()))
	for {
		n := 1 + sizes.IntN(200)
		end := s.Len() + uint64(n)
		meta := map[string][]byte{"end": binary.BigEndian.AppendUint64(nil, end)}
		if err := s.Append(storetest.Records(s.Len(), n), meta); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(end)
	}
}

// child is a running appendForever.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	acked uint64
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &child{cmd: cmd, lines: bufio.NewScanner(io.Reader(out))}
}

// next waits for the next acknowledgement, and is false at the end of output.
func (c *child) next(t *testing.T) bool {
	t.Helper()
	if !c.lines.Scan() {
		return false
	}
	if _, err := fmt.Sscan(c.lines.Text(), &c.acked); err != nil {
		t.Fatalf("child says %q", c.lines.Text())
	}
	return true
}

// kill ends the child at a random moment during one of its next batches, and
// takes note of what it still acknowledged.
func (c *child) kill(t *testing.T) {
	t.Helper()
	time.AfterFunc(time.Duration(rand.Int64N(int64(15*time.Millisecond))), func() { _ = c.cmd.Process.Kill() })
	for c.next(t) {
	}
	if err := c.cmd.Wait(); err == nil {
		t.Fatal("child ended by itself")
	}
}

// TestKilled kills a writing process, again and again, with SIGKILL. Whatever
// it acknowledged is there afterwards, and a batch is there whole or not at
// all.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	for range 8 {
		c := startChild(t, dir)
		if !c.next(t) {
			t.Fatal("child acknowledged nothing")
		}
		c.kill(t)
		checkKilled(t, dir, c.acked)
	}
}

func checkKilled(t *testing.T, dir string, acked uint64) {
	t.Helper()
	s := openDisk(t, dir)
	defer s.Close()
	if s.Len() < acked {
		t.Errorf("%d records are left of %d that were acknowledged", s.Len(), acked)
	}
	end, err := s.Meta("end")
	if err != nil || binary.BigEndian.Uint64(end) != s.Len() {
		t.Errorf("meta value %x, %v does not agree with %d records", end, err, s.Len())
	}
	storetest.Check(t, s, s.Len())
}

func TestLockedByProcess(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	defer c.kill(t)
	if !c.next(t) {
		t.Fatal("child acknowledged nothing")
	}
	if _, err := store.OpenDisk(dir, nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("open of a store in use: %v", err)
	}
}
