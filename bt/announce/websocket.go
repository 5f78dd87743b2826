package announce

import (
	"context"
	"net/url"
)

// noWebSocket is why WebSocket trackers are not asked without Config.WebSocket.
const noWebSocket = "WebSocket trackers (WebTorrent) are switched off; the setting webtorrent switches them on"

// webSocket is somebody else's way to speak to WebSocket trackers.
type webSocket struct {
	ask func(context.Context, *url.URL, Request) (Answer, error)
}

func (w webSocket) announce(ctx context.Context, u *url.URL, req Request) (Answer, error) {
	return w.ask(ctx, u, req)
}

// scrape is not done: an announce tells what there is to know.
func (webSocket) scrape(context.Context, *url.URL, [20]byte) (Counts, error) {
	return Counts{}, ErrUnsupported
}

func (webSocket) close() {}

// withoutWebSockets refuses what nobody can ask, when nothing else speaks against it.
func withoutWebSockets(refuse func(*url.URL) string) func(*url.URL) string {
	return func(u *url.URL) string {
		why := refuse(u)
		if why == "" && (u.Scheme == "ws" || u.Scheme == "wss") {
			return noWebSocket
		}
		return why
	}
}
