package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// oneShot is the flags of commands that open a torrent engine of their own. They come from the table of settings, and the
// settings file counts too: whoever chose a proxy there means every command.
type oneShot struct {
	cmd    *cobra.Command
	listen string
	flags  *settings.Flags
	keys   []string
}

// engineKeys are the settings that concern any engine. What belongs to a node alone, such as folders and
// the port, does not.
func engineKeys() []string {
	return []string{
		"bind", "dht", "bootstrap", "pex", "lsd", "utp", "utp_dial", "port_mapping", "trackers", "webtorrent", "encryption", "proxy", "proxy_password_file", "tor", "blocklist",
		"limit_up", "limit_down", "max_conns", "upload_slots",
	}
}

// declare adds the flags, those of more keys too.
func (o *oneShot) declare(cmd *cobra.Command, more ...string) {
	o.cmd, o.keys = cmd, append(engineKeys(), more...)
	cmd.Flags().StringVar(&o.listen, "listen", ":0", "BitTorrent address, host:port; port 0 picks one")
	o.flags = settings.Declare(cmd.Flags(), o.keys...)
}

// openOneShot starts a torrent engine without a ledger.
func (a *app) openOneShot(o *oneShot) (*bt.Engine, *settings.Loaded, error) {
	chosen, err := a.loadSettings(o.flags, o.keys...)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := node.EngineConfig(chosen, a.logger())
	if err != nil {
		return nil, nil, err
	}
	if hidden := cfg.Tor != "" || cfg.Proxy != ""; !hidden || o.cmd.Flags().Changed("listen") {
		cfg.Listen = o.listen
	}
	cfg.NoExtension, cfg.Version, cfg.Logger = true, "ttx/"+version(), a.logger()
	engine, err := bt.Open(cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("start the torrent engine: %w", err)
	}
	return engine, chosen, nil
}
