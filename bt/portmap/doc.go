// Package portmap asks the router to let peers in: by NAT-PMP (RFC 6886), and where that is not answered by
// UPnP (an Internet Gateway Device, version 1). The mapping is for two hours at most, renewed, and taken back at the
// end. What a router, or who passes for one, answers is bounded.
package portmap
