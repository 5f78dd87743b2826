package screen

import "github.com/torrenttx/ttx/tui"

func newWallet(Config) tui.WalletSource { return nil }
