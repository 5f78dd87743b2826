package api

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// longFolder is too long for a socket in it.
func longFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shortTemp is a folder with a short path, for sockets.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ttx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestSocketIsForItsUserAlone(t *testing.T) {
	dir := shortTemp(t)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := mode(t, l.Path()); got != os.ModeSocket|0o600 {
		t.Errorf("mode %v", got)
	}
	if l.Path() != filepath.Join(dir, socketName) {
		t.Errorf("socket at %s", l.Path())
	}
}

func TestLongFolderUsesTheRuntimeFolder(t *testing.T) {
	run := shortTemp(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	dir := longFolder(t)
	c, _ := serve(t, &fake{}, dir)
	path := find(dir)
	if filepath.Dir(filepath.Dir(path)) != run || len(path) > maxSocketPath {
		t.Errorf("socket at %s, want it below %s", path, run)
	}
	if got := mode(t, filepath.Dir(path)); got != os.ModeDir|0o700 {
		t.Errorf("mode of its folder %v", got)
	}
	// A client may have another environment.
	t.Setenv("XDG_RUNTIME_DIR", "")
	if _, err := c.Status(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := Dial(context.Background(), dir); err != nil {
		t.Error(err)
	}
}

func TestLongFolderWithoutRuntimeFolder(t *testing.T) {
	tmp, dir := shortTemp(t), longFolder(t)
	t.Setenv("XDG_RUNTIME_DIR", strings.Repeat("/long", 30))
	t.Setenv("TMPDIR", tmp)
	serve(t, &fake{}, dir)
	if path := find(dir); filepath.Dir(filepath.Dir(path)) != tmp {
		t.Errorf("socket at %s, want it below %s", path, tmp)
	}
}

func TestTwoLongFoldersDoNotMeet(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", shortTemp(t))
	a, b := longFolder(t), longFolder(t)
	serve(t, &fake{}, a)
	serve(t, &fake{}, b)
	if find(a) == find(b) {
		t.Errorf("both at %s", find(a))
	}
}

func TestAForeignRuntimeFolderIsRefused(t *testing.T) {
	run := shortTemp(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	dir := longFolder(t)
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(dir); !errors.Is(err, ErrSocket) {
		t.Errorf("a folder open to others: %v", err)
	}
	if err := os.Remove(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(dir); !errors.Is(err, ErrSocket) {
		t.Errorf("a link planted at its name: %v", err)
	}
}

func TestNoPlaceIsShortEnough(t *testing.T) {
	long, dir := strings.Repeat("/long", 30), longFolder(t)
	t.Setenv("XDG_RUNTIME_DIR", long)
	t.Setenv("TMPDIR", long)
	if _, err := Listen(dir); !errors.Is(err, ErrSocket) {
		t.Errorf("got %v", err)
	}
}

func TestADeadNodesSocketIsReplaced(t *testing.T) {
	dir := shortTemp(t)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false) // as after kill -9
	dead.Close()
	if _, err := Dial(context.Background(), dir); !errors.Is(err, NoNode) {
		t.Errorf("a dead node's socket: %v", err)
	}
	serve(t, &fake{}, dir)
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", shortTemp(t))
	for _, dir := range []string{shortTemp(t), longFolder(t)} {
		l, err := Listen(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 0 {
			t.Errorf("left in %s: %v %v", dir, entries, err)
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	dir := shortTemp(t)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	for range maxConns {
		dialled, err := net.Dial("unix", l.Path())
		if err != nil {
			t.Fatal(err)
		}
		defer dialled.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	accepted := make(chan error, 1)
	accept := func() {
		conn, err := l.Accept()
		if err == nil {
			conn.Close()
		}
		accepted <- err
	}
	// With all slots taken, Close must end an Accept that waits for one.
	go accept()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept after close: %v", err)
	}
	for _, c := range conns {
		c.Close()
		c.Close() // gives the slot back only once
	}
}
