package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// OS is the operating system's file system.
type OS struct {
	// FollowLinks reads, and describes, what symbolic links point to.
	FollowLinks bool
}

const (
	filePerm   = 0o666 // before the umask, as users expect of what they download
	folderPerm = 0o777
)

// osFile is a file of the operating system.
type osFile struct{ *os.File }

// Allocate takes room.
func (f osFile) Allocate(size int64) error { return allocate(f.File, size) }

// Open opens a file with the folders above it confined to base. What stands at its name is looked at before, since
// opening a pipe would wait for its other end.
func (d OS) Open(base, name string, flag Flag) (File, error) {
	if d.FollowLinks && flag == Read {
		return follow(locate(base, name))
	}
	root, err := d.root(base, flag == Create)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	mode := os.O_RDWR
	if flag == Read {
		mode = os.O_RDONLY
	}
	switch _, err := lstat(root, name); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && flag == Create:
		mode |= os.O_CREATE | os.O_EXCL // somebody's link that came in between is not followed
		if err := mkdirs(root, path.Dir(name)); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	f, err := root.OpenFile(filepath.FromSlash(name), mode, filePerm)
	if errors.Is(err, fs.ErrExist) && mode&os.O_EXCL != 0 {
		if _, err := lstat(root, name); err != nil {
			return nil, err
		}
		f, err = root.OpenFile(filepath.FromSlash(name), os.O_RDWR, filePerm) // another of ours was quicker
	}
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// follow opens a file for reading, through links. What it is is asked of the open file, which a link that changes
// meanwhile does not.
func follow(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for its other end
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s %w", name, ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return osFile{f}, nil
}

// root opens base.
func (OS) root(base string, create bool) (*os.Root, error) {
	root, err := os.OpenRoot(base)
	if err == nil || !create || !errors.Is(err, fs.ErrNotExist) {
		return root, err
	}
	if err := os.MkdirAll(base, folderPerm); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(base)); err != nil {
		return nil, err
	}
	return os.OpenRoot(base)
}

func mkdirs(root *os.Root, name string) error {
	if name == "." {
		return nil
	}
	return root.MkdirAll(filepath.FromSlash(name), folderPerm)
}

// lstat describes a regular file. A link on the way to it is refused too: the root would follow it within itself.
func lstat(root *os.Root, name string) (fs.FileInfo, error) {
	for i := 0; i < len(name); i++ {
		if name[i] != '/' {
			continue
		}
		st, err := root.Lstat(filepath.FromSlash(name[:i]))
		if err != nil {
			return nil, err
		}
		if !st.IsDir() {
			return nil, fmt.Errorf("%s %w", filepath.Join(root.Name(), name[:i]), ErrNotRegular)
		}
	}
	st, err := root.Lstat(filepath.FromSlash(name))
	if err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s %w", filepath.Join(root.Name(), name), ErrNotRegular)
	}
	return st, err
}

// Stat describes a file.
func (d OS) Stat(base, name string) (Stat, error) {
	st, err := d.describe(base, name)
	if err != nil {
		return Stat{}, err
	}
	node, allocated := details(st)
	return Stat{Size: st.Size(), Allocated: allocated, ModTime: st.ModTime(), Inode: node}, nil
}

func (d OS) describe(base, name string) (fs.FileInfo, error) {
	if d.FollowLinks {
		st, err := os.Stat(locate(base, name))
		if err == nil && !st.Mode().IsRegular() {
			return nil, fmt.Errorf("%s %w", locate(base, name), ErrNotRegular)
		}
		return st, err
	}
	root, err := d.root(base, false)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return lstat(root, name)
}

// Rename moves a file. Both folders are opened from their bases, so that no link on the way is followed out of
// them.
func (d OS) Rename(base, name, newBase, newName string) error {
	from, err := d.root(base, false)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := lstat(from, name); err != nil {
		return err
	}
	to, err := d.root(newBase, true)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := mkdirs(to, path.Dir(newName)); err != nil {
		return err
	}
	if _, err := lstat(to, newName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = os.Rename(locate(base, name), locate(newBase, newName))
	if errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("%w: %w", ErrOtherDisk, err)
	}
	return err
}

func locate(base, name string) string { return filepath.Join(base, filepath.FromSlash(name)) }

// Link makes a symbolic link.
func (d OS) Link(base, name, target string) error {
	root, err := d.root(base, true)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := mkdirs(root, path.Dir(name)); err != nil {
		return err
	}
	err = root.Symlink(filepath.FromSlash(target), filepath.FromSlash(name))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Remove removes a file or an empty folder.
func (d OS) Remove(base, name string) error {
	root, err := d.root(base, false)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Remove(filepath.FromSlash(name))
}

// SyncDir makes a folder durable.
func (d OS) SyncDir(base, name string) error {
	root, err := d.root(base, false)
	if err != nil {
		return err
	}
	defer root.Close()
	dir, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncFolder(dir)
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncFolder(dir)
}

// Free is the room on the disk that base is on, or would be.
func (OS) Free(base string) (int64, error) {
	base, err := filepath.Abs(base)
	if err != nil {
		return 0, err
	}
	for {
		n, err := free(base)
		if !errors.Is(err, fs.ErrNotExist) || base == filepath.Dir(base) {
			return n, err
		}
		base = filepath.Dir(base)
	}
}
