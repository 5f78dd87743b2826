package tui

// LedgerSource is what the view Ledger needs.
type LedgerSource interface{}

func newLedger(d Deps) View { return newAbsent(d, "ledger", "Ledger", "not built yet") }
