package ledger

// Forget empties the cache of decoded transactions, as reading many others does.
func (l *Ledger) Forget() { l.parents = newTxCache(parentCache) }
