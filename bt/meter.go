package bt

import "time"

// meterSpan is over how long a rate is taken.
const meterSpan = 5 * time.Second

// meterSamples bounds the samples of a meter that is looked at often.
const meterSamples = 16

// meter turns counters into rates when it is looked at; nothing runs in between. The zero value is ready.
type meter struct{ samples []sample }

type sample struct {
	at       time.Time
	down, up int64
}

// look returns the bytes a second over the last meterSpan, or since the last look if that is longer ago,
// and over no less than a second.
func (m *meter) look(now time.Time, down, up int64) (downRate, upRate int64) {
	// The newest sample that is old enough comes first.
	for len(m.samples) > 1 && now.Sub(m.samples[1].at) >= meterSpan {
		m.samples = m.samples[1:]
	}
	if n := len(m.samples); n == 0 || now.Sub(m.samples[n-1].at) >= meterSpan/meterSamples {
		m.samples = append(m.samples, sample{now, down, up})
	}
	first := m.samples[0]
	// Two looks in a row at the beginning are no second: what came between them is.
	seconds := max(1, now.Sub(first.at).Seconds())
	return int64(float64(down-first.down) / seconds), int64(float64(up-first.up) / seconds)
}
