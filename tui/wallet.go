package tui

// WalletSource is what the view Wallet needs.
type WalletSource interface{}

func newWallet(d Deps) View { return newAbsent(d, "wallet", "Wallet", "not built yet") }
