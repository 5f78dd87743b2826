// Package webtorrent finds peers by WebSocket trackers and connects to them by WebRTC data channels, as browsers do:
// the protocol of WebTorrent, which no BEP describes.
//
// A [Client] announces torrents, one WebSocket each, with a few offers; trackers pass offers and answers between
// peers. A data channel that opens is delivered as a [net.Conn].
//
// # What strangers cannot do to us
//
// All of WebRTC goes over one UDP socket, which the caller opened and which neither sends to a blocked address nor
// hears it. No STUN or TURN server is asked and no name looked up, of mDNS neither. What trackers and peers send has
// bounds (limits.go), and what is sent waits for the peer.
//
// # What it does not know
//
// Limits of rate and number, which are the business of whom connections are delivered to, and how to get through a
// NAT, for which a STUN server would be needed: one side must be reachable.
package webtorrent
