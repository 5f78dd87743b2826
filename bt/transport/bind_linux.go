package transport

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// canBindInterface: the kernel keeps a socket to an interface, whatever the routes say.
const canBindInterface = true

func bindInterface(c syscall.RawConn, name string) error {
	var err error
	if ctlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name)
	}); ctlErr != nil {
		return ctlErr
	}
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("binding to interface %s: %w; give its address instead", name, err)
	}
	if err != nil {
		return fmt.Errorf("binding to interface %s: %w", name, err)
	}
	return nil
}
