//go:build linux

package main

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// python is the one that has Debian's modules.
const python = "/usr/bin/python3"

//go:embed driver.py
var driver []byte

// job is one thing for a client to do.
type job struct {
	ttx      string
	scratch  string   // a folder of its own, which is its home
	torrents []string // names of .torrent files
	tracked  []string // the same with a tracker that names the peer
	dir      string   // where the data is, or is to be
	port     int      // to listen on
	peer     string   // host:port of the seeder
	source   string   // to make a torrent of
	piece    int64
	out      string
}

// start is how a client does a job.
type start struct {
	argv []string
	// done is a file that appears when the job is done; empty when the process then ends. Some clients go on instead, and
	// name no event for many torrents: then files in dir are counted.
	done  string
	count bool
	stop  syscall.Signal
}

// client is a program. What it cannot do is nil.
type client struct {
	needs                     func(o *options) []string
	leech, seed, check, makes func(j *job) (start, error)
	one                       bool // it says of one torrent only when it is done
}

var clients = map[string]client{
	"ttx": {
		needs: func(o *options) []string { return []string{o.ttx} },
		leech: func(j *job) (start, error) {
			return end(append([]string{j.ttx, "get", "--no-dht", "--out", j.dir, "--listen", j.listen(), "--peer", j.peer}, j.torrents...)), nil
		},
		seed: func(j *job) (start, error) {
			return end(append([]string{j.ttx, "seed", "--no-dht", "--out", j.dir, "--listen", j.listen()}, j.torrents...)), nil
		},
		check: func(j *job) (start, error) {
			return end(append([]string{j.ttx, "torrent", "check", "--out", j.dir}, j.torrents...)), nil
		},
		makes: func(j *job) (start, error) {
			return end([]string{j.ttx, "create", "--piece-size", strconv.FormatInt(j.piece, 10), "--out", j.out, j.source}), nil
		},
	},
	"libtorrent": {
		needs: func(*options) []string { return []string{python} },
		leech: func(j *job) (start, error) { return j.libtorrent("leech", j.peer) },
		seed:  func(j *job) (start, error) { return j.libtorrent("seed", "-") },
		check: func(j *job) (start, error) { return j.libtorrent("check", "-") },
		makes: func(j *job) (start, error) {
			script := filepath.Join(j.scratch, "driver.py")
			return end([]string{python, script, "create", strconv.FormatInt(j.piece, 10), j.out, j.source}), os.WriteFile(script, driver, 0o600)
		},
	},
	"rtorrent": {
		one:   true,
		needs: func(*options) []string { return []string{"rtorrent"} },
		leech: rtorrent,
	},
	"aria2": {
		needs: func(*options) []string { return []string{"aria2c"} },
		leech: func(j *job) (start, error) {
			return j.aria2(j.tracked, "--seed-time=0", "-j", strconv.Itoa(len(j.tracked)), "-Z")
		},
		seed: func(j *job) (start, error) {
			return j.aria2(j.torrents, "-V", "--seed-ratio=0.0", "-j", strconv.Itoa(len(j.torrents)))
		},
		check: func(j *job) (start, error) { return j.aria2(j.torrents, "-V", "--hash-check-only=true") },
	},
	"transmission": {
		needs: func(*options) []string { return []string{"transmission-daemon", "transmission-create"} },
		leech: func(j *job) (start, error) { return j.transmission(j.tracked) },
		seed:  func(j *job) (start, error) { return j.transmission(j.torrents) },
		makes: func(j *job) (start, error) {
			return end([]string{"transmission-create", "-o", j.out, "-s", strconv.FormatInt(j.piece>>10, 10), j.source}), nil
		},
	},
	"mktorrent": {
		needs: func(*options) []string { return []string{"mktorrent"} },
		makes: func(j *job) (start, error) {
			power := len(strconv.FormatInt(j.piece, 2)) - 1
			return end([]string{"mktorrent", "-t", strconv.Itoa(cores()), "-l", strconv.Itoa(power), "-o", j.out, j.source}), nil
		},
	},
}

