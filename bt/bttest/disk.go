//go:build linux

package bttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// diskEnv names, to the process that may mount, the folder of its disk.
const diskEnv = "TTX_TEST_DISK"

// OnDisk runs a part of the test t with a folder that is a disk of its own, of size bytes. Only a process in a mount
// namespace may mount one: the test runs once more in such a process, which takes root.
func OnDisk(t *testing.T, size int, run func(dir string)) {
	t.Helper()
	if dir := os.Getenv(diskEnv); dir != "" {
		mount(t, dir, size)
		run(dir)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if end, ok := t.Deadline(); ok {
		var cancel func()
		ctx, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), diskEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("on a disk of its own (to mount one takes root): %v\n%s", err, out)
	}
}

func mount(t *testing.T, dir string, size int) {
	t.Helper()
	if err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("small", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)),
	); err != nil {
		t.Fatalf("mount a disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// FillDisk takes all the room that a disk has, but for less than a block, by one file. Once more it takes what has
// become free since.
func FillDisk(t *testing.T, ballast string) {
	t.Helper()
	f, err := os.OpenFile(ballast, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
