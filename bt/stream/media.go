package stream

import (
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
)

// playlistSuffix follows the token in the address of a playlist.
const playlistSuffix = ".m3u"

// typeOf is what players go by, of the extensions that matter to them; "" of others. The system's own table differs
// from machine to machine.
func typeOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".mp4", ".m4v":
		return "video/mp4"
	case ".mkv":
		return "video/x-matroska"
	case ".webm":
		return "video/webm"
	case ".avi":
		return "video/x-msvideo"
	case ".mov":
		return "video/quicktime"
	case ".mpg", ".mpeg":
		return "video/mpeg"
	case ".ts", ".m2ts":
		return "video/mp2t"
	case ".ogv":
		return "video/ogg"
	case ".wmv":
		return "video/x-ms-wmv"
	case ".flv":
		return "video/x-flv"
	case ".mp3":
		return "audio/mpeg"
	case ".m4a", ".m4b":
		return "audio/mp4"
	case ".aac":
		return "audio/aac"
	case ".flac":
		return "audio/flac"
	case ".ogg", ".oga", ".opus":
		return "audio/ogg"
	case ".wav":
		return "audio/wav"
	}
	return ""
}

// contentType is the type of a file by its name. The content is not looked at, which would wait for it.
func contentType(name string) string {
	if t := typeOf(name); t != "" {
		return t
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".srt":
		return "application/x-subrip"
	case ".vtt":
		return "text/vtt; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// playlist writes the list of what can be played, in the torrent's order.
func (s *Server) playlist(w http.ResponseWriter, sh *share) {
	w.Header().Set("Content-Type", "audio/x-mpegurl; charset=utf-8")
	fmt.Fprint(w, "#EXTM3U\n")
	for _, f := range sh.content.Files() {
		if typeOf(f.Path) != "" {
			// Names have no line breaks: the torrent would not have been accepted.
			fmt.Fprintf(w, "#EXTINF:-1,%s\n%s%s/%s\n", path.Base(f.Path), s.base, sh.token, escape(f.Path))
		}
	}
}
