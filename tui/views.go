package tui

// views is the table of all views in the order of their digits. A new view is a
// file and a line here.
func views() []func(Deps) View {
	return []func(Deps) View{
		newTorrents,
		newWallet,
		newLedger,
		newPeers,
		newProofs,
		newLog,
		newSettings,
	}
}
