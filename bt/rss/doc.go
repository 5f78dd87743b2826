// Package rss reads feeds of torrents and says which of their items are wanted. It is pure: no network, no file, no
// clock; getting feeds is bt/fetchurl's part, doing so again and again bt/client's.
//
// # What is read
//
// [Parse] reads RSS 2.0 (and its predecessors 0.9x), RSS 1.0 (RDF) and Atom 1.0, in any charset that browsers know.
// Of each item, as BEP 36 describes what sites do:
//
//	title, category, pubDate | dc:date | published | updated
//	guid | id                                  who it is
//	enclosure, media:content, link rel=enclosure    of type application/x-bittorrent, or a magnet link, or a name
//	                                           that ends in .torrent: the torrent link
//	link, guid                                 the same, when nothing above is one
//	infoHash, magnetURI, contentLength, seeds, peers    of the namespace http://xmlns.ezrss.it/0.1/, in an element
//	                                           torrent or not; media:hash algo=sha1
//	attr name=infohash|magneturl|size|seeders|peers    as indexers give them (torznab)
//	size                                       in bytes, or as "1.4 GiB"
//
// Names are compared without regard to case, and namespaces only where a name could mean something else
// (media:title): half of the feeds declare them wrongly or not at all. The length of an enclosure is by RSS that of the .torrent file;
// it is taken for the content's only when nothing else says the size and no .torrent file is that long.
//
// Mistakes that sites make are put up with: bare ampersands, unclosed elements, characters that XML forbids.
// What is refused: documents of other kinds, entities declared in a document, and what exceeds a bound of limits.go.
//
// # What is wanted
//
// A [Rule] is the user's; [Compile] makes a [Filter] of it, [Filter.Wants] judges items. A [History] remembers what was
// taken: an item once, and under a rule with Episodes an episode once, whoever offers it.
package rss
