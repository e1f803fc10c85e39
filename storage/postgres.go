package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// notifyChannel carries the names of topics between processes on one database.
const notifyChannel = "matoi"

func (s *Storage) openPostgres(ctx context.Context, address string) (err error) {
	s.d = postgresDialect
	config, err := postgresConfig(address)
	if err != nil {
		return err
	}
	if err := s.prepareServer(ctx, config); err != nil {
		return err
	}
	quick := config.Copy()
	dialed(quick)
	s.db = stdlib.OpenDB(*quick, stdlib.OptionAfterConnect(settled))
	s.db.SetMaxOpenConns(mostConnections)
	s.db.SetMaxIdleConns(mostConnections)
	s.read, s.reader = s.db, s.db
	if err := s.setClock(ctx); err != nil {
		return fmt.Errorf("ask PostgreSQL for the time: %w", err)
	}
	s.writer = startWriter(s, &poolSession{ctx: context.Background(), db: s.db}) // for the intake
	stop, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.done.Go(func() { s.listen(stop, config) })
	s.done.Go(func() { s.notify(stop) })
	return nil
}

// prepareServer brings the tables up to date, with a patience that knows no end: a statement of a migration may take long.
func (s *Storage) prepareServer(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	s.warnOfServer(ctx, db)
	return s.d.migrate(ctx, db)
}

// postgresConfig reads an address; its errors hide the password. A server that takes the call and then says nothing is given
// ten seconds, unless the address says otherwise: a start must end in an answer.
func postgresConfig(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("the PostgreSQL address: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	return config, nil
}

// readPostgres opens a pool whose transactions cannot write.
func (s *Storage) readPostgres(ctx context.Context, address string) error {
	s.d = postgresDialect
	config, err := postgresConfig(address)
	if err != nil {
		return err
	}
	s.db = stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		// Not a parameter of the connection: an address may ask for a server that takes writes, and it would look like none.
		_, err := conn.Exec(ctx, `SET default_transaction_read_only = on`)
		return err
	}))
	s.read, s.reader = s.db, s.db
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	return s.d.current(ctx, s.db)
}

// poolSession is a transaction at a time on a connection of the pool. Once begun it goes on to its end whatever becomes of
// the caller: a commit that is cancelled while it waits for a standby is one on this server alone.
type poolSession struct {
	ctx  context.Context //nolint:containedctx // the caller's, who waits so long for a connection
	db   *sql.DB
	conn *sql.Conn
	tx   *sql.Tx
}

func (p *poolSession) begin() (_ runner, err error) {
	p.tx = nil
	if p.conn, err = p.db.Conn(p.ctx); err != nil {
		return nil, err // not tx: a runner that holds a nil is no nil
	}
	tx, err := p.conn.BeginTx(context.WithoutCancel(p.ctx), nil)
	if err != nil {
		_ = p.conn.Close()
		return nil, err
	}
	p.tx = tx
	return tx, nil
}

func (p *poolSession) commit() error {
	if err := p.tx.Commit(); err != nil {
		return err // rollback follows, and gives the connection back
	}
	_ = p.conn.Close()
	return nil
}

func (p *poolSession) close() error { return nil }

// rollback does nothing where begin failed: the database may be away.
func (p *poolSession) rollback() {
	if p.tx != nil {
		_ = p.tx.Rollback()
		_ = p.conn.Close()
		p.tx = nil
	}
}

// wake tells those who wait here, and on PostgreSQL the other processes.
func (s *Storage) wake(touched topics) {
	s.hub.wake(touched)
	if s.d.manyWriters && touched != 0 {
		s.hub.outside.Or(uint32(touched))
		select {
		case s.hub.tell <- struct{}{}:
		default:
		}
	}
}

// notify passes signals on to the other processes, at most some fifty times a second: NOTIFY takes a lock that all
// commits share, so it is kept out of the transactions. It also counts the inbox anew now and then.
func (s *Storage) notify(ctx context.Context) {
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	recount := time.NewTicker(clockEvery)
	defer recount.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-recount.C: // others take in and work off too
			if err := errors.Join(s.countInbox(ctx), s.setClock(ctx)); err != nil && ctx.Err() == nil {
				s.log.Warn("could not count the inbox or ask for the time", "error", err)
			}
			continue
		case <-s.hub.tell:
		}
		touched := topics(s.hub.outside.Swap(0))
		var names []string
		for n, name := range topicNames {
			if touched&(1<<n) != 0 {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			if _, err := s.db.ExecContext(ctx, `SELECT pg_notify($1, $2)`, notifyChannel, s.hub.id+" "+strings.Join(names, ",")); err != nil && ctx.Err() == nil {
				s.log.Warn("could not wake the other processes; they will look by themselves", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// listen wakes our watchers for what other processes commit, and connects again when the connection is lost.
func (s *Storage) listen(ctx context.Context, config *pgx.ConnConfig) {
	for ctx.Err() == nil {
		err := s.hear(ctx, config)
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("lost the signals of other processes; will listen again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
}

func (s *Storage) hear(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+notifyChannel); err != nil {
		return err
	}
	for {
		n, err := heard(ctx, conn)
		if err != nil {
			return err
		}
		if n == nil {
			continue
		}
		from, names, _ := strings.Cut(n.Payload, " ")
		if from == s.hub.id {
			continue
		}
		var touched topics
		for k, name := range topicNames {
			if strings.Contains(names, name) {
				touched |= 1 << k
			}
		}
		s.hub.wake(touched)
	}
}

// heard waits for a signal, for a while; then it asks whether anybody is still there, and gives nil.
func heard(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	if err == nil || waiting.Err() == nil || ctx.Err() != nil {
		return n, err
	}
	asking, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return nil, conn.Ping(asking)
}
