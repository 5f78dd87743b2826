package tui

import (
	"fmt"
	"testing"
)

// torrentOfFiles is a node with a torrent of n files.
func torrentOfFiles(n int) (*fakeTorrents, Backend) {
	f, b := manyTorrents(1)
	for i := range n {
		f.files = append(f.files, TorrentFile{Index: i, Path: fmt.Sprintf("collection/folder %03d/file number %05d.flac", i/100, n-i), Length: int64(i) << 10, Priority: "normal"})
	}
	return f, b
}

// filesPage is the program with the files of such a torrent on the screen.
func filesPage(tb testing.TB, n int) driver {
	tb.Helper()
	_, b := torrentOfFiles(n)
	a := newApp(tb.Context(), options(b))
	a.w, a.h = 160, 45
	_, cmd := a.Update(connectedMsg{backend: b})
	_ = cmd
	a.current().(*torrentsView).list.Fail()
	settle(a, a.send(0, ShownMsg{"torrents"}))
	a.View()
	settle(a, a.key(keyMsg("enter")))
	a.View()
	return driver{tb, a}
}

func BenchmarkFilesFrame(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		for _, keys := range [][]string{{"j", "k"}, {"G", "g"}, {"s"}} {
			b.Run(fmt.Sprintf("%d/%s", n, keys[0]), func(b *testing.B) {
				d := filesPage(b, n)
				for i := 0; b.Loop(); i++ {
					settle(d.app, d.key(keyMsg(keys[i%len(keys)])))
					_ = d.View()
				}
			})
		}
	}
}

// BenchmarkFilesRefresh is an answer with all files.
func BenchmarkFilesRefresh(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := filesPage(b, n)
			x := d.current().(*torrentsView).detail
			for b.Loop() {
				settle(d.app, x.tabs[filesAt].(*filesTab).ask())
				_ = d.View()
			}
		})
	}
}

// TestTenThousandFiles: wherever one is in the list, the rows of the window are there
// and no more are made.
func TestTenThousandFiles(t *testing.T) {
	d := filesPage(t, 10_000)
	for _, key := range []string{"G", "pgup", " ", "g", "pgdown", "s", "G", "S", "j"} {
		d.press(key)
		checkDrawing(t, key, d.View(), 160, 45)
		d.lacks("  …\n")
		rows := d.current().(*torrentsView).detail.list().window.Rows
		if len(rows) == 0 || len(rows) > maxWindow {
			t.Errorf("after %s the list holds %d rows", key, len(rows))
		}
	}
	d.press("/", "0", "4", "2", "4", "2", "enter")
	d.sees("file number 04242.flac", "1 of 1")
	files := d.current().(*torrentsView).detail.tabs[filesAt].(*filesTab)
	if got := files.chosen(); len(got) != 1 || got[0].Index == 5758 {
		t.Errorf("the file that was marked before is not the one that an order is for: %+v", got)
	}
}
