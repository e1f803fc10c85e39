package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// kills is how often the process is killed, MATOI_TEST_KILLS asks for more.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MATOI_TEST_KILLS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// program is the real program, built once for all tests that start it.
type program struct {
	once sync.Once
	dir  string
	err  error
}

var shipped program

// TestMain takes the program away again at the end.
func TestMain(m *testing.M) {
	code := m.Run()
	if shipped.dir != "" {
		_ = os.RemoveAll(shipped.dir)
	}
	os.Exit(code)
}

// binary gives the real program, as it is shipped.
func binary(t *testing.T) string {
	t.Helper()
	shipped.once.Do(shipped.build)
	if shipped.err != nil {
		t.Fatal(shipped.err)
	}
	return filepath.Join(shipped.dir, "matoi")
}

func (p *program) build() {
	if p.dir, p.err = os.MkdirTemp("", "matoi-program-"); p.err != nil {
		return
	}
	build := exec.Command("go", "build", "-o", filepath.Join(p.dir, "matoi"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		p.err = fmt.Errorf("build: %w\n%s", err, out)
	}
}

// process is the program while it is started and killed again and again.
type process struct {
	t       *testing.T
	file    string
	data    string
	address atomic.Value // of the process that runs, or ran last
	cmd     *exec.Cmd
	errs    log
	flags   []string // beside --listen and --data
}

// start runs the program until it says that it is ready.
func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.file, append([]string{"--listen", "127.0.0.1:0", "--data", p.data}, p.flags...)...)
	p.cmd.Env = append(os.Environ(), "LC_ALL=C")
	p.cmd.Stderr = &p.errs
	url, err := ready(p.cmd)
	if err != nil {
		p.t.Fatalf("it did not start: %v\n%s", err, p.errs.String())
	}
	p.address.Store(url)
}

// ready starts a program, waits for the line that says it is ready, and gives the address in it.
func ready(cmd *exec.Cmd) (url string, err error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // it says where it hangs
	defer late.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if url = regexp.MustCompile(`http://[0-9.:]+`).FindString(line); err != nil || url == "" {
		return "", errors.Join(fmt.Errorf("it said %q", line), err, cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return url, nil
}

// ended waits until a program has ended; one that goes on and on is killed, which is an error.
func ended(cmd *exec.Cmd) error {
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	return cmd.Wait()
}

// kill ends it without a word.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// post sends a request until it is answered 2xx, whoever runs meanwhile, and gives the body.
func (p *process) post(client *http.Client, path, body, key string) string {
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*patience)
	defer cancel()
	for saw := ""; ; <-time.After(5 * time.Millisecond) {
		if ctx.Err() != nil {
			if p.t.Context().Err() == nil {
				p.t.Errorf("%s %s: no success within %s, but %s", path, body, 2*patience, saw)
			}
			return ""
		}
		r, err := http.NewRequestWithContext(ctx, "POST", p.address.Load().(string)+path, strings.NewReader(body))
		if err != nil {
			p.t.Error(err)
			return ""
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := client.Do(r)
		if err != nil {
			saw = err.Error()
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		saw = answer.Status + " " + string(text)
		switch {
		case answer.StatusCode/100 == 4:
			p.t.Errorf("%s %s: %s %s", path, body, answer.Status, text)
			return ""
		case answer.StatusCode/100 == 2 && err == nil:
			return string(text)
		}
	}
}

// get reads JSON.
func (p *process) get(path string, to any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", p.address.Load().(string)+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, ok := to.(*string); ok {
		b, _ := io.ReadAll(answer.Body)
		*text = string(b)
		return
	}
	if err := json.NewDecoder(answer.Body).Decode(to); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
}

func numberIn(t *testing.T, body string) string {
	t.Helper()
	n := regexp.MustCompile(`"number":"(INC-[0-9-]+)"`).FindStringSubmatch(body)
	if n == nil {
		t.Errorf("no number in %s", body)
		return ""
	}
	return n[1]
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// settle waits until inbox and outbox are empty.
func (p *process) settle() {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		var text string
		if p.get("/metrics", &text); strings.Contains(text, "matoi_outbox_waiting 0\n") && strings.Contains(text, "matoi_inbox_waiting 0\n") {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("something still waits:\n%s", regexp.MustCompile(`(?m)^matoi_(in|out)box.*$`).FindAllString(text, -1))
		}
	}
}

// port is a free one below the range the kernel hands out: nobody is given it by chance while a server is away, least of all
// whoever tries to reach that server.
func port(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address[strings.IndexByte(address, ':')+1:]
		}
	}
	t.Fatal("no port is free")
	return ""
}
