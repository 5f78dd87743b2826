package client

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, wherever they run

	"pgregory.net/rapid"
)

func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	x, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSchedule(t *testing.T) {
	work := Schedule{Days: []string{"mon", "Tue", "wed", "thu", "fri"}, From: "09:00", To: "17:30"}
	night := Schedule{Days: []string{"fri"}, From: "22:00", To: "06:00"}
	daily := Schedule{From: "23:00", To: "01:00"}
	always := Schedule{From: "00:00", To: "00:00"}
	const berlin = "Europe/Berlin"
	for _, c := range []struct {
		s      Schedule
		now    string // 2026-11-20 is a Friday
		active bool
		until  string
	}{
		{work, "2026-11-20 08:59", false, "2026-11-20 09:00"},
		{work, "2026-11-20 09:00", true, "2026-11-20 17:30"},
		{work, "2026-11-20 17:30", false, "2026-11-23 09:00"},
		{night, "2026-11-20 21:59", false, "2026-11-20 22:00"},
		{night, "2026-11-20 23:00", true, "2026-11-21 06:00"},
		{night, "2026-11-21 05:59", true, "2026-11-21 06:00"},
		{night, "2026-11-21 06:00", false, "2026-11-27 22:00"},
		{night, "2026-11-20 05:00", false, "2026-11-20 22:00"},
		{daily, "2026-11-20 00:30", true, "2026-11-20 01:00"},
		{daily, "2026-11-20 12:00", false, "2026-11-20 23:00"},
		{always, "2026-11-20 12:00", true, "2026-11-21 00:00"},
		// The clock goes from 02:00 to 03:00, and from 03:00 to 02:00.
		{night, "2026-03-27 23:00", true, "2026-03-28 06:00"},
		{Schedule{From: "22:00", To: "06:00"}, "2026-03-28 23:00", true, "2026-03-29 06:00"},
		{Schedule{From: "22:00", To: "06:00"}, "2026-10-24 23:00", true, "2026-10-25 06:00"},
	} {
		active, until := c.s.Active(at(t, berlin, c.now))
		if active != c.active || !until.Equal(at(t, berlin, c.until)) {
			t.Errorf("%+v at %s: %v until %v", c.s, c.now, active, until)
		}
	}
	if active, until := (Schedule{}).Active(at(t, berlin, "2026-11-20 12:00")); active || !until.IsZero() {
		t.Errorf("the zero schedule: %v until %v", active, until)
	}
	spring := Schedule{From: "22:00", To: "06:00"}
	begin := at(t, berlin, "2026-03-28 22:00")
	if _, until := spring.Active(begin); until.Sub(begin) != 7*time.Hour {
		t.Errorf("the night of the lost hour has %v", until.Sub(begin))
	}
}

// TestScheduleHolds: what is said to hold until a moment does, all the time before it.
func TestScheduleHolds(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"}
	rapid.Check(t, func(r *rapid.T) {
		clock := rapid.Custom(func(r *rapid.T) string {
			return time.Unix(rapid.Int64Range(0, 1439).Draw(r, "minute")*60, 0).UTC().Format("15:04")
		})
		s := Schedule{
			Days: rapid.SliceOfN(rapid.SampledFrom([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}), 0, 3).Draw(r, "days"),
			From: clock.Draw(r, "from"), To: clock.Draw(r, "to"),
		}
		now := at(t, rapid.SampledFrom(zones).Draw(r, "zone"), "2026-01-01 00:00").
			Add(time.Duration(rapid.Int64Range(0, 365*24*60).Draw(r, "minutes")) * time.Minute)
		active, until := s.Active(now)
		if !until.After(now) || until.Sub(now) > 8*24*time.Hour {
			r.Fatalf("%+v at %v: until %v", s, now, until)
		}
		share := rapid.Float64Range(0, 1).Draw(r, "share")
		between := now.Add(time.Duration(share * float64(until.Sub(now)-time.Nanosecond)))
		if again, _ := s.Active(between); again != active {
			r.Fatalf("%+v: %v at %v, but %v at %v, before %v", s, active, now, again, between, until)
		}
	})
}

func TestScheduleRefuses(t *testing.T) {
	for _, s := range []Schedule{
		{From: "9:00", To: "10:00"}, {From: "09:00"}, {From: "25:00", To: "10:00"}, {From: "09:00", To: "10:60"},
		{Days: []string{"monday"}, From: "09:00", To: "10:00"}, {Days: []string{""}, From: "09:00", To: "10:00"},
	} {
		if (&Settings{Schedule: s}).Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}
