package client

import (
	"bufio"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// adderEnv has a process of the test add torrents to the folder that it names.
const adderEnv = "TTX_TEST_CLIENT_DIR"

// made is a .torrent of one byte that nobody has, the i-th of them.
func made(i int) []byte {
	h := sha1.Sum([]byte{byte(i)})
	name := fmt.Sprintf("torrent %06d", i)
	t := metainfo.Torrent{Info: &metainfo.Info{Raw: metainfo.EncodeInfo(&metainfo.Info{
		Name: name, Single: true, V1: true, PieceLength: 16 << 10, Hashes: h[:],
		Files: []metainfo.File{{Path: []string{name}, Length: 1}},
	})}}
	return t.Encode()
}

// addForever is the process that is killed: it adds torrents, labels and pauses them, and prints each ID when
// everything about it was acknowledged.
func addForever(dir string) error {
	e, err := bt.Open(bt.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	ctx := context.Background()
	c, err := Open(ctx, Config{Dir: dir, Engine: e, Settings: Settings{DownloadDir: dir, StartPaused: true}})
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // the test is gone
	}()
	for i := 0; ; i++ {
		x, err := c.Add(ctx, AddRequest{File: made(i)})
		if errors.Is(err, ErrExists) {
			continue
		}
		if err == nil {
			err = c.Label(ctx, x.ID, []string{"done"}, nil)
		}
		if err != nil {
			return err
		}
		fmt.Println(x.ID)
	}
}

// TestKill9: whatever was acknowledged is there after kill -9 at any moment, in the order of the queue.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	var acknowledged []string
	for range 5 {
		acknowledged = append(acknowledged, kill(t, dir, 1+rand.IntN(60))...)
		c := openClient(t, dir, Settings{DownloadDir: dir})
		list, err := c.List(testContext(t), Filter{Label: "done"})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, x := range list {
			if x.State != StatePaused {
				t.Errorf("%s is %s: %s", x.Name, x.State, x.Error)
			}
			ids = append(ids, x.ID.String())
		}
		// One more may have been done and not told.
		if got, want := strings.Join(ids, " "), strings.Join(acknowledged, " "); !strings.HasPrefix(got, want) || len(ids) > len(acknowledged)+1 {
			t.Fatalf("%d torrents, %d were acknowledged:\n%s\n%s", len(ids), len(acknowledged), got, want)
		}
		acknowledged = ids
		if s, err := c.Summary(testContext(t)); err != nil || len(s.Problems) > 0 {
			t.Errorf("problems: %v, %v", s.Problems, err)
		}
		closeClient(t, c)
	}
}

// kill runs addForever and kills it after so many acknowledgements. It returns all of them.
func kill(t *testing.T, dir string, after int) (acknowledged []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(t), self)
	cmd.Env = append(os.Environ(), adderEnv+"="+dir)
	var problems strings.Builder
	cmd.Stderr = &problems
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if acknowledged = append(acknowledged, lines.Text()); len(acknowledged) == after {
			_ = cmd.Process.Kill()
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it was not killed: %v\n%s", err, problems.String())
	}
	return acknowledged
}

// BenchmarkRestart restores 1,000 torrents that are seeded. What is left of them is what the last save said.
func BenchmarkRestart(b *testing.B) {
	const n = 1000
	state, dir := b.TempDir(), b.TempDir()
	c := openClient(b, state, Settings{DownloadDir: dir})
	for i := range n {
		add(b, c, AddRequest{File: made(i), Whole: true})
	}
	closeClient(b, c)
	for b.Loop() {
		b.StopTimer()
		e := openEngine(b)
		b.StartTimer()
		c, err := Open(testContext(b), Config{Dir: state, Engine: e, Settings: Settings{DownloadDir: dir}})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		closeClient(b, c)
		b.StartTimer()
	}
}

// BenchmarkList describes 10,000 torrents.
func BenchmarkList(b *testing.B) {
	c := &Client{}
	for i := range 10_000 {
		e := newEntry(ID{byte(i), byte(i >> 8)}, facts{name: fmt.Sprintf("torrent %d", i), v1: true, hasInfo: true, size: 1})
		c.mu.queue = append(c.mu.queue, e)
	}
	for b.Loop() {
		if list, err := c.List(context.Background(), Filter{}); err != nil || len(list) != 10_000 {
			b.Fatal(err)
		}
	}
}

// TestPeersSurvive: what a torrent knew of its peers is known after a restart, also when it has lost all of them
// meanwhile.
func TestPeersSurvive(t *testing.T) {
	raw, id, addr := seeding(t, "film", 300_000)
	state, dir := t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir})
	add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}})
	if x := await(t, c, id, StateSeeding); x.KnownPeers != 1 {
		t.Errorf("%d peers are known; want 1", x.KnownPeers)
	}
	closeClient(t, c)
	spoil(t, filepath.Join(dir, "film"))

	c = openClient(t, state, Settings{DownloadDir: dir})
	if err := c.Recheck(testContext(t), id); err != nil {
		t.Fatal(err)
	}
	await(t, c, id, StateDownloading)
	if x := await(t, c, id, StateSeeding); x.Downloaded <= 300_000 || x.KnownPeers < 1 {
		t.Errorf("seeding again: %+v", x)
	}
	e, err := c.entry(id)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	e.live.Drop() // it forgets what it knows
	e.live = nil
	c.mu.Unlock()
	if err := c.save(e); err != nil {
		t.Fatal(err)
	}
	if rec, err := resume.Read(c.path(id, resumeSuffix)); err != nil || len(rec.Peers) != 1 || rec.Peers[0] != addr {
		t.Errorf("kept %v, %v; want %v", rec.Peers, err, addr)
	}
}
