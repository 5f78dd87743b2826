package node

import "time"

func (n *Node) saveBook() {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-ticker.C:
			if err := n.book.Save(n.opts.Dir.Peers()); err != nil {
				n.log.Warn("the address book was not saved", "err", err)
			}
		}
	}
}

// saveBans writes every ban soon after it was made, so that a peer does not come
// back by making us crash.
func (n *Node) saveBans() {
	ticker := time.NewTicker(saveBansEvery)
	defer ticker.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.bans.Changed():
			if err := n.bans.Save(n.opts.Dir.Bans(), time.Now()); err != nil {
				n.log.Warn("the bans were not saved", "err", err)
			}
		}
		select {
		case <-n.ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
