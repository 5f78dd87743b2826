package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server on a real socket in a folder of its own.
func serve(t testing.TB, b any, dir string) (*Client, *Hub) {
	t.Helper()
	hub := new(Hub)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	cfg := Config{Events: hub}
	switch f := b.(type) {
	case *fakeLog:
		cfg.Backend, cfg.Log = &f.fake, f
	case Backend:
		cfg.Backend = f
	case *fakeTorrents:
		cfg.Backend, cfg.Torrents, cfg.Control = &f.fake, f, f
	}
	go func() { served <- NewServer(cfg).Serve(ctx, l) }()
	client, err := Dial(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return client, hub
}

func TestEveryCallCrossesTheSocket(t *testing.T) {
	f := &fake{}
	f.setStatus("aa", StatusPending)
	c, _ := serve(t, f, t.TempDir())
	ctx := context.Background()
	calls := map[string]func(Backend) (any, error){
		"node":         func(b Backend) (any, error) { return b.Node(ctx) },
		"status":       func(b Backend) (any, error) { return b.Status(ctx) },
		"network":      func(b Backend) (any, error) { return b.Network(ctx) },
		"network file": func(b Backend) (any, error) { return b.NetworkFile(ctx) },
		"tx":           func(b Backend) (any, error) { return b.Tx(ctx, "aa") },
		"around":       func(b Backend) (any, error) { return b.Around(ctx, "aa") },
		"search": func(b Backend) (any, error) {
			return b.Search(ctx, SearchQuery{"lunch & dinner", StatusPending, KindTransfer, 5, "ff"})
		},
		"raw":          func(b Backend) (any, error) { return b.Raw(ctx, "aa") },
		"torrent":      func(b Backend) (any, error) { return b.Torrent(ctx, "aa") },
		"submit":       func(b Backend) (any, error) { return b.Submit(ctx, []byte("raw")) },
		"coins":        func(b Backend) (any, error) { return b.Coins(ctx, []string{"x"}) },
		"health":       func(b Backend) (any, error) { return b.Health(ctx) },
		"check health": func(b Backend) (any, error) { return b.CheckHealth(ctx) },
		"balance":      func(b Backend) (any, error) { return b.Balance(ctx, []string{"x", "y"}) },
		"refs":         func(b Backend) (any, error) { return b.Refs(ctx) },
		"watch":        func(b Backend) (any, error) { return nil, b.Watch(ctx, []string{"x"}) },
		"export proof": func(b Backend) (any, error) {
			return b.ExportProof(ctx, ProofRequest{ID: "aa", Chain: ChainFull, Trackers: []string{"udp://t.example:1", "http://t.example/a b"}, Peers: true, Private: true})
		},
		"import proof": func(b Backend) (any, error) { return b.ImportProof(ctx, []byte("d4:info")) },
		"proofs":       func(b Backend) (any, error) { return b.Proofs(ctx) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			want, err := call(f)
			if err != nil {
				t.Fatal(err)
			}
			args := f.noted()
			f.note()
			got, err := call(c)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if sent := f.noted(); len(sent) > 0 && !reflect.DeepEqual(sent, args) {
				t.Errorf("the backend was given %v, want %v", sent, args)
			}
		})
	}
}

