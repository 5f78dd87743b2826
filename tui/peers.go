package tui

// PeerSource is what the view Peers needs.
type PeerSource interface{}

func newPeers(d Deps) View { return newAbsent(d, "peers", "Peers", "not built yet") }
