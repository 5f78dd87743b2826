package adversary_test

import (
	"fmt"

	"github.com/torrenttx/ttx/bt/announce"
	"github.com/torrenttx/ttx/bt/blocklist"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/fetchurl"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/lsd"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
	"github.com/torrenttx/ttx/bt/rss"
	"github.com/torrenttx/ttx/bt/stream"
	"github.com/torrenttx/ttx/bt/transport"
)

// clientFolders are where the packages of the torrent client's constants lie.
func clientFolders() []string {
	return []string{"announce", "blocklist", "client", "fetchurl", "files", "lsd", "metainfo", "resume", "rss", "stream", "transport"}
}

func clientPart() part {
	return part{"The torrent client", []row{
		{"a .torrent, its info", size(metainfo.MaxFileSize) + ", " + size(metainfo.MaxInfoSize), "metainfo.MaxFileSize metainfo.MaxInfoSize", "refused", ""},
		{"a magnet link", size(metainfo.MaxMagnetSize), "metainfo.MaxMagnetSize", "refused", ""},
		{"pieces, names of a torrent", count(metainfo.MaxPieces) + ", " + count(metainfo.MaxNames), "metainfo.MaxPieces metainfo.MaxNames", "refused", ""},
		{"a piece", size(metainfo.MaxPieceLength), "metainfo.MaxPieceLength", "refused", ""},
		{"web seeds of a torrent", count(metainfo.MaxWebSeeds), "metainfo.MaxWebSeeds", "the rest is ignored", ""},
		{"connections above the limit, in handshakes", count(transport.ReservedConns), "transport.ReservedConns", "refused", "bt.TestConnectionLimit"},
		{"messages of ours that a peer does not read", size(transport.MaxInjected), "transport.MaxInjected", "closed", ""},
		{"DHT packets not yet handled", count(transport.MaxDHTQueue), "transport.MaxDHTQueue", "dropped", ""},
		{"a tracker's answer", fmt.Sprintf("%s, %s peers, in %v", size(announce.MaxAnswer), count(announce.MaxPeers), announce.RequestTimeout), "announce.MaxAnswer announce.MaxPeers announce.RequestTimeout", "failed; more peers are ignored", ""},
		{"redirects of a tracker", count(announce.MaxRedirects), "announce.MaxRedirects", "failed", ""},
		{"the interval that a tracker sets", fmt.Sprintf("%v to %v", announce.MinInterval, announce.MaxInterval), "announce.MinInterval announce.MaxInterval", "the nearer end", ""},
		{"what a tracker says in words, its id", fmt.Sprintf("%d and %d bytes", announce.MaxMessage, announce.MaxTrackerID), "announce.MaxMessage announce.MaxTrackerID", "cut", ""},
		{"trackers of a torrent, asked at once", fmt.Sprintf("%d; %d, %d of one host", announce.MaxTrackers, announce.MaxConcurrent, announce.MaxPerHost), "announce.MaxTrackers announce.MaxConcurrent announce.MaxPerHost", "ignored; the next waits", ""},
		{"an LSD message", fmt.Sprintf("%s, %d infohashes", size(lsd.MaxMessage), lsd.MaxInfohashes), "lsd.MaxMessage lsd.MaxInfohashes", "ignored", ""},
		{"a feed from the network", size(fetchurl.MaxFeed), "fetchurl.MaxFeed", "refused", ""},
		{"a request for a .torrent or feed", fmt.Sprintf("%d redirects, %v to the answer, %v in all", fetchurl.MaxRedirects, fetchurl.HeaderTime, fetchurl.TotalTime), "fetchurl.MaxRedirects fetchurl.HeaderTime fetchurl.TotalTime", "refused", ""},
		{"a feed", fmt.Sprintf("%s items, %d levels, text of %s", count(rss.MaxItems), rss.MaxDepth, size(rss.MaxText)), "rss.MaxItems rss.MaxDepth rss.MaxText", "the rest is ignored; refused; cut", ""},
		{"items of feeds that are remembered", count(rss.MaxHistory), "rss.MaxHistory", "the oldest is forgotten", ""},
		{"a block list", fmt.Sprintf("%s, %s ranges, lines of %s", size(blocklist.MaxSize), count(blocklist.MaxRanges), size(blocklist.MaxLine)), "blocklist.MaxSize blocklist.MaxRanges blocklist.MaxLine", "refused", ""},
		{"open files of all torrents", count(files.DefaultOpen), "files.DefaultOpen", "the longest unused is closed", "bt/files.TestManyFiles"},
		{"peers kept over a restart", count(resume.MaxPeers), "resume.MaxPeers", "left out", ""},
		{"torrents, watched folders, feeds", fmt.Sprintf("%s, %d, %d", count(client.MaxTorrents), client.MaxWatchDirs, client.MaxFeeds), "client.MaxTorrents client.MaxWatchDirs client.MaxFeeds", "refused", ""},
		{"connections and torrents of the streaming server", fmt.Sprintf("%d, %s", stream.MaxConns, count(stream.MaxShares)), "stream.MaxConns stream.MaxShares", "waits; refused", ""},
	}}
}
