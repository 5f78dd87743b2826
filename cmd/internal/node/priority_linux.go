package node

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// niceness of the threads that verify, on the scale of setpriority(2).
const niceness = 10

// giveWay makes the calling goroutine's thread one that others go before: while a
// node verifies on every core, whoever asks it something would wait for a time
// slice else. It is nice to the rest of the machine too.
func giveWay() {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), niceness)
}
