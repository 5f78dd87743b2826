package files_test

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/torrenttx/ttx/bt/files"
)

// simDisk is a disk in memory that forgets what was not synced when its power is cut: any of the writes, and any of
// the changes of names. A change of names is one step, as journals have it, and durable when the folder of the new
// name is synced. Every base beginning with /other is on another disk.
type simDisk struct {
	mu      sync.Mutex
	clock   int64
	nodes   uint64
	now     map[string]*simNode // files by their full path
	dirs    map[string]bool     // folders by their full path
	durable map[string]*simNode
	firm    map[string]bool // durable folders
	pending []simName
	failing bool // a full disk
}

type simNode struct {
	inode   uint64
	mtime   int64
	data    []byte
	durable []byte
	pending []simWrite
}

// simWrite puts data at off, or sets the length when data is nil.
type simWrite struct {
	off  int64
	data []byte
}

// simName is one change of names: gone goes, name comes. A node of nil makes a folder, or removes gone.
type simName struct {
	gone, name string
	node       *simNode
}

func newSimDisk() *simDisk {
	return &simDisk{
		now: map[string]*simNode{}, dirs: map[string]bool{"/": true, ".": true},
		durable: map[string]*simNode{}, firm: map[string]bool{"/": true, ".": true},
	}
}

func apply(w simWrite, b []byte) []byte {
	end := int(w.off) + len(w.data)
	if w.data == nil {
		b = b[:min(len(b), end)]
	}
	for len(b) < end {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[w.off:], w.data)
	return b
}

// cut loses what pick says of everything that was not synced.
func (d *simDisk) cut(pick func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.harden(func(simName) bool { return pick() })
	d.pending = nil
	d.now, d.dirs = map[string]*simNode{}, map[string]bool{}
	for dir := range d.firm {
		if d.reachable(dir) {
			d.dirs[dir] = true
		}
	}
	d.firm = maps.Clone(d.dirs)
	for _, name := range slices.Sorted(maps.Keys(d.durable)) {
		n := d.durable[name]
		if !d.reachable(path.Dir(name)) {
			delete(d.durable, name) // nothing of a lost folder comes back
			continue
		}
		for _, w := range n.pending {
			if pick() {
				n.durable = apply(w, n.durable)
			}
		}
		n.pending = nil
		n.data = slices.Clone(n.durable)
		d.now[name] = n
	}
}

func (d *simDisk) reachable(dir string) bool {
	for ; dir != "/" && dir != "."; dir = path.Dir(dir) {
		if !d.firm[dir] {
			return false
		}
	}
	return true
}

func (d *simDisk) commit(n simName) {
	if n.gone != "" {
		delete(d.durable, n.gone)
		delete(d.firm, n.gone)
	}
	switch {
	case n.name != "" && n.node != nil:
		d.durable[n.name] = n.node
	case n.name != "":
		d.firm[n.name] = true
	}
}

func (d *simDisk) change(n simName) {
	if n.gone != "" {
		delete(d.now, n.gone)
		delete(d.dirs, n.gone)
	}
	switch {
	case n.name != "" && n.node != nil:
		d.now[n.name] = n.node
	case n.name != "":
		d.dirs[n.name] = true
	}
	d.pending = append(d.pending, n)
}

func (d *simDisk) mkdirs(dir string) {
	if d.dirs[dir] {
		return
	}
	d.mkdirs(path.Dir(dir))
	d.change(simName{name: dir})
}

func (d *simDisk) Open(base, name string, flag files.Flag) (files.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	full := path.Join(base, name)
	n := d.now[full]
	if n == nil {
		if flag != files.Create {
			return nil, &fs.PathError{Op: "open", Path: full, Err: fs.ErrNotExist}
		}
		if !d.dirs[base] { // the real one syncs the folder above a base that it makes
			d.mkdirs(base)
			for dir := base; dir != "/"; dir = path.Dir(dir) {
				d.firm[dir] = true
			}
		}
		d.mkdirs(path.Dir(full))
		d.nodes++
		n = &simNode{inode: d.nodes, mtime: d.tick()}
		d.change(simName{name: full, node: n})
	}
	return &simFile{d, n}, nil
}

