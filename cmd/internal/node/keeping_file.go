package node

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/ledger/keeper"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxKept bounds the file of counts: keeper.MaxAncestors of some 120 bytes are half of it.
	maxKept = 1 << 20
	// saveKeptEvery is how often it is written while counts change: it is lost in a crash for so long, and asked for anew.
	saveKeptEvery = 10 * time.Minute
)

// keptCount is one count in the file.
type keptCount struct {
	TxID    string `json:"txid"`
	Holders int    `json:"holders"`
	Checked int64  `json:"checked"` // milliseconds since 1970
}

// recall reads what earlier runs found out. What cannot be read is not there: it is only a matter of time.
func (k *keeping) recall() {
	file, err := os.Open(k.file)
	if err != nil {
		return
	}
	defer file.Close()
	var list []keptCount
	if json.NewDecoder(io.LimitReader(file, maxKept)).Decode(&list) != nil {
		return
	}
	var counts []keeper.Count
	for _, c := range list {
		if id, err := tx.ParseID(c.TxID); err == nil {
			counts = append(counts, keeper.Count{ID: id, Holders: c.Holders, Checked: time.UnixMilli(c.Checked)})
		}
	}
	k.duty.Recall(counts, time.Now())
}

// save writes what was found out, if that changed.
func (k *keeping) save() error {
	k.mu.Lock()
	counts, changed := k.duty.Counts(), k.unsaved
	k.unsaved = false
	k.mu.Unlock()
	if !changed {
		return nil
	}
	list := make([]keptCount, 0, len(counts))
	for _, c := range counts {
		list = append(list, keptCount{c.ID.String(), c.Holders, c.Checked.UnixMilli()})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode who holds the wallet's history: %w", err)
	}
	if err := durable.Replace(k.file, b); err != nil {
		return fmt.Errorf("save who holds the wallet's history: %w", err)
	}
	return nil
}

// runSaves saves now and then, until the channel is closed.
func (k *keeping) runSaves(done <-chan struct{}) {
	ticker := time.NewTicker(saveKeptEvery)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			if err := k.save(); err != nil {
				k.log.Warn("it is not kept over a restart who holds the wallet's history", "err", err)
			}
		}
	}
}
