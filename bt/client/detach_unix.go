//go:build unix

package client

import (
	"os/exec"
	"syscall"
)

// detach gives a command a session of its own: what ends ours does not end it. Killing it kills its children too.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
