package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a process of ours, reached on a loopback address.
type server struct {
	name    string
	address string
	cmd     *exec.Cmd
	log     *bytes.Buffer
	ready   time.Duration // from its start to its first good answer
	ended   chan struct{}
	client  *http.Client
}

// freeAddress is one that nobody listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a program until it answers on ready.
func (b *bed) start(name, address, ready string, program string, args ...string) (*server, error) {
	s := &server{name: name, address: address, log: &bytes.Buffer{}, ended: make(chan struct{}), client: &http.Client{
		Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.cmd = exec.Command(program, args...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.Env = append(os.Environ(), "LC_ALL=C")
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	b.servers = append(b.servers, s)
	for {
		if s.answers(b.ctx, ready) {
			s.ready = time.Since(began)
			return s, nil
		}
		select {
		case <-s.ended:
			return nil, fmt.Errorf("%s ended: %s", name, bytes.TrimSpace(s.log.Bytes()))
		case <-b.ctx.Done():
			return nil, b.ctx.Err()
		case <-time.After(time.Millisecond):
		}
		if time.Since(began) > 2*time.Minute {
			return nil, fmt.Errorf("%s was not ready within two minutes", name)
		}
	}
}

// answers asks once on a connection of its own: one that is kept would be counted with the server's memory.
func (s *server) answers(ctx context.Context, path string) bool {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, s.address); err != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && strings.Contains(line, " 200 ")
}

// pid is the process's id.
func (s *server) pid() int { return s.cmd.Process.Pid }

// stop ends the process as a supervisor would, and kills it where that takes too long.
func (s *server) stop() error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
		return fmt.Errorf("%s did not stop within 15 s", s.name)
	}
}

// stand lets the process stand still, or go on.
func (s *server) stand(still bool) error {
	if still {
		return s.cmd.Process.Signal(syscall.SIGSTOP)
	}
	return s.cmd.Process.Signal(syscall.SIGCONT)
}

func (b *bed) stopAll() (err error) {
	for _, s := range b.servers {
		err = errors.Join(err, s.stop())
	}
	b.servers = nil
	return err
}

// aroundTheClock has all targets counted as in the stores that were filled: their deadlines carry the version of the shipped
// policy, which has no hours, and are not set anew at the start. Nor does anybody ask about the silence of their incidents.
const aroundTheClock = "targets: {P3: {hours: 24x7}, P4: {hours: 24x7}, P5: {hours: 24x7}}\nworking_hours: 24x7\n" +
	"stale: {P1: 0, P2: 0, P3: 0, P4: 0, P5: 0}\n"

// matoi starts the program on a folder; more is further configuration as YAML.
func (b *bed) matoi(data, more string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(b.scratch, "matoi-"+strings.ReplaceAll(address, ":", "-")+".yaml")
	if err := os.WriteFile(config, []byte("log: {level: warn}\n"+aroundTheClock+more), 0o600); err != nil {
		return nil, err
	}
	return b.start("matoi", address, "/readyz", b.binary, "serve", "--listen", address, "--data", data, "--config", config)
}

// fresh starts the program on an empty folder.
func (b *bed) fresh() (*server, error) {
	data, err := b.folder("matoi")
	if err != nil {
		return nil, err
	}
	return b.matoi(data, "")
}

// reference starts one of the reference servers.
func (b *bed) reference(mode, place string) (*server, error) {
	address, err := freeAddress()
	if err == nil && place == "" {
		place, err = b.folder(mode)
	}
	if err != nil {
		return nil, err
	}
	return b.start("limit-"+mode, address, "/readyz", b.self, "limit", mode, address, place)
}

// ask sends one request and gives status, header and body.
func (s *server) ask(ctx context.Context, method, path, body string, header ...string) (int, http.Header, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, string(raw), err
}

// waiting is how much the server has accepted and not worked off, and what of that it has not told, by its own count.
func (s *server) waiting(ctx context.Context) (inbox, outbox int, err error) {
	code, _, text, err := s.ask(ctx, "GET", "/metrics", "")
	if err != nil || code != http.StatusOK {
		return 0, 0, fmt.Errorf("/metrics: %d %v", code, err) //nolint:errorlint // there may be none
	}
	seen := 0
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "matoi_inbox_waiting":
			inbox, seen = int(n), seen+1
		case "matoi_outbox_waiting":
			outbox, seen = int(n), seen+1
		}
	}
	if seen != 2 {
		return 0, 0, errors.New("/metrics does not say what waits")
	}
	return inbox, outbox, nil
}

// drained waits until everything accepted is worked off, and says how long that took.
func (b *bed) drained(s *server, bound time.Duration) (time.Duration, error) {
	began := time.Now()
	for {
		inbox, _, err := s.waiting(b.ctx)
		if err != nil {
			return 0, err
		}
		if inbox == 0 {
			return time.Since(began), nil
		}
		if time.Since(began) > bound {
			return 0, fmt.Errorf("%d requests still wait after %s", inbox, bound)
		}
		if err := b.pause(100 * time.Millisecond); err != nil {
			return 0, err
		}
	}
}
