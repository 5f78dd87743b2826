package api

import (
	"context"
	"net/http"
)

// Control is what a node can be asked about itself.
type Control interface {
	// Settings are those in force.
	Settings(ctx context.Context) (Settings, error)
	// Reload reads the settings file again. A file that is refused changes nothing: BadRequest.
	Reload(ctx context.Context) (Reloaded, error)
}

// Settings are a node's settings.
type Settings struct {
	Path     string    `json:"path"`  // of the file
	Found    bool      `json:"found"` // whether it was there
	Settings []Setting `json:"settings"`
}

// Setting is one of them, without what is secret in it.
type Setting struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	From    string `json:"from"` // default, file, environment, flag
	Default string `json:"default"`
	Flag    string `json:"flag"` // without dashes
	Env     string `json:"env"`
	Reload  bool   `json:"reload"` // a running node takes a new value
}

// Reloaded is what a reload did.
type Reloaded struct {
	Applied []string `json:"applied"` // keys that have a new value now
	Restart []string `json:"restart"` // keys whose new value waits for a restart
}

func (s *Server) controlRoutes(c Control) {
	s.get("/v1/settings", func(r *http.Request) (any, error) { return c.Settings(r.Context()) })
	s.handle("POST /v1/settings/reload", func(r *http.Request) (any, error) { return c.Reload(r.Context()) })
}

// Settings implements Control.
func (c *Client) Settings(ctx context.Context) (v Settings, err error) {
	return v, c.get(ctx, "/v1/settings", nil, &v)
}

// Reload implements Control.
func (c *Client) Reload(ctx context.Context) (v Reloaded, err error) {
	return v, c.do(ctx, http.MethodPost, "/v1/settings/reload", "application/json", []byte("{}"), &v)
}

var _ Control = (*Client)(nil)
