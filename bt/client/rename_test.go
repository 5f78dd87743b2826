package client

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt"
)

// renamer is an engine of whose torrents a test sees what is on disk before and after a file is renamed.
type renamer struct {
	engine
	around func(rename func() error) error
}

func (r renamer) Add(src bt.Source) (live, error) {
	l, err := r.engine.Add(src)
	if err != nil {
		return nil, err
	}
	return &renaming{l, r.around}, nil
}

type renaming struct {
	live
	around func(rename func() error) error
}

func (r *renaming) Rename(ctx context.Context, file int, name string) error {
	return r.around(func() error { return r.live.Rename(ctx, file, name) })
}

// stateOf copies the state of a client, as a power cut would leave it.
func stateOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestPowerCutWhileRenaming: a file that is renamed is found, whenever the power is cut, and neither hashed nor downloaded
// again.
func TestPowerCutWhileRenaming(t *testing.T) {
	ctx := testContext(t)
	state, dir := t.TempDir(), t.TempDir()
	raw := share(t, dir, "film", 300_000)
	cuts := make(map[string]string) // what is on disk, by the name under which the file is
	e := renamer{btEngine{openEngine(t)}, func(rename func() error) error {
		cuts["film"] = stateOf(t, state)
		err := rename()
		cuts["new/movie"] = stateOf(t, state)
		return err
	}}
	c, err := open(ctx, Config{Dir: state, Settings: Settings{DownloadDir: dir}}, e)
	if err != nil {
		t.Fatal(err)
	}
	x := await(t, c, add(t, c, AddRequest{File: raw}).ID, StateSeeding)
	if err := c.Edit(ctx, x.ID, EditRequest{Rename: map[int]string{0: "new/movie"}}); err != nil {
		t.Fatal(err)
	}
	closeClient(t, c)
	at := filepath.Join(dir, "new/movie")
	spoil(t, at) // seen only if it is hashed
	for _, name := range []string{"new/movie", "film"} {
		path := filepath.Join(dir, name)
		if err := os.Rename(at, path); err != nil {
			t.Fatal(err)
		}
		at = path
		c := openClient(t, cuts[name], Settings{DownloadDir: dir})
		if y := await(t, c, x.ID, StateSeeding); y.PiecesDone != y.PieceCount {
			t.Errorf("%s: %+v", name, y)
		}
		files, err := c.Files(ctx, x.ID)
		if err != nil || len(files) != 1 || files[0].Path != name {
			t.Errorf("%s: %+v, %v", name, files, err)
		}
		closeClient(t, c)
	}
}

// TestFailedRenameIsForgotten: what could not be renamed is not looked for elsewhere.
func TestFailedRenameIsForgotten(t *testing.T) {
	ctx := testContext(t)
	state, dir := t.TempDir(), t.TempDir()
	raw := share(t, dir, "film", 100_000)
	refused := errors.New("refused")
	c, err := open(ctx, Config{Dir: state, Settings: Settings{DownloadDir: dir}}, renamer{btEngine{openEngine(t)}, func(func() error) error {
		return refused
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeClient(t, c) })
	x := await(t, c, add(t, c, AddRequest{File: raw}).ID, StateSeeding)
	if err := c.Edit(ctx, x.ID, EditRequest{Rename: map[int]string{0: "movie"}}); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	e, err := c.entry(x.ID)
	if err != nil || len(e.rec.Renaming)+len(e.rec.Rename) != 0 {
		t.Errorf("%+v, %v", e.rec, err)
	}
}
