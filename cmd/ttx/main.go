// Command ttx is a BitTorrent client whose swarm is also a ledger.
package main

import (
	"os"

	"github.com/torrenttx/ttx/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
