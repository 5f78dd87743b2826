package tui

// TorrentSource is what the view Torrents needs.
type TorrentSource interface{}

func newTorrents(d Deps) View { return newAbsent(d, "torrents", "Torrents", "not built yet") }
