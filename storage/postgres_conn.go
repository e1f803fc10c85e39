package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// patience is how long a PostgreSQL may say nothing after it was asked, be it that its machine is gone without a word, its
// disk hangs, or something on the way swallows what passes. Then the connection is given up, and what was asked has failed.
const patience = 20 * time.Second

// mostConnections is how many one process holds.
const mostConnections = 16

// dialed gives up connections that say nothing. It leaves alone those that are not asked anything: signals of other
// processes may be rare.
func dialed(config *pgx.ConnConfig) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return impatient{conn}, nil
	}
}

// impatient is a connection on which an answer must begin within the patience after each question, and go on so.
type impatient struct{ net.Conn }

// Write asks; the answer has its time from here.
func (c impatient) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Read takes a part of the answer, and gives the next part its time.
func (c impatient) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil {
		err = c.SetReadDeadline(time.Now().Add(patience))
	}
	return n, err
}

// settled prepares a new connection. The server must not keep the locks of a process that is gone without a word: its
// transactions end with the patience, and its silence is found out. And a commit is one only when it is on disk: where the
// server would answer before, it is told not to; more than that (waiting for standbys) is its owner's choice.
func settled(ctx context.Context, conn *pgx.Conn) error {
	seconds := int(patience.Seconds())
	_, err := conn.Exec(ctx, fmt.Sprintf(`SELECT set_config('idle_in_transaction_session_timeout', '%ds', false),
		set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '2', false),
		set_config('tcp_user_timeout', '%d000', false),
		set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`,
		seconds, seconds), pgx.QueryExecModeSimpleProtocol)
	return err
}

// warnOfServer logs what the server's owner should know: with fsync off nothing is safe there when its machine fails.
func (s *Storage) warnOfServer(ctx context.Context, db *sql.DB) {
	var fsync string
	if err := row(ctx, db, `SELECT current_setting('fsync')`, nil, &fsync); err == nil && fsync == "off" {
		s.log.Warn("this PostgreSQL runs with fsync = off: what is answered may be lost when its machine fails")
	}
}

// renewConnections lets go of connections that lead to a server which takes no writes any more, since another has taken its place. The
// next one is dialed anew.
func (s *Storage) renewConnections(failed error) {
	if e, ok := errors.AsType[*pgconn.PgError](failed); ok && e.Code == "25006" {
		s.db.SetMaxIdleConns(0)
		s.db.SetMaxIdleConns(mostConnections)
	}
}
