// Command ttx is a BitTorrent client whose swarm is a ledger. See ttx --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/torrenttx/ttx/cmd/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, os.Args[1:], cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
