package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL of ours in a scratch folder, with everything that makes it durable left on.
type cluster struct {
	bin, data string
	port      string
	as        []string // what runs its programs as its own user, where we are root
	pid       int
}

// noPostgres is why there is none here.
type noPostgres string

func (n noPostgres) Error() string { return string(n) }

// cluster starts one; a noPostgres where its programs are not installed.
func (b *bed) cluster() (*cluster, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append([]string{path}, found...)
	}
	if len(found) == 0 {
		return nil, noPostgres("PostgreSQL's programs are not installed here")
	}
	slices.Sort(found)
	data, err := b.folder("postgres")
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: filepath.Dir(found[len(found)-1]), data: data, port: address[strings.LastIndexByte(address, ':')+1:]}
	if os.Geteuid() == 0 { // it refuses to run as root
		c.as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", "env", "HOME=" + data}
		if out, err := exec.CommandContext(b.ctx, "chown", "postgres:", data).CombinedOutput(); err != nil {
			return nil, noPostgres("no user postgres to run it as: " + string(out))
		}
	}
	if err := c.do(b.ctx, "initdb", "-D", data, "-U", "matoi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		return nil, err
	}
	options := fmt.Sprintf("-p %s -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=300", c.port, data)
	if err := c.do(b.ctx, "pg_ctl", "-D", data, "-l", filepath.Join(data, "server.log"), "-o", options, "-w", "start"); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	c.pid, err = strconv.Atoi(first)
	return c, err
}

func (c *cluster) do(ctx context.Context, program string, args ...string) error {
	words := append(append(slices.Clone(c.as), filepath.Join(c.bin, program)), args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = "/"
	out, err := os.CreateTemp("", "matoi-bench-*.log") // no pipe: the server it leaves behind would hold it open
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

func (c *cluster) stop() error {
	return c.do(context.Background(), "pg_ctl", "-D", c.data, "-m", "immediate", "-w", "stop")
}

func (c *cluster) address(database string) string {
	return "postgres://matoi@127.0.0.1:" + c.port + "/" + database + "?sslmode=disable"
}

// database makes an empty one and gives its address.
func (c *cluster) database(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return c.address(name), err
}

// onPostgres starts Matoi on a database.
func (b *bed) onPostgres(address string) (*server, error) {
	data, err := b.folder("matoi")
	if err != nil {
		return nil, err
	}
	return b.matoi(data, "database: {postgres: \""+address+"\"}\n")
}
