package node

import (
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// TestDefaultsHide: with Tor or a proxy nothing that is on by default goes around it. What somebody chose is
// left for the engine to refuse.
func TestDefaultsHide(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	if d := settings.Default(); !d.LSD || !d.PortMapping || !d.DHT || d.Listen == "" {
		t.Fatalf("the defaults have nothing to hide: %+v", d)
	}
	for _, way := range []map[string]string{{"tor": gone.Addr().String()}, {"proxy": "socks5://" + gone.Addr().String()}} {
		cfg := engineConfig(t, way)
		if cfg.LSD || cfg.PortMapping || cfg.DHT || cfg.Listen != "" {
			t.Errorf("%v: %+v", way, cfg)
		}
	}
	for key, option := range map[string]string{"lsd": "LSD", "port_mapping": "PortMapping", "dht": "DHT"} {
		cfg := engineConfig(t, map[string]string{"tor": gone.Addr().String(), key: "true"})
		_, err := bt.Open(cfg)
		var leak *bt.LeakError
		if !errors.Is(err, bt.ErrWouldLeak) || !errors.As(err, &leak) || leak.Option != option {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func engineConfig(t *testing.T, flags map[string]string) bt.Config {
	t.Helper()
	l, err := settings.Load(settings.Source{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := EngineConfig(l, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
