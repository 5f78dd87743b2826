package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// control answers for the node's settings.
type control struct {
	n  *Node
	mu sync.Mutex // held during a whole reload
	in *settings.Loaded
}

var _ api.Control = (*control)(nil)

func newControl(n *Node, l *settings.Loaded) *control { return &control{n: n, in: l} }

// Reload reads the settings again, see [api.Control].
func (n *Node) Reload(ctx context.Context) (api.Reloaded, error) { return n.control.Reload(ctx) }

func (c *control) Settings(context.Context) (api.Settings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return DescribeSettings(c.in), nil
}

// DescribeSettings lists settings, without what is secret in them. names are the keys; none means all.
func DescribeSettings(l *settings.Loaded, names ...string) api.Settings {
	out := api.Settings{Path: l.Path, Found: l.Found, Settings: []api.Setting{}}
	for _, k := range settings.Keys() {
		if len(names) > 0 && !slices.Contains(names, k.Name) {
			continue
		}
		out.Settings = append(out.Settings, api.Setting{
			Key: k.Name, Value: k.Text(&l.Settings), From: string(l.From[k.Name]), Default: k.Default,
			Flag: k.ShownFlag(), Env: k.Variable(), Reload: k.Reload,
		})
	}
	return out
}

// Reload takes everything or, when something is wrong with it, nothing.
func (c *control) Reload(context.Context) (api.Reloaded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n.opts.Reload == nil {
		return api.Reloaded{}, errNoSettings
	}
	now, err := c.n.opts.Reload()
	if errors.Is(err, settings.ErrInvalid) {
		return api.Reloaded{}, &api.Error{Message: err.Error(), Code: api.BadRequest, Hint: "nothing was changed; see ttx settings check"}
	}
	if err != nil {
		return api.Reloaded{}, fmt.Errorf("%w; nothing was changed", err)
	}
	merged, taken, restart := c.in.Reload(now)
	if err := c.apply(merged); err != nil {
		return api.Reloaded{}, err
	}
	c.in = merged
	return api.Reloaded{Applied: append([]string{}, taken...), Restart: append([]string{}, restart...)}, nil
}

// apply gives the node what it can take while it runs. What may fail comes first.
func (c *control) apply(l *settings.Loaded) error {
	blocked, err := readBlocklists(l.Blocklists, c.n.log)
	if err != nil {
		return &api.Error{Message: err.Error() + "; nothing was changed", Code: api.BadRequest}
	}
	if err := c.n.torrents.c.Apply(clientSettings(&l.Settings, string(c.n.opts.Dir))); err != nil {
		return coded(err)
	}
	c.n.engine.SetBlockList(blocked)
	c.n.engine.SetMaxConns(l.MaxConns)
	c.n.engine.SetUploadSlots(l.UploadSlots)
	if c.n.backend != nil {
		c.n.keeping.setBudget(l.KeeperAnnounces)
	}
	if c.n.opts.Level != nil {
		c.n.opts.Level.Set(LogLevel(l.LogLevel))
	}
	return nil
}

// LogLevel is what a setting's word stands for.
func LogLevel(word string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(word)); err != nil {
		return slog.LevelWarn
	}
	return level
}
