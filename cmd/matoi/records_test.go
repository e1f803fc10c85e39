package main

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"matoi/storage"
)

// whileClosed stops a server, so that commands may write to its folder.
func whileClosed(t *testing.T, s server) string {
	t.Helper()
	s.end(t)
	return s.Config.Data
}

// mustRun runs a command that has to succeed and gives what it printed, and what it said beside.
func mustRun(t *testing.T, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := run(t, "", nil, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s%s", args, code, out, errs)
	}
	return out, errs
}

// anywhere reports whether a file of a folder holds a text.
func anywhere(t *testing.T, folder, text string) (files []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "matoi.db*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no database in %s: %v", folder, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			files = append(files, filepath.Base(name))
		}
	}
	return files
}

func TestErasedTextsAreNowhereOnTheDisk(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P2 Checkout is slow")
	s.say(t, "alice", "log customer Yamada called from 090-1234-5678 --in "+n)
	s.say(t, "bob", "log nothing to do with it --in "+n)
	data := whileClosed(t, s)
	t.Chdir(filepath.Dir(data)) // as by default, the folder is named from where one stands
	data = filepath.Base(data)
	if len(anywhere(t, data, "Yamada")) == 0 {
		t.Fatal("it was not there to begin with")
	}
	seq := ""
	exported, _ := mustRun(t, "export", "--data", data)
	for _, found := range regexp.MustCompile(`"seq":(\d+),"kind":"noted"[^}]*?Yamada`).FindAllStringSubmatch(exported, 1) {
		seq = found[1]
	}
	mustRun(t, "erase", "entry", n, seq, "--data", data, "--by", "bob", "--why", "request 17")
	if found := anywhere(t, data, "Yamada"); len(found) > 0 {
		t.Errorf("the text is still in %v", found)
	}
	out, _ := mustRun(t, "verify", "--data", data)
	if !strings.Contains(out, "1 incident") || !strings.Contains(out, "one entry was erased") {
		t.Errorf("verify: %s", out)
	}
	if len(anywhere(t, data, "alice")) == 0 {
		t.Fatal("her name was not there to begin with")
	}
	mustRun(t, "erase", "person", "alice", "--data", data, "--by", "bob", "--why", "she left")
	if found := anywhere(t, data, "alice"); len(found) > 0 {
		t.Errorf("the name is still in %v", found)
	}
	exported, _ = mustRun(t, "export", "--data", data)
	for _, gone := range []string{"alice", "Yamada", "090-1234"} {
		if strings.Contains(exported, gone) {
			t.Errorf("the export still says %s", gone)
		}
	}
	mustRun(t, "verify", "--data", data)
	mustRun(t, "legal-hold", "all", "--data", data, "--by", "bob", "--why", "case 12")
	if code, _, errs := run(t, "", nil, "erase", "entry", n, "1", "--data", data, "--by", "bob", "--why", "x"); code != 1 || !strings.Contains(errs, "legal hold") {
		t.Errorf("under a hold: exit %d: %s", code, errs)
	}
}

