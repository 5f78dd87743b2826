//go:build !linux

package api

import "net"

// sameUser leaves the question to the socket's mode.
func sameUser(net.Conn) bool { return true }
