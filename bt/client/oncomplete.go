package client

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Bounds on the commands that are run when torrents complete.
const (
	// maxCommands is how many run at a time; others wait.
	maxCommands = 4
	// maxCommandTime is how long one may run before it is killed.
	maxCommandTime = time.Hour
	// maxCommandOutput is how many of the last bytes of its output go into the log.
	maxCommandOutput = 4 << 10
)

// completion is what a command is told of.
type completion struct {
	id     ID
	name   string
	path   string // of the file or folder
	dir    string
	labels []string
	size   int64
}

// arguments puts what happened into a template, argument by argument; no shell ever sees it:
//
//	%N name   %F path of the file or folder   %D its folder   %I infohash   %L labels, with commas   %Z bytes   %% %
func (d *completion) arguments(template []string) []string {
	put := strings.NewReplacer("%%", "%", "%N", d.name, "%F", d.path, "%D", d.dir, "%I", d.id.String(),
		"%L", strings.Join(d.labels, ","), "%Z", strconv.FormatInt(d.size, 10))
	argv := make([]string, len(template))
	for i, arg := range template {
		argv[i] = arg
		if i > 0 { // the program is the user's choice, not the torrent's
			argv[i] = put.Replace(arg)
		}
	}
	return argv
}

func (d *completion) environment() []string {
	return []string{
		"TTX_NAME=" + d.name, "TTX_PATH=" + d.path, "TTX_DIR_PATH=" + d.dir, "TTX_INFOHASH=" + d.id.String(),
		"TTX_LABELS=" + strings.Join(d.labels, ","), "TTX_SIZE=" + strconv.FormatInt(d.size, 10),
	}
}

// report runs the on-complete command for a torrent, once in its life: that it was begun is saved before. A torrent
// that was whole when it was added is no news.
func (c *Client) report(e *entry) {
	c.mu.Lock()
	template := c.mu.settings.OnComplete
	first := !e.rec.Reported
	e.rec.Reported = true
	d := completion{
		id: e.id, name: e.name(), path: filepath.Join(e.rec.Dir, e.facts.name), dir: e.rec.Dir,
		labels: e.rec.Labels, size: e.facts.size,
	}
	received := e.rec.Downloaded > 0
	c.mu.Unlock()
	if !first {
		return
	}
	c.spawn(func() {
		if err := c.save(e); err != nil {
			c.failed("the on-complete command is not run, since it could run again", err)
			return
		}
		if len(template) > 0 && received {
			c.runCommand(d.arguments(template), &d)
		}
	})
}

// runCommand runs a command and logs how it went. It outlives the client.
func (c *Client) runCommand(argv []string, d *completion) {
	select {
	case c.commands <- struct{}{}:
	case <-c.ctx.Done():
		c.log.Warn("the on-complete command was not run, since the client is closing", "torrent", d.id.String())
		return
	}
	out, err := os.CreateTemp("", "ttx-command-*")
	if err != nil {
		<-c.commands
		c.failed("output of the on-complete command", err)
		return
	}
	_ = os.Remove(out.Name()) // it lives as long as somebody has it open
	// The time that it may take is its own, and not the client's.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), maxCommandTime)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // it is the user's own
	cmd.Env = append(os.Environ(), d.environment()...)
	cmd.Stdout, cmd.Stderr = out, out
	detach(cmd)
	finished := make(chan error, 1)
	if err = cmd.Start(); err != nil {
		finished <- err
	} else {
		go func() { finished <- cmd.Wait() }()
	}
	select {
	case err = <-finished:
		c.logCommand(argv, d, out, err)
	case <-c.ctx.Done():
		c.log.Info("the on-complete command goes on without us", "torrent", d.id.String())
		go func() {
			defer cancel()
			defer out.Close()
			c.failed("the on-complete command failed", <-finished)
		}()
		return
	}
	cancel()
	out.Close()
	<-c.commands
	if c.onCommand != nil {
		c.onCommand()
	}
}

func (c *Client) logCommand(argv []string, d *completion, out *os.File, err error) {
	text := tail(out)
	if err != nil {
		c.log.Warn("the on-complete command failed", "command", argv[0], "torrent", d.id.String(), "error", err, "output", text)
		return
	}
	c.log.Info("the on-complete command ran", "command", argv[0], "torrent", d.id.String(), "output", text)
}

// tail is the end of a file.
func tail(f *os.File) string {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err.Error()
	}
	b := make([]byte, min(size, maxCommandOutput))
	if _, err := f.ReadAt(b, size-int64(len(b))); err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}
