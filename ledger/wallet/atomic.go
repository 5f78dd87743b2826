package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// fileMode and dirMode keep a wallet to its owner. Addresses are no secret,
// but whose they are is.
const (
	fileMode = 0o600
	dirMode  = 0o700
)

// replaceFile writes a file atomically and durably: after a crash the name
// stands for all of the old content or all of the new.
func replaceFile(name string, content []byte) (err error) {
	temp, err := writeTemp(name, content)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// createFile is replaceFile for a name that must not exist yet: ErrExists if it
// does, also when two processes try at once. The name is taken first, so that a
// crash at that very moment leaves an empty file.
func createFile(name string, content []byte) error {
	taken, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, name)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(taken.Close(), replaceFile(name, content)); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// writeTemp writes and syncs a new file next to name, with mode 0600.
func writeTemp(name string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
