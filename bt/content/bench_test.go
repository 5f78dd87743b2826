package content_test

import (
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// benchSize is the content of the benchmarks in bytes: what a page cache holds anywhere.
const benchSize = 256 << 20

// BenchmarkHash makes and checks a torrent of 256 MiB with each version and piece size.
func BenchmarkHash(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, map[string]int64{"file": benchSize})
	path := filepath.Join(dir, "file")
	for _, c := range []struct {
		name    string
		version metainfo.Version
		piece   int64
	}{
		{"v1/1MiB", metainfo.V1, 1 << 20}, {"v1/256KiB", metainfo.V1, 256 << 10}, {"v1/16KiB", metainfo.V1, 16 << 10},
		{"v2/1MiB", metainfo.V2, 1 << 20}, {"hybrid/1MiB", metainfo.Hybrid, 1 << 20},
	} {
		o := content.Options{Version: c.version, PieceLength: c.piece}
		b.Run("create/"+c.name, func(b *testing.B) {
			b.SetBytes(benchSize)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := content.Create(b.Context(), path, o); err != nil {
					b.Fatal(err)
				}
			}
		})
		x := create(b, path, o)
		b.Run("check/"+c.name, func(b *testing.B) {
			b.SetBytes(benchSize)
			b.ReportAllocs()
			for b.Loop() {
				if found := check(b, x, dir); !found.Complete(x.Info) {
					b.Fatal("not whole")
				}
			}
		})
	}
}

// BenchmarkCheckOfManyFiles is 2,000 files of 1,000 bytes.
func BenchmarkCheckOfManyFiles(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, manyFiles(2000, 1000))
	x := create(b, filepath.Join(dir, "x"), content.Options{Version: metainfo.V1, PieceLength: 16 << 10})
	b.SetBytes(x.Info.Size())
	for b.Loop() {
		check(b, x, dir)
	}
}
