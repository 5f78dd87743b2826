package webtorrent

import "time"

// Bounds on what trackers and peers make us read, keep and wait for.
const (
	// MaxMessage is the longest message of a tracker in bytes. One holds an offer, of 2 KiB with a few candidates.
	MaxMessage = 32 << 10
	// MaxHeader is what a tracker may send before the WebSocket is there, in bytes: the certificates of TLS and the
	// header of its answer.
	MaxHeader = 64 << 10
	// MaxSessions is how many WebSockets there are, one for each torrent at each tracker.
	MaxSessions = 64
	// MaxMeetings is how many connections are being made, each of which holds memory of about 200 KiB and
	// ten goroutines: 64 of them 13 MB.
	MaxMeetings = 64
	// MaxCandidates is how many addresses of a peer are tried: a machine has few, and each is sent up to seven
	// packets for each of our own addresses.
	MaxCandidates = 16
	// OffersPerAnnounce is how many peers an announce can meet. MaxOffersTaken is how many offers of others are
	// answered between two announces.
	OffersPerAnnounce = 5
	MaxOffersTaken    = 50
	// maxBuffered is how much of a connection waits to be sent, in bytes.
	maxBuffered = 256 << 10
	// maxReceived is how much waits to be read, in bytes: the window of SCTP.
	maxReceived = 1 << 20
	// messageSize is the longest message sent on a data channel in bytes, what all browsers take; readSize the
	// longest taken, that of SCTP without an agreement.
	messageSize = 16 << 10
	readSize    = 64 << 10
)

const (
	// RequestTimeout bounds an announce, the WebSocket's making included.
	RequestTimeout = 30 * time.Second
	// MeetingTimeout bounds the making of a connection from the offer on.
	MeetingTimeout = 60 * time.Second
	// MaxInterval is the most between announces, which hold offers.
	MaxInterval = 30 * time.Minute
	// SessionIdle ends a WebSocket on which nothing was announced, as when another tracker is used instead.
	SessionIdle = time.Hour
	// writeTimeout bounds a message's sending.
	writeTimeout = 10 * time.Second
)
