// Package fetchurl gets one .torrent file or feed from a web server, within bounds on everything the server
// decides: time, bytes on the wire and after decompression, headers, and redirects.
//
//   - Only http and https are spoken. A redirect to a magnet link is an answer, not a fault: some sites give one
//     for what looks like a .torrent.
//   - Name and password of the address are sent to its scheme, host and port and to no other; names and passwords
//     in a redirect are dropped. No error and no [Response] contains them, nor a path or query: these hold passkeys.
//   - A web page where a .torrent or feed was asked for is named as such ([ErrWebPage]): a login is missing, or the
//     address is that of a description.
//   - The environment's proxy variables are not read: whoever hides behind [Request.Dial] or [Request.Proxy] is not
//     betrayed by the machine's setting. Names are resolved by these when they are given.
//
// There is no state: no cookie jar, no cache, no connection kept. What a caller needs to ask again only for news is
// in the [Response] (ETag, Last-Modified) and goes into the next [Request].
package fetchurl
