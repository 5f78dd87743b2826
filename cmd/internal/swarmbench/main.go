//go:build linux

// Command swarmbench runs ttx beside other BitTorrent clients on loopback and prints how long each takes, how much CPU
// and how much anonymous memory: make bench-swarm. The other clients are Debian's packages; each must be there. It
// runs itself in a network namespace, so that nothing leaves the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	// host is an address of the namespace; Transmission refuses peers on 127.0.0.1.
	host         = "10.99.0.1"
	namespaceEnv = "TTX_SWARMBENCH_NAMESPACE"
	install      = "sudo apt-get install aria2 iproute2 mktorrent python3-libtorrent rtorrent transmission-cli transmission-daemon"
)

type options struct {
	ttx, dir string
	tests    []string
	clients  []string
	runs     int
	size     int64 // bytes of the large torrent
	many     int   // tiny and idle torrents
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "swarmbench:", err)
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.StringVar(&o.ttx, "ttx", "bin/ttx", "the ttx binary")
	flag.StringVar(&o.dir, "dir", "/dev/shm", "a folder with room for 2.1 times -size, in memory if the disk is not to be measured")
	tests := flag.String("tests", strings.Join(testNames, ","), "what to run")
	clients := flag.String("clients", strings.Join(clientNames(), ","), "which clients")
	flag.IntVar(&o.runs, "runs", 3, "runs of each; the table has the medians")
	mib := flag.Int64("size", 1024, "MiB of the large torrent")
	flag.IntVar(&o.many, "many", 1000, "how many torrents in the tests tiny and idle")
	flag.Parse()
	o.tests, o.clients, o.size = strings.Split(*tests, ","), strings.Split(*clients, ","), *mib<<20
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := o.check(ctx); err != nil {
		return err
	}
	if os.Getenv(namespaceEnv) == "" {
		return inNamespace(ctx)
	}
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"address", "add", host + "/32", "dev", "lo"}} {
		if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	return bench(ctx, o)
}

// check finds what is missing before anything runs.
func (o *options) check(ctx context.Context) error {
	var err error
	if o.ttx, err = filepath.Abs(o.ttx); err != nil {
		return err
	}
	for _, t := range o.tests {
		if !slices.Contains(testNames, t) {
			return fmt.Errorf("there is no test %q; there are %s", t, strings.Join(testNames, ", "))
		}
	}
	missing := []error{}
	for _, name := range o.clients {
		c, ok := clients[name]
		if !ok {
			return fmt.Errorf("there is no client %q; there are %s", name, strings.Join(clientNames(), ", "))
		}
		for _, program := range c.needs(o) {
			if _, err := exec.LookPath(program); err != nil {
				missing = append(missing, err)
			}
		}
	}
	if err := exec.CommandContext(ctx, python, "-c", "import libtorrent").Run(); err != nil {
		missing = append(missing, errors.New("libtorrent's Python binding is not installed")) // the other side of all
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w\n%s, and build ttx: make build", errors.Join(missing...), install)
	}
	return nil
}

// inNamespace runs this program again where there is only a loopback, as root there if it is not root here.
func inNamespace(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), namespaceEnv+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it tidies up
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if id := os.Getuid(); id != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: id, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("in a network namespace: %w", err)
	}
	return nil
}
