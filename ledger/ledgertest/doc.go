// Package ledgertest is what the ledger's packages are tested with: a slow
// model of the finality rule, written from its text alone and sharing no code
// with ledger/dag; generators of random universes; and golden DAGs, small
// histories with the statuses that must follow from them, readable by any other
// implementation.
package ledgertest
