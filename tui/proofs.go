package tui

// ProofSource is what the view Proofs needs.
type ProofSource interface{}

func newProofs(d Deps) View { return newAbsent(d, "proofs", "Proofs", "not built yet") }