func (d *simDisk) tick() int64 { d.clock++; return d.clock }

func (d *simDisk) Stat(base, name string) (files.Stat, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.now[path.Join(base, name)]
	if n == nil {
		return files.Stat{}, fs.ErrNotExist
	}
	return files.Stat{
		Size: int64(len(n.data)), Allocated: int64(len(n.data)), ModTime: time.Unix(0, n.mtime), Inode: n.inode,
	}, nil
}

func (d *simDisk) Rename(base, name, newBase, newName string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, to := path.Join(base, name), path.Join(newBase, newName)
	n := d.now[from]
	if n == nil {
		return fs.ErrNotExist
	}
	if strings.HasPrefix(from, "/other") != strings.HasPrefix(to, "/other") {
		return files.ErrOtherDisk
	}
	if !d.dirs[newBase] {
		d.mkdirs(newBase)
		for dir := newBase; dir != "/"; dir = path.Dir(dir) {
			d.firm[dir] = true
		}
	}
	d.mkdirs(path.Dir(to))
	d.change(simName{gone: from, name: to, node: n})
	return nil
}

func (d *simDisk) Link(string, string, string) error { return nil }

func (d *simDisk) Remove(base, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	full := path.Join(base, name)
	if d.now[full] == nil {
		if !d.dirs[full] {
			return fs.ErrNotExist
		}
		for other := range d.now {
			if strings.HasPrefix(other, full+"/") {
				return syscall.ENOTEMPTY
			}
		}
		for other := range d.dirs {
			if strings.HasPrefix(other, full+"/") {
				return syscall.ENOTEMPTY
			}
		}
	}
	d.change(simName{gone: full})
	return nil
}

func (d *simDisk) SyncDir(base, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := path.Join(base, name)
	if !d.dirs[dir] {
		return fs.ErrNotExist
	}
	d.harden(func(n simName) bool {
		where := n.name
		if where == "" {
			where = n.gone
		}
		return path.Dir(where) == dir
	})
	return nil
}

// harden makes those changes of names durable that pick says, with the earlier ones of the same names.
func (d *simDisk) harden(pick func(simName) bool) {
	done := make([]bool, len(d.pending))
	names := make(map[string]bool)
	for i := len(d.pending) - 1; i >= 0; i-- {
		n := d.pending[i]
		if done[i] = pick(n) || names[n.gone] || names[n.name]; done[i] {
			names[n.gone], names[n.name] = true, true
			delete(names, "")
		}
	}
	var left []simName
	for i, n := range d.pending {
		if done[i] {
			d.commit(n)
		} else {
			left = append(left, n)
		}
	}
	d.pending = left
}

func (d *simDisk) Free(string) (int64, error) { return 1 << 40, nil }

// all are the files, for messages.
func (d *simDisk) String() string {
	var b strings.Builder
	for name, n := range d.now {
		fmt.Fprintf(&b, "%s (%d bytes) ", name, len(n.data))
	}
	return b.String()
}

type simFile struct {
	d *simDisk
	n *simNode
}

func (f *simFile) Close() error { return nil }

func (f *simFile) ReadAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *simFile) write(w simWrite) {
	f.n.data = apply(w, f.n.data)
	f.n.pending = append(f.n.pending, w)
	f.n.mtime = f.d.tick()
}

func (f *simFile) WriteAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.failing {
		return 0, syscall.ENOSPC
	}
	f.write(simWrite{off, slices.Clone(b)})
	return len(b), nil
}

func (f *simFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.write(simWrite{off: size})
	return nil
}

func (f *simFile) Allocate(size int64) error {
	if int64(len(f.n.data)) < size {
		return f.Truncate(size)
	}
	return nil
}

func (f *simFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	for _, w := range f.n.pending {
		f.n.durable = apply(w, f.n.durable)
	}
	f.n.pending = nil
	return nil
}
