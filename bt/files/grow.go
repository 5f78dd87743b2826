package files

import "os"

// grow makes a file size bytes long if it is shorter.
func grow(f *os.File, size int64) error {
	st, err := f.Stat()
	if err != nil || st.Size() >= size {
		return err
	}
	return f.Truncate(size)
}
