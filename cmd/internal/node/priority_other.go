//go:build !linux

package node

// giveWay does nothing where a thread has no priority of its own.
func giveWay() {}
