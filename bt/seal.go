package bt

// A torrent whose files must be put in place is not done when its last piece is there, but when its files are. The
// pieces are ripe in between, and sealed after.

// ripen makes who puts files in place look.
func (p *pieces) ripen() {
	select {
	case p.ripe <- struct{}{}:
	default:
	}
}

// isRipe says whether everything wanted is there and not in place.
func (p *pieces) isRipe() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info != nil && p.lacking == 0 && !p.sealed
}

// seal notes that the files are in place, unless something is lacking again.
func (p *pieces) seal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sealed = p.lacking == 0
	p.settle()
}

// skips says of each file of the info whether it is skipped.
func (p *pieces) skips() []bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	skip := make([]bool, len(p.info.Files))
	for f, i := range p.files {
		skip[i] = p.prio[f] == Skip
	}
	return skip
}
