package bt

import (
	"testing"

	"github.com/anacrolix/torrent/metainfo"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// createV2 makes a v2-only torrent with pieces of 16 KiB.
func createV2(t testing.TB, path string) []byte {
	t.Helper()
	made, err := content.Create(t.Context(), path, content.Options{Version: checked.V2, PieceLength: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	return made.Torrent.Encode()
}

// TestBlank is a dictionary of any length that an info dictionary can have.
func TestBlank(t *testing.T) {
	for n := 16; n < 20_000; n++ {
		b := blank(n)
		var info metainfo.Info
		if err := unmarshal(b, &info); err != nil || len(b) != n {
			t.Fatalf("of %d bytes: %d, %v", n, len(b), err)
		}
	}
}
