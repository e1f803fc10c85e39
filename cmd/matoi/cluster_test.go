//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// pair is a PostgreSQL that writes and a standby that each commit waits for, both of ours, durable as they come.
type pair struct {
	t        *testing.T
	bin, dir string
	as       []string // what runs its programs as its own user, where we are root
	made     int
	lead     *clustered // takes writes
	behind   *clustered // the standby; nil after it took the other's place
	spare    string     // the port of the dead
}

// clustered is one of the two.
type clustered struct {
	data string
	port string
}

// newPair makes both, and an empty database.
func newPair(t *testing.T) *pair {
	t.Helper()
	p := newServer(t)
	p.follow(port(t))
	return p
}

// newServer makes the one that takes writes, and an empty database.
func newServer(t *testing.T) *pair {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		missing(t, "needs PostgreSQL's programs (the Debian package postgresql)")
	}
	dir, err := os.MkdirTemp("", "matoi-pair-") //nolint:usetesting // the server's user can't pass through t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "server.log")); t.Failed() && err == nil {
			t.Logf("the servers say:\n%s", tail(string(log)))
		}
		_ = os.RemoveAll(dir)
	})
	p := &pair{t: t, bin: filepath.Dir(slices.Max(found)), dir: dir}
	if os.Geteuid() == 0 { // it refuses to run as root
		p.as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", "env", "HOME=" + dir}
		if out, err := exec.CommandContext(t.Context(), "chown", "postgres:", dir).CombinedOutput(); err != nil {
			missing(t, "needs a user postgres to run PostgreSQL as: "+string(out))
		}
	}
	p.lead = p.fresh(port(t))
	p.do("initdb", "-D", p.lead.data, "-U", "matoi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	p.start(p.lead)
	p.sql(p.lead, "CREATE DATABASE matoi")
	return p
}

// fresh names a server in a folder of its own.
func (p *pair) fresh(port string) *clustered {
	p.made++
	s := &clustered{data: filepath.Join(p.dir, "data"+strconv.Itoa(p.made)), port: port}
	p.t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(s.data, "postmaster.pid")); err == nil {
			_ = p.try("pg_ctl", "-D", s.data, "-m", "immediate", "-w", "stop")
		}
	})
	return s
}

// follow makes a standby of the server that takes writes, and has every commit wait for it.
func (p *pair) follow(port string) {
	p.behind = p.fresh(port)
	p.do("pg_basebackup", "-D", p.behind.data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-d", "host=127.0.0.1 port="+p.lead.port+" user=matoi application_name=behind")
	p.start(p.behind)
	p.sql(p.lead, "ALTER SYSTEM SET synchronous_standby_names = 'behind'")
	p.sql(p.lead, "SELECT pg_reload_conf()")
	eventually(p.t, "commits wait for the standby", func() bool {
		return p.sql(p.lead, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
	})
}

func (p *pair) start(s *clustered) {
	options := fmt.Sprintf("-p %s -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c wal_retrieve_retry_interval=200ms", s.port)
	p.do("pg_ctl", "-D", s.data, "-l", filepath.Join(p.dir, "server.log"), "-o", options, "-w", "-t", "180", "start")
}

// do runs one of its programs.
func (p *pair) do(program string, args ...string) {
	p.t.Helper()
	if err := p.try(program, args...); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "server.log"))
		p.t.Fatalf("%v\n%s", err, tail(string(log)))
	}
}

func (p *pair) try(program string, args ...string) error {
	words := append(append(slices.Clone(p.as), filepath.Join(p.bin, program)), args...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = "/"
	out, err := os.CreateTemp(p.t.TempDir(), "") // no pipe: the server it leaves behind would hold it open
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}

// sql asks one of them for one value.
func (p *pair) sql(s *clustered, query string) string {
	p.t.Helper()
	name := "matoi"
	if strings.HasPrefix(query, "CREATE DATABASE") {
		name = "postgres"
	}
	conn, err := pgx.Connect(p.t.Context(), "postgres://matoi@127.0.0.1:"+s.port+"/"+name+"?sslmode=disable")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(p.t.Context())) }()
	var value string
	result, err := conn.PgConn().Exec(p.t.Context(), query).ReadAll()
	if err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	if rows := result[0].Rows; len(rows) > 0 {
		value = string(rows[0][0])
	}
	return value
}

// address is of whichever of the two takes writes.
func (p *pair) address() string {
	return fmt.Sprintf("postgres://matoi@127.0.0.1:%s,127.0.0.1:%s/matoi?sslmode=disable&target_session_attrs=read-write", p.lead.port, p.behind.port)
}

// kill ends the server that takes writes without a word, and the process that sends to its standby, which might else hear
// that a commit arrived and let it be answered.
func (p *pair) kill(sender string) {
	raw, err := os.ReadFile(filepath.Join(p.lead.data, "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	p.signal(first, syscall.SIGKILL)
	p.signal(sender, syscall.SIGKILL)
	if err := os.Remove(filepath.Join(p.lead.data, "postmaster.pid")); err != nil {
		p.t.Fatal(err)
	}
}

// promote lets the standby take the writes.
func (p *pair) promote() {
	p.do("pg_ctl", "-D", p.behind.data, "-w", "-t", "180", "promote")
	p.spare, p.lead, p.behind = p.lead.port, p.behind, nil
}

func (p *pair) signal(pid string, s os.Signal) {
	p.t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		p.t.Fatal(err)
	}
	process, err := os.FindProcess(n)
	if err == nil {
		err = process.Signal(s)
	}
	if err != nil && !errors.Is(err, os.ErrProcessDone) { // one may have ended with the other
		p.t.Fatal(err)
	}
}
