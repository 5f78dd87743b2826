package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// torrent is one of the node's, as it says.
func (u *user) torrent(id string) map[string]any {
	u.t.Helper()
	return u.ask("torrent", "show", id)
}

// until polls a torrent: the command line is what is under test, and it has no way to wait.
func (u *user) until(id, what string, ok func(map[string]any) bool) map[string]any {
	u.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		one := u.torrent(id)
		if ok(one) {
			return one
		}
		if time.Now().After(deadline) {
			u.t.Fatalf("%s: never %s: %v", id, what, one)
		}
	}
}

func inState(s string) func(map[string]any) bool {
	return func(one map[string]any) bool { return one["state"] == s }
}

// TestTorrentsOfANode: a node without a ledger seeds a folder, another one downloads part of it, then the rest; what is
// set of it survives a kill -9.
func TestTorrentsOfANode(t *testing.T) {
	bin := build(t)
	seeder, leecher := newUser(t, bin), newUser(t, bin)
	from, to := t.TempDir(), t.TempDir()
	film := random(t, filepath.Join(from, "album", "film.mkv"), 900_000, 1)
	notes := random(t, filepath.Join(from, "album", "notes.txt"), 70_000, 2)
	file := filepath.Join(from, "album.torrent")
	if _, code := seeder.run("torrent", "create", "--piece-size", "16384", "--out", file, filepath.Join(from, "album")); code != 0 {
		t.Fatal("create failed")
	}
	info, _ := seeder.node("--no-ledger")
	seeder.ask("torrent", "add", file, "--out", from)
	seeder.until("album", "seeding", inState("seeding"))
	if _, code := seeder.run("torrent", "add", file, "--out", from); code != 25 {
		t.Errorf("added twice: exit code %d; want 25", code)
	}

	cmd, _, _ := leecher.process("--no-ledger")
	added := leecher.ask("torrent", "add", file, "--out", to, "--skip", "*.txt", "--label", "films", "--limit-up", "1MiB/s",
		"--sequential", "--peer", info["listen"].(string))["torrents"].([]any)[0].(map[string]any)
	id := added["id"].(string)[:6]
	one := leecher.until(id, "seeding", inState("seeding"))
	if one["wanted"] != float64(900_000) || one["progress"] != float64(1) || one["sequential"] != true {
		t.Errorf("%v", one)
	}
	if got, err := os.ReadFile(filepath.Join(to, "album", "film.mkv")); err != nil || !bytes.Equal(got, film) {
		t.Errorf("film: %d bytes, %v", len(got), err)
	}
	if got, err := os.ReadFile(filepath.Join(to, "album", "notes.txt")); err == nil && bytes.Equal(got, notes) {
		t.Error("what was skipped is there")
	}
	peers := leecher.ask("torrent", "peers", id)["peers"].([]any)
	if len(peers) != 1 || !strings.HasPrefix(peers[0].(map[string]any)["client"].(string), "ttx") {
		t.Errorf("peers %v", peers)
	}
	files := leecher.ask("torrent", "files", id, "--normal", "1", "--high", "0")["files"].([]any)
	if files[0].(map[string]any)["priority"] != "high" || files[1].(map[string]any)["priority"] != "normal" {
		t.Errorf("files %v", files)
	}
	leecher.until(id, "whole", func(one map[string]any) bool { return one["completed"] == float64(970_000) })
	if p := leecher.ask("torrent", "pieces", id); p["done"] != p["count"] {
		t.Errorf("pieces %v", p)
	}

	leecher.ask("torrent", "edit", id, "--ratio", "2", "--name", "my album")
	leecher.ask("torrent", "limit", id, "--down", "2MiB/s")
	leecher.ask("torrent", "label", id, "--add", "seen")
	leecher.ask("torrent", "pause", id)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	leecher.node("--no-ledger")
	one = leecher.torrent("my album")
	limits, goals := one["limits"].(map[string]any), one["goals"].(map[string]any)
	if one["state"] != "paused" || limits["up"] != float64(1<<20) || limits["down"] != float64(2<<20) || goals["ratio"] != float64(2) || len(one["labels"].([]any)) != 2 {
		t.Errorf("after kill -9: %v", one)
	}
	if list := leecher.ask("torrent", "list", "--label", "films", "--state", "paused")["torrents"].([]any); len(list) != 1 {
		t.Errorf("listed %v", list)
	}
	leecher.ask("torrent", "resume", "--all")
	leecher.until(id, "seeding", inState("seeding"))

	if _, code := leecher.run("torrent", "remove", "--data", id, "0000"); code != 12 {
		t.Errorf("one of two is unknown: exit code %d; want 12", code)
	}
	if _, err := os.Stat(filepath.Join(to, "album")); err == nil {
		t.Error("the data of a removed torrent is there")
	}
	if list := leecher.ask("torrent", "list")["torrents"].([]any); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
	seeder.ask("torrent", "remove", "--all")
	if got, err := os.ReadFile(filepath.Join(from, "album", "notes.txt")); err != nil || !bytes.Equal(got, notes) {
		t.Errorf("the data of the seeder: %d bytes, %v", len(got), err)
	}
}