func TestHeadsShowWhatWasCutOff(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P3 Copied")
	s.say(t, "alice", "log something --in "+n)
	dir := t.TempDir()
	early, late, key := filepath.Join(dir, "early"), filepath.Join(dir, "late"), filepath.Join(dir, "key")
	backup := filepath.Join(dir, "early.db")
	data := s.Config.Data
	public := ""
	for _, file := range []string{early, late} {
		heads, said := mustRun(t, "heads", "--data", data, "--key", key)
		if err := os.WriteFile(file, []byte(heads), 0o600); err != nil {
			t.Fatal(err)
		}
		public = strings.TrimSpace(said[strings.LastIndex(strings.TrimSpace(said), " "):])
		if file == early { // what it holds is no less than the heads
			mustRun(t, "backup", "--data", data, backup)
		}
		s.say(t, "bob", "log and more --in "+n)
	}
	if b, err := base64.StdEncoding.DecodeString(public); err != nil || len(b) != 32 {
		t.Fatalf("the public key is %q: %v", public, err)
	}
	if st, err := os.Stat(key); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the key's rights: %v %v", st, err)
	}
	for _, file := range []string{early, late} {
		if out, _ := mustRun(t, "verify", "--data", data, "--heads", file, "--public-key", public); !strings.Contains(out, "missing or written anew") {
			t.Errorf("%s: %s", file, out)
		}
	}
	mustRun(t, "verify", "--data", backup, "--heads", early)
	mustRun(t, "verify", "--data", backup, "--heads", early, "--public-key", key) // who has the one has the other
	if code, _, errs := run(t, "", nil, "verify", "--data", backup, "--heads", late, "--public-key", public); code != 1 || !strings.Contains(errs, n) || !strings.Contains(errs, "missing") {
		t.Errorf("an older state against later heads: exit %d: %s", code, errs)
	}
	text, err := os.ReadFile(late)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(text)), "\n")
	for name, changed := range map[string]string{
		"a line gone":       lines[0] + strings.Join(lines[2:], ""),
		"the end gone":      strings.Join(lines[:len(lines)-1], ""),
		"a count changed":   strings.Replace(string(text), `"entries":`, `"entries":1`, 1),
		"a time changed":    strings.Replace(string(text), `"at":"2`, `"at":"3`, 1),
		"no heads":          "{}\n",
		"signed by another": strings.Replace(string(text), public, base64.StdEncoding.EncodeToString(make([]byte, 32)), 1),
	} {
		file := filepath.Join(dir, "changed")
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := run(t, "", nil, "verify", "--data", data, "--heads", file); code != 1 || !strings.Contains(errs, "cannot be trusted") {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
}

// TestBackupsAndRestoresKilledAtAnyMoment kills both while a server writes: a backup is whole or not there, and a folder
// holds the old database or the new one.
func TestBackupsAndRestoresKilledAtAnyMoment(t *testing.T) {
	p := &process{t: t, file: binary(t), data: t.TempDir()}
	p.start()
	defer func() { p.kill() }()
	for range 40 {
		p.post(http.DefaultClient, "/hooks/generic", `{"title":"disk full","key":"`+time.Now().String()+`","severity":"critical"}`, "")
	}
	dir := t.TempDir()
	first := filepath.Join(dir, "first.db")
	out, err := exec.Command(p.file, "backup", "--data", p.data, first).CombinedOutput()
	if err != nil {
		t.Fatalf("backup: %v\n%s", err, out)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := func(args ...string) {
		cmd := exec.Command(p.file, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(random.IntN(250))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
	}
	folder := filepath.Join(dir, "data")
	mustRun(t, "restore", first, "--data", folder)
	for range kills(t) {
		p.post(http.DefaultClient, "/hooks/generic", `{"title":"disk full","key":"`+time.Now().String()+`","severity":"critical"}`, "")
		next := filepath.Join(dir, "next.db")
		killed("backup", "--data", p.data, next)
		if _, err := os.Stat(next); err == nil {
			mustRun(t, "verify", "--data", next)
			_ = os.Remove(next)
		}
		killed("restore", first, "--data", folder, "--force")
		mustRun(t, "verify", "--data", folder)
	}
	mustRun(t, "restore", first, "--data", folder, "--force")
	left, err := filepath.Glob(filepath.Join(folder, ".restore-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	s, err := storage.Open(t.Context(), storage.Options{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyWithTheConfigurationChecksTheClockToo(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P1 Checkout is slow")
	s.say(t, "alice", "ack --in "+n)
	s.say(t, "bob", "open P4 A chair is broken")
	mustRun(t, "verify", "--config", s.File)
	data := whileClosed(t, s)
	mustRun(t, "verify", "--config", s.File)
	db, err := sql.Open("sqlite", filepath.Join(data, "matoi.db"))
	if err == nil {
		_, err = db.Exec(`UPDATE incident SET due_at = due_at + 60000000 WHERE due_at > 0`)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, "", nil, "verify", "--config", s.File); code != 1 || !strings.Contains(errs, n) || !strings.Contains(errs, "clock") {
		t.Errorf("a deadline put off by hand: exit %d: %s", code, errs)
	}
}
