package node

import (
	"errors"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/ledgertest"
)

func TestLockKeepsASecondNodeOut(t *testing.T) {
	opts := Options{Dir: config.Folder(t.TempDir()), Genesis: ledgertest.NewNetwork(1, 0).Genesis, Listen: loopback}
	first := start(t, opts)
	second, err := Start(opts)
	if second != nil || !errors.Is(err, config.ErrLocked) {
		t.Fatalf("the second node: %v, %v", second, err)
	}
	if _, err := first.Backend().Status(t.Context()); err != nil {
		t.Errorf("the first node suffered: %v", err)
	}
	stop(t, first)
	start(t, opts)
}
