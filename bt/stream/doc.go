// Package stream serves the files of torrents over HTTP on the loopback interface, so that a player can open them
// while they are downloaded.
//
// An address holds a token of 128 random bits: who does not know it, another user of the machine or a web page, gets
// the same 404 as for anything else. Requests under another name than the server's own are refused, so that
// a page whose name was rebound to the loopback address reads nothing (DNS rebinding), and what is served runs no
// scripts in a browser. Reads wait for what is not there yet, and have it fetched first.
//
// The package knows nothing of peers or pieces; a [Content] does.
package stream
