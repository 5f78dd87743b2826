// Package lsd is local service discovery (BEP 14): peers on the same network find each other by multicast.
//
// A [Service] tells all interfaces which torrents there are here, at most one message a minute and each torrent at
// most every five, and says who else has one of them. Its own messages are known by their cookie. What comes in
// is bounded in length, in infohashes and in rate; what is not understood is ignored.
package lsd
