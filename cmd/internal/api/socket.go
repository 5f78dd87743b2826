package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// socketName is the socket in a data folder.
	socketName = "api.sock"
	// pointerName is the file in a data folder that says where the socket is
	// when it could not be there.
	pointerName = "api.path"
	// maxSocketPath is what sun_path holds beside its final zero on the
	// strictest system (104 bytes on macOS and the BSDs, 108 on Linux).
	maxSocketPath = 103
	// maxPointer bounds the pointer file.
	maxPointer = 4096
)

// ErrSocket is returned when no place for the socket can be found or trusted.
var ErrSocket = errors.New("no place for the api socket")

// Listener is the socket of one data folder.
type Listener struct {
	net.Listener
	path    string
	pointer string
}

// Listen makes the socket of the data folder dir, replacing what a node that
// died left. The caller holds the folder's lock, so no other node can be there.
//
// Only processes of this user get through: the socket has mode 0600 and, on
// Linux, each peer's user is asked of the kernel.
func Listen(dir string) (*Listener, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	l := &Listener{path: path}
	if filepath.Dir(path) != filepath.Clean(dir) {
		l.pointer = filepath.Join(dir, pointerName)
	}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open api socket %s: %w", path, err)
	}
	return l, nil
}

func (l *Listener) open() error {
	if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	inner, err := new(net.ListenConfig).Listen(context.Background(), "unix", l.path)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(l.path, 0o600), l.point()); err != nil {
		return errors.Join(err, inner.Close())
	}
	l.Listener = newGuard(inner)
	return nil
}

// point writes where the socket is, if clients could not guess.
func (l *Listener) point() error {
	if l.pointer == "" {
		return nil
	}
	return os.WriteFile(l.pointer, []byte(l.path+"\n"), 0o600)
}

// Path returns where the socket is.
func (l *Listener) Path() string { return l.path }

// Close stops listening and takes the socket and its pointer away.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	if l.pointer != "" {
		if rm := os.Remove(l.pointer); !errors.Is(rm, fs.ErrNotExist) {
			err = errors.Join(err, rm)
		}
	}
	return err
}

// socketPath picks the first place whose path is short enough: the data folder,
// the user's runtime folder, a private folder among the temporary files.
func socketPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSocket, err)
	}
	if p := filepath.Join(dir, socketName); len(p) <= maxSocketPath {
		return p, nil
	}
	sum := sha256.Sum256([]byte(abs))
	name := "ttx-" + hex.EncodeToString(sum[:8])
	for _, base := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()} {
		p := filepath.Join(base, name, socketName)
		if filepath.IsAbs(p) && len(p) <= maxSocketPath {
			return p, privateFolder(filepath.Dir(p))
		}
	}
	return "", fmt.Errorf("%w: %s and the runtime folder have paths beyond %d bytes", ErrSocket, dir, maxSocketPath)
}

// privateFolder makes sure that dir is a folder of this user alone. Anybody may
// have put something under a guessable name among the temporary files.
func privateFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", ErrSocket, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSocket, err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ok || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%w: %s is not a private folder of this user; remove it", ErrSocket, dir)
	}
	return nil
}

// find returns where the socket of dir should be.
func find(dir string) string {
	f, err := os.Open(filepath.Join(dir, pointerName))
	if err != nil {
		return filepath.Join(dir, socketName)
	}
	defer f.Close()
	buf := make([]byte, maxPointer)
	n, _ := f.Read(buf)
	return strings.TrimSpace(string(buf[:n]))
}
