package client

// This file is pure: which torrents run, by the settings alone.

// quota is how many torrents may run at a time; zero is no limit.
type quota struct{ downloads, seeds, all int }

func (s *Settings) quota() quota {
	return quota{s.MaxActiveDownloads, s.MaxActiveSeeds, s.MaxActive}
}

// candidate is a torrent as the queue sees it.
type candidate struct {
	wants   bool // nobody paused it, and it has no goal behind it and no fault
	forced  bool // runs in any case and takes nobody's place
	seed    bool // everything wanted is there
	stalled bool // runs, and moved nothing for StallAfter
}

// choose says which candidates run. They come in the order of the queue: the first have the first call on a place.
//
// A stalled torrent keeps running and leaves its place among the downloads or seeds to the next one; it still
// counts for quota.all, so that a queue full of dead torrents does not start without end. When it moves again it
// takes a place again, and the last in the queue that has one waits.
func choose(queue []candidate, q quota) []bool {
	run := make([]bool, len(queue))
	var used quota
	for i, c := range queue {
		if !c.wants {
			continue
		}
		if c.forced {
			run[i] = true
			continue
		}
		mine, most := &used.downloads, q.downloads
		if c.seed {
			mine, most = &used.seeds, q.seeds
		}
		if full(used.all, q.all) || !c.stalled && full(*mine, most) {
			continue
		}
		run[i] = true
		used.all++
		if !c.stalled {
			*mine++
		}
	}
	return run
}

func full(n, most int) bool { return most > 0 && n >= most }
