package screen

import "github.com/torrenttx/ttx/tui"

func newProofs(Config) tui.ProofSource { return nil }
