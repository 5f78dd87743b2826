// Package api is the local programming interface of a running node: JSON over
// HTTP on a unix socket in the node's data folder.
//
// It serves one user on one machine: the one who started the node. The socket
// has mode 0600 and, where the system can tell (Linux), a peer of another user
// is hung up on before a byte is read. There is no token, no origin and no TCP.
//
// The package holds both ends. A Server answers from a Backend, which the node
// implements; a Client is itself a Backend, so whoever wants to read a ledger
// need not know whether a node runs or a folder was opened. Nothing secret
// crosses the socket: keys stay with the process that signs.
//
// docs/spec/api.md lists routes, shapes and codes.
package api
