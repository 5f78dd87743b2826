package cli

import (
	"testing"

	"github.com/torrenttx/ttx/tui"
)

func TestHumanText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.00 KiB", 16384: "16.0 KiB", 1023 * 1024: "1.00 MiB", 102399: "100 KiB", 1 << 20: "1.00 MiB",
		4_700_000_000: "4.38 GiB", 1 << 50: "1.00 PiB", 1 << 60: "1024 PiB",
	} {
		if got := tui.Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0s", 59: "59s", 61: "1m01s", 3600: "1h00m", 90000: "1d01h", 1 << 40: ">1000d"} {
		if got := humanTime(&n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if percent(0.9999) != "99%" || percent(1) != "100%" || humanTime(nil) != "-" || tui.Rate(0) != "-" {
		t.Error("edges")
	}
	for width, want := range map[int]string{0: "über alles", 10: "über alles", 9: "über all…", 6: "über …", 1: "…"} {
		if got := clip("über alles", width); got != want {
			t.Errorf("%d: %q, want %q", width, got, want)
		}
	}
}