func clientNames() []string { return slices.Sorted(maps.Keys(clients)) }

func (j *job) listen() string { return fmt.Sprintf("%s:%d", host, j.port) }

// end is a job that is done when the process ends.
func end(argv []string) start { return start{argv: argv, stop: syscall.SIGTERM} }

func (j *job) libtorrent(mode, peer string) (start, error) {
	script, list := filepath.Join(j.scratch, "driver.py"), filepath.Join(j.scratch, "list")
	if err := os.WriteFile(script, driver, 0o600); err != nil {
		return start{}, err
	}
	err := os.WriteFile(list, []byte(strings.Join(j.torrents, "\n")), 0o600)
	return end([]string{python, script, mode, j.dir, host, strconv.Itoa(j.port), peer, list}), err
}

func (j *job) aria2(torrents []string, more ...string) (start, error) {
	argv := slices.Concat([]string{
		"aria2c", "--no-conf", "-q", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
		"--enable-peer-exchange=false", "--file-allocation=none", "--summary-interval=0", "--disable-ipv6=true",
		"--allow-overwrite=true", "-d", j.dir, "--listen-port=" + strconv.Itoa(j.port),
	}, more, torrents)
	return start{argv: argv, stop: syscall.SIGKILL}, nil
}

func rtorrent(j *job) (start, error) {
	done, session := filepath.Join(j.scratch, "done"), filepath.Join(j.scratch, "session")
	lines := []string{
		"system.daemon.set = true", "directory.default.set = " + j.dir, "session.path.set = " + session,
		fmt.Sprintf("network.port_range.set = %d-%d", j.port, j.port), "network.port_random.set = no",
		"network.bind_address.set = " + host, "dht.mode.set = disable", "protocol.pex.set = no", "trackers.use_udp.set = no",
		"pieces.hash.on_completion.set = no",
		`method.set_key = event.download.finished, bench, "execute.nothrow = touch, ` + done + `"`,
	}
	for _, t := range j.tracked {
		lines = append(lines, "load.start = "+t)
	}
	config := filepath.Join(j.scratch, "rc")
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return start{}, err
	}
	return start{argv: []string{"rtorrent", "-n", "-o", "import=" + config}, done: done, stop: syscall.SIGKILL}, os.Mkdir(session, 0o700)
}

func (j *job) transmission(torrents []string) (start, error) {
	watch, done, hook := filepath.Join(j.scratch, "watch"), filepath.Join(j.scratch, "done"), filepath.Join(j.scratch, "hook")
	if err := os.Mkdir(watch, 0o700); err != nil {
		return start{}, err
	}
	for i, t := range torrents {
		if err := os.Symlink(t, filepath.Join(watch, fmt.Sprintf("%05d.torrent", i))); err != nil {
			return start{}, err
		}
	}
	//nolint:gosec // Transmission runs it
	if err := os.WriteFile(hook, []byte("#!/bin/sh\n: > "+done+"\n"), 0o700); err != nil {
		return start{}, err
	}
	settings := fmt.Sprintf(`{"download-dir": %q, "peer-port": %d, "rpc-enabled": false, "bind-address-ipv4": %q, "dht-enabled": false,
"lpd-enabled": false, "pex-enabled": false, "utp-enabled": false, "port-forwarding-enabled": false, "watch-dir-enabled": true,
"watch-dir": %q, "script-torrent-done-enabled": %t, "script-torrent-done-filename": %q, "download-queue-enabled": false,
"peer-limit-global": 5000, "start-added-torrents": true, "preallocation": 0}`, j.dir, j.port, host, watch, len(torrents) == 1, hook)
	err := os.WriteFile(filepath.Join(j.scratch, "settings.json"), []byte(settings), 0o600)
	s := start{argv: []string{"transmission-daemon", "-f", "-g", j.scratch}, stop: syscall.SIGKILL}
	if len(torrents) == 1 {
		s.done = done
	} else {
		s.count = true
	}
	return s, err
}
