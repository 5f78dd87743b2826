package wire

// MaxNews bounds the transaction of a news: payments of four inputs and outputs, and witnesses with the
// refs that they may have, take under 2 KB. What is larger is announced by inv.
const MaxNews = 4096

// News brings one transaction that was just accepted, in full: it saves the two trips of an inv and its
// get. Only for peers that show FeatureNews.
type News struct {
	Tx []byte // raw data: one raw transaction
}

// Type returns "news".
func (*News) Type() string { return "news" }

func (n *News) check() error {
	if len(n.Tx) > MaxNews {
		return &Error{Kind: ErrBound, Type: n.Type(), Detail: "transaction too large for news"}
	}
	return checkTxs(n.Type(), [][]byte{n.Tx}, 1)
}

func (n *News) encode(e *encoder) { e.data(n.Tx) }

func (n *News) decode(f *fields, raw []byte) {
	if txs := f.txs(raw, 1); len(txs) == 1 {
		n.Tx = txs[0]
	}
}
