package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// beside starts a server that is no part of Matoi. It is told to stop at the end, so that it stops what it started, and
// what it said is shown if the test failed. Said gives what it has said so far.
func beside(t *testing.T, name string, args ...string) (said func() string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	said = func() string {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = ended(cmd)
		_ = log.Close()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), tail(said()))
		}
	})
	return said
}

// answers waits until a server says 200 at an address.
func answers(t *testing.T, url string) {
	t.Helper()
	(&scene{t: t}).until(url+" answers", func() bool {
		answer, err := http.Get(url) //nolint:noctx // a loopback address, and the test has its own end
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}
