package bt

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// usableWebSeeds are the addresses of web seeds (BEP 19) that the library can be given: it panics on those that are no
// addresses, and asks the folder of a torrent of several files only for what ends with a slash. A view of several files
// has none, and neither has one of v2 alone, which may reach beyond the file.
func usableWebSeeds(urls []string, in *checked.Info) []string {
	if viewed(in) && !(in.V1 && in.Single) {
		return nil
	}
	var usable []string
	for _, address := range urls {
		folder := strings.HasSuffix(address, "/")
		switch {
		case !in.Single && !folder:
			address += "/"
		case in.Single && folder: // else the library would add the name, which is another one in a view
			address += strings.ReplaceAll(url.PathEscape(in.Name), "+", "%2B")
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
			continue
		}
		if _, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address+"x", nil); err == nil && len(usable) < checked.MaxWebSeeds {
			usable = append(usable, address)
		}
	}
	return usable
}
