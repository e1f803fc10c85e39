package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Cluster is a PostgreSQL that runs.
type Cluster struct {
	bin, data string
	port      int
	as        []string // what runs its programs as its own user, where we are root
	PID       int      // of the server; another one after Restart
}

// Missing is why there can be none on this machine.
type Missing string

func (m Missing) Error() string { return string(m) }

// Start makes one in an empty folder, which the user postgres must be able to reach where we are root. The error is Missing
// where its programs, or that user, are not there.
func Start(ctx context.Context, folder string) (*Cluster, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append([]string{path}, found...)
	}
	if len(found) == 0 {
		return nil, Missing("PostgreSQL's programs are not installed here")
	}
	slices.Sort(found)
	c := &Cluster{bin: filepath.Dir(found[len(found)-1]), data: folder}
	if os.Geteuid() == 0 { // it refuses to run as root
		c.as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", "env", "HOME=" + folder}
		if out, err := exec.CommandContext(ctx, "chown", "postgres:", folder).CombinedOutput(); err != nil {
			return nil, Missing("no user postgres to run it as: " + string(out))
		}
	}
	var err error
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := c.do(ctx, "initdb", "-D", folder, "-U", "matoi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return nil, err
	}
	return c, c.up(ctx, "start")
}

// freePort is one below the range that the kernel hands out: nobody takes it by chance while the server is away.
func freePort() (int, error) {
	var l net.Listener
	err := fmt.Errorf("no port is free")
	for range 100 {
		port := 20000 + rand.IntN(10000)
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// up starts the server, or restarts it without a word to those whom it serves.
func (c *Cluster) up(ctx context.Context, how string) error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=300", c.port, c.data)
	if err := c.do(ctx, "pg_ctl", "-D", c.data, "-l", filepath.Join(c.data, "server.log"), "-o", options, "-m", "immediate", "-w", how); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	c.PID, err = strconv.Atoi(first)
	return err
}

// Restart ends the server at once, without a checkpoint, and starts it again: it comes back by its log of writes.
func (c *Cluster) Restart(ctx context.Context) error { return c.up(ctx, "restart") }

// Stop ends it for good.
func (c *Cluster) Stop() error {
	return c.do(context.Background(), "pg_ctl", "-D", c.data, "-m", "immediate", "-w", "stop")
}

func (c *Cluster) do(ctx context.Context, program string, args ...string) error {
	words := append(append(slices.Clone(c.as), filepath.Join(c.bin, program)), args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = "/"
	out, err := os.CreateTemp("", "matoi-cluster-*.log") // no pipe: the server it leaves behind would hold it open
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %.300s", program, err, said)
	}
	return nil
}

// Address is the connection string of a database.
func (c *Cluster) Address(database string) string {
	return fmt.Sprintf("postgres://matoi@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// Database makes an empty one and gives its address.
func (c *Cluster) Database(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, c.Address("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return c.Address(name), err
}
