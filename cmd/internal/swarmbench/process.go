//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// tick is how often a job is looked at, sampling how often its memory is.
	tick     = 5 * time.Millisecond
	sampling = 25 * time.Millisecond
	// patience is how long a job may take.
	patience = 3 * time.Minute
	// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
	ticksPerSecond = 100
)

func cores() int { return runtime.NumCPU() }

// process is a running client.
type process struct {
	start
	cmd   *exec.Cmd
	dir   string
	files int
	began time.Time
	ended chan struct{} // closed when it is gone
	anon  int64         // highest anonymous memory seen, in bytes
}

func (s start) run(ctx context.Context, j *job) (*process, error) {
	cmd := exec.CommandContext(ctx, s.argv[0], s.argv[1:]...)
	cmd.Dir = j.scratch
	cmd.Env = append(os.Environ(), "HOME="+j.scratch)
	log, err := os.Create(filepath.Join(j.scratch, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{start: s, cmd: cmd, dir: j.dir, files: len(j.torrents), began: time.Now(), ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // its state is in cmd
	}()
	return p, nil
}

func (p *process) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// wait waits until the job is done and returns how long that took.
func (p *process) wait(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var sampled time.Time
	for {
		if p.gone() {
			if p.done != "" || p.count || !p.cmd.ProcessState.Success() {
				return 0, fmt.Errorf("%s ended early: %s", p.argv[0], p.cmd.ProcessState)
			}
			return time.Since(p.began), nil
		}
		if p.finished() {
			return time.Since(p.began), nil
		}
		if time.Since(sampled) > sampling {
			sampled = time.Now()
			p.sample()
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s: %w", p.argv[0], ctx.Err())
		case <-ticker.C:
		case <-p.ended:
		}
	}
}

// finished says whether a process that goes on has done its job.
func (p *process) finished() bool {
	if p.done != "" {
		_, err := os.Stat(p.done)
		return err == nil
	}
	if !p.count {
		return false
	}
	names, err := filepath.Glob(filepath.Join(p.dir, "*.bin"))
	return err == nil && len(names) == p.files
}

// sample notes the memory of now.
func (p *process) sample() {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return // it is gone
	}
	for line := range bytes.Lines(status) {
		if f := strings.Fields(string(line)); len(f) > 1 && f[0] == "RssAnon:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			p.anon = max(p.anon, kib<<10)
		}
	}
}

// cpu is the user and system time used so far.
func (p *process) cpu() time.Duration {
	if p.gone() {
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var ticks int64
	if f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])); len(f) > 12 {
		for _, text := range f[11:13] {
			n, _ := strconv.ParseInt(text, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// kill ends the process and waits for it.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(p.stop) // it may be gone
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// errNotReady is a seeder that does not serve.
var errNotReady = errors.New("does not serve")
