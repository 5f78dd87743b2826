package client

// This file is pure: when a torrent has been seeded enough.

// goals are those of a torrent: its own, or the settings' where it has none. Zero is no goal.
func (s *Settings) goals(own Goals) Goals {
	if own.Ratio == 0 {
		own.Ratio = s.RatioGoal
	}
	if own.Seconds == 0 {
		own.Seconds = int64(s.TimeGoal.Seconds())
	}
	return Goals{Ratio: max(own.Ratio, 0), Seconds: max(own.Seconds, 0)}
}

// reached says whether a seed has fulfilled one of its goals.
func (g Goals) reached(ratio float64, seconds int64) bool {
	return g.Ratio > 0 && ratio >= g.Ratio || g.Seconds > 0 && seconds >= g.Seconds
}