func TestListsAreNeverNull(t *testing.T) {
	dir := t.TempDir()
	serve(t, &fake{}, dir)
	for path, want := range map[string]string{
		"/v1/peers":   `{"peers":[]}`,
		"/v1/tx":      `{"transactions":[],"total":0,"next":"more"}`,
		"/v1/history": `{"entries":[],"total":0}`,
	} {
		if _, body := ask(t, dir, http.MethodGet, path, ""); strings.TrimSpace(body) != want {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
}

// ask speaks plain HTTP, as another program would.
func ask(t *testing.T, dir, method, path, body string) (int, string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", find(dir))
	}}
	req, err := http.NewRequest(method, "http://ttx"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestPagesAreBounded(t *testing.T) {
	f := &fake{}
	dir := t.TempDir()
	serve(t, f, dir)
	for query, want := range map[string]TxQuery{
		"":                             {Limit: DefaultPage},
		"?limit=7&status=pending":      {Limit: 7, Status: StatusPending},
		"?limit=1000000&after=ff":      {Limit: MaxPage, After: "ff"},
		"?limit=0&status=":             {Limit: DefaultPage},
		"?status=conflicted&limit=999": {Limit: 999, Status: StatusConflicted},
		"?skip=999999":                 {Limit: DefaultPage, Skip: 999999},
	} {
		if code, body := ask(t, dir, http.MethodGet, "/v1/tx"+query, ""); code != http.StatusOK {
			t.Errorf("%s: %d %s", query, code, body)
		}
		if got := f.noted(); !reflect.DeepEqual(got, []any{want}) {
			t.Errorf("%s: asked %v, want %v", query, got, want)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	dir := t.TempDir()
	serve(t, &fake{}, dir)
	many := "/v1/coins?" + strings.Repeat("address=x&", MaxAddresses+1)
	for _, c := range []struct {
		method, path, body string
		status             int
		code               Code
	}{
		{"GET", "/v1/tx?limit=-1", "", 400, BadRequest},
		{"GET", "/v1/tx?limit=x", "", 400, BadRequest},
		{"GET", "/v1/tx?status=paid", "", 400, BadRequest},
		{"GET", "/v1/tx?skip=-1", "", 400, BadRequest},
		{"GET", "/v1/search?limit=-1", "", 400, BadRequest},
		{"GET", "/v1/search?status=paid", "", 400, BadRequest},
		{"GET", "/v1/search?kind=vote", "", 400, BadRequest},
		{"GET", "/v1/search?text=" + strings.Repeat("x", MaxSearchText+1), "", 400, BadRequest},
		{"GET", "/v1/history?skip=-3", "", 400, BadRequest},
		{"GET", "/v1/tx/ff", "", 404, NotFound},
		{"GET", "/v1/tx/ff/wait?status=rejected", "", 400, BadRequest},
		{"GET", many, "", 400, BadRequest},
		{"POST", "/v1/tx", "", 400, BadRequest},
		{"POST", "/v1/tx", strings.Repeat("x", tx.MaxSize+1), 400, BadRequest},
		{"POST", "/v1/watch", "{", 400, BadRequest},
		{"POST", "/v1/watch", `{"addresses":["` + strings.Repeat("x", maxBody) + `"]}`, 400, BadRequest},
		{"DELETE", "/v1/tx/ff", "", 404, NotFound},
		{"GET", "/etc/passwd", "", 404, NotFound},
	} {
		status, body := ask(t, dir, c.method, c.path, c.body)
		if status != c.status || !strings.Contains(body, `"code":"`+string(c.code)+`"`) {
			t.Errorf("%s %.40s: %d %s, want %d %s", c.method, c.path, status, body, c.status, c.code)
		}
	}
}

func TestErrorsKeepCodeAndHint(t *testing.T) {
	f := &fake{}
	c, _ := serve(t, f, t.TempDir())
	for _, code := range []Code{BadRequest, NotFound, Invalid, Unsolid, Held, NoVoters, Timeout, Offline, Internal} {
		f.err = &Error{Code: code, Message: "it failed", Hint: "do this"}
		_, err := c.Status(context.Background())
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, code) || *e != (Error{"it failed", code, "do this"}) {
			t.Errorf("%s: %#v", code, err)
		}
	}
	f.err = errors.New("disk on fire")
	if _, err := c.Status(context.Background()); !errors.Is(err, Internal) || err.Error() != "disk on fire" {
		t.Errorf("a plain error: %v", err)
	}
}

func TestNoNode(t *testing.T) {
	_, err := Dial(context.Background(), t.TempDir())
	if !errors.Is(err, NoNode) {
		t.Errorf("dial an empty folder: %v", err)
	}
}

func TestClientOfAStoppedNode(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- NewServer(Config{Backend: &fake{}, Events: new(Hub)}).Serve(ctx, l) }()
	c, err := Dial(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(context.Background()); !errors.Is(err, NoNode) {
		t.Errorf("status of a stopped node: %v", err)
	}
}
