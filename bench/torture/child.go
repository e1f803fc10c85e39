package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// child is the program that is started and killed.
type child struct {
	binary, name string // the name is of its log
	folder       string // of configuration and log
	place        place
	address      atomic.Value // of the one that runs, or ran last
	cmd          *exec.Cmd
	log          *os.File
	read         int64 // how far the log was looked through

	mu     sync.Mutex
	lives  []life
	starts []recovery
}

// life is a span in which the child was ready.
type life struct{ from, to time.Time }

// recovery is a start that became ready, and what it had to recover from.
type recovery struct {
	after string
	took  time.Duration
}

// readyWithin is the longest start that is waited for.
const readyWithin = 60 * time.Second

var addressed = regexp.MustCompile(`http://[0-9.:]+`)

func (c *child) config() string { return filepath.Join(c.folder, "matoi.yaml") }

// launch starts the program without waiting for it; the line it prints once it is ready comes through out.
func (c *child) launch() (out io.Reader, err error) {
	if c.log == nil {
		if c.log, err = os.OpenFile(filepath.Join(c.folder, c.name+".log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600); err != nil {
			return nil, err
		}
	}
	c.cmd = exec.Command(c.binary, "--listen", "127.0.0.1:0", "--data", c.place.folder, "--config", c.config())
	c.cmd.Env = append(c.cmd.Environ(), "LC_ALL=C", "GORACE=halt_on_error=1")
	c.cmd.Stderr = c.log
	if out, err = c.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return out, c.cmd.Start()
}

// start runs the program until it is ready. after says what it was killed in.
func (c *child) start(ctx context.Context, after string) error {
	began := time.Now()
	out, err := c.launch()
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	slow := time.AfterFunc(readyWithin, func() { _ = c.cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	slow.Stop()
	url := addressed.FindString(line)
	if err != nil || url == "" {
		return errors.Join(fmt.Errorf("it did not become ready within %s after %q", time.Since(began), after), c.cmd.Wait(), err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	now := time.Now()
	c.address.Store(url)
	c.mu.Lock()
	c.lives = append(c.lives, life{from: now})
	c.starts = append(c.starts, recovery{after, now.Sub(began)})
	c.mu.Unlock()
	return ctx.Err()
}

// born is when the one that runs was started.
func (c *child) born() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.starts[len(c.starts)-1]
	return c.lives[len(c.lives)-1].from.Add(-s.took)
}

// stillborn starts the program and kills it so soon, ready or not.
func (c *child) stillborn(within time.Duration) error {
	out, err := c.launch()
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	time.Sleep(within)
	return c.reap()
}

// kill ends it without a word.
func (c *child) kill() error {
	c.mu.Lock()
	c.lives[len(c.lives)-1].to = time.Now()
	c.mu.Unlock()
	return c.reap()
}

// reap kills and buries the process; that it was dead already is its own deed, and an error.
func (c *child) reap() error {
	if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill: %w", errors.Join(err, c.cmd.Wait()))
	}
	err := c.cmd.Wait()
	if killed(c.cmd) {
		return nil
	}
	return fmt.Errorf("it ended by itself: %w", errors.Join(err, errors.New(c.cmd.ProcessState.String())))
}

// killed reports whether a process that has ended was killed.
func killed(c *exec.Cmd) bool {
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// awake is how much of the span from one time to another the child was ready in.
func (c *child) awake(from, to time.Time) (sum time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := len(c.lives) - 1; k >= 0; k-- {
		l := c.lives[k]
		if l.to.IsZero() {
			l.to = to
		}
		if l.to.Before(from) {
			break
		}
		if begin, end := later(l.from, from), earlier(l.to, to); end.After(begin) {
			sum += end.Sub(begin)
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// complaints are the lines of the log since the last look that tell of something broken. A configuration that is refused is
// what a broken one asks for, and while the database is away that may be said.
func (c *child) complaints(away *troubles) (lines []string, err error) {
	text, err := io.ReadAll(io.NewSectionReader(c.log, c.read, 1<<40))
	c.read += int64(len(text))
	for line := range strings.Lines(string(text)) {
		bad := strings.Contains(line, "level=ERROR") && !strings.Contains(line, "the changed configuration was not taken") && !away.excuses(stamp(line))
		if bad || strings.Contains(line, "DATA RACE") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, err
}

// stamp is the time at which a line of the log was written.
func stamp(line string) time.Time {
	text, _, _ := strings.Cut(strings.TrimPrefix(line, "time="), " ")
	at, _ := time.Parse(time.RFC3339Nano, text)
	return at
}

// tool runs a subcommand of the program beside the server.
func (c *child) tool(ctx context.Context, args ...string) ([]byte, error) {
	return c.command(ctx, args...).CombinedOutput()
}

func (c *child) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.binary, args...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	return cmd
}

// explain has every child write down what each of its goroutines does, into its log, and end.
func (t *torture) explain() (err error) {
	for _, c := range t.children {
		if c.cmd != nil && c.cmd.Process != nil {
			err = errors.Join(err, c.cmd.Process.Signal(syscall.SIGQUIT))
		}
	}
	select {
	case <-t.ctx.Done():
	case <-time.After(2 * time.Second):
	}
	return err
}
