package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// The program prunes every six hours what is at least days old. A run lasts minutes: so this program, started anew with a place
// and a time in its environment, does what the server does, by a clock that is as far ahead as causes are kept at least.
const (
	pruneWhere  = "MATOI_TORTURE_PRUNE"
	pruneBefore = "MATOI_TORTURE_BEFORE" // in microseconds since 1970
)

// asPruner prunes where this process was started for that alone.
func asPruner() {
	where, named := os.LookupEnv(pruneWhere)
	if !named {
		return
	}
	before, err := strconv.ParseInt(os.Getenv(pruneBefore), 10, 64)
	if err == nil {
		err = prune(context.Background(), where, time.UnixMicro(before))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func prune(ctx context.Context, where string, before time.Time) (err error) {
	const keep = storage.LeastCauses
	o := storage.Options{Path: where, Now: func() time.Time { return before.Add(keep) }}
	if strings.Contains(where, "://") {
		o.Postgres = where
	}
	s, err := storage.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	<-s.Renewed()
	_, err = s.Prune(ctx, storage.Retention{Chat: keep, Alerts: keep, Undecoded: keep, Undelivered: keep, Causes: keep})
	return err
}

// pruned is what went in prunings.
type pruned struct {
	times  int
	rows   map[string]int   // by table
	alerts map[string]int64 // counts of alerts and of rubbish
}

const overIn = `(SELECT number FROM incident WHERE NOT open AND closed > 0 AND closed < $before AND number <> $held)`

const roomsOver = `(SELECT id FROM channel WHERE number > 0 AND number IN ` + overIn + `)`

const messagesOver = `(SELECT id FROM message WHERE channel IN ` + roomsOver + `)`

const filesOver = `message > 0 AND channel IN ` + roomsOver + ` AND id NOT IN (SELECT upload FROM exhibit)`

// doomed says of every table that retention takes which rows must go: those from before a time, but for what belongs to an incident that is held. It is
// told anew here, from the words of docs/durability.md.
var doomed = map[string]rule{
	"alert":         `status = 'resolved' AND resolved_at > 0 AND resolved_at < $before AND (number = 0 OR number IN ` + overIn + `)`,
	"undecoded":     `received < $before`,
	"outbox":        `state = 'dropped' AND made < $before`,
	"cause":         `id IN (SELECT id FROM cause WHERE pos = 0 AND at < $before)`,
	"upload":        filesOver,
	"upload_piece":  `upload IN (SELECT id FROM upload WHERE ` + filesOver + `)`,
	"message":       `channel IN ` + roomsOver,
	"message_token": `message IN ` + messagesOver,
	"mention":       `message IN ` + messagesOver,
}

// rule is a condition in SQL.
type rule string

func (r rule) at(before time.Time, held incident.Number) string {
	return strings.NewReplacer("$before", strconv.FormatInt(before.UnixMicro(), 10), "$held", strconv.FormatInt(int64(held), 10)).Replace(string(r))
}

// pruning takes away what is older than some seconds, killed again and again before it may end. What must go has gone then,
// and every other row of every table is as it was.
func (t *torture) pruning(chance *rand.Rand) error {
	defer t.troubles.begin()()
	if err := t.killAll("pruning"); err != nil {
		return err
	}
	before := time.Now().Add(-time.Duration(chance.Int64N(int64(min(20*time.Second, time.Since(t.began)/2)))))
	if err := errors.Join(t.undelivered(before, chance), t.released()); err != nil {
		return err
	}
	held, err := t.hold(false, 0)
	if err != nil {
		return err
	}
	was, must, err := t.inventory(before, held)
	if err != nil {
		return err
	}
	pruner := func() *exec.Cmd {
		cmd := exec.CommandContext(t.ctx, t.self)
		cmd.Env = append(cmd.Environ(), pruneWhere+"="+t.place.where(), pruneBefore+"="+strconv.FormatInt(before.UnixMicro(), 10))
		return cmd
	}
	if err := t.killing(chance, "pruning", pruner); err != nil {
		return err
	}
	if out, err := pruner().CombinedOutput(); err != nil {
		return fmt.Errorf("prune: %w %s", err, out)
	}
	is, left, err := t.inventory(before, held)
	if err != nil {
		return err
	}
	for table, rows := range was {
		if n := left[table].size(); n > 0 {
			t.fail("pruned, and %d rows of %s are left that are too old", n, table)
		}
		if n := rows.without(must[table]).lacks(is[table]) + is[table].lacks(rows); n > 0 {
			t.fail("pruned, and %d rows of %s are gone or changed that are to be kept", n, table)
		}
		if n := must[table].size(); n > 0 {
			t.pruned.rows[table] += n
		}
	}
	t.pruned.times++
	if err := t.place.with(func(db *sql.DB) error { return t.judge.chat.missing(t.ctx, db) }); err != nil {
		return err
	}
	_, err = t.hold(true, held)
	return errors.Join(err, t.startAll("pruning"))
}

// hold sets a legal hold on an incident that is over, or lifts it. It waits for the first person to be erased, for the sake of
// stores that have no register.
func (t *torture) hold(lift bool, n incident.Number) (incident.Number, error) {
	if !lift && len(t.erased) > 0 {
		err := t.place.with(func(db *sql.DB) error {
			query := `SELECT coalesce(max(number), 0) FROM incident WHERE NOT open AND closed > 0 AND EXISTS (SELECT 1 FROM register)`
			return db.QueryRowContext(t.ctx, query).Scan((*int64)(&n))
		})
		if err != nil {
			return 0, err
		}
	}
	if n == 0 {
		return 0, nil
	}
	args := []string{"legal-hold", n.String(), "--by", "anna", "--why", "torture", "--data", t.place.where()}
	if lift {
		args = append(args, "--lift")
	}
	out, err := t.child.tool(t.ctx, args...)
	if err != nil {
		err = fmt.Errorf("legal-hold: %w %s", err, out)
	}
	return n, err
}

// undelivered puts in deliveries that were given up on, at times around the one: the built-in chat refuses none for good.
func (t *torture) undelivered(around time.Time, chance *rand.Rand) error {
	db, err := t.place.writable()
	if err != nil {
		return err
	}
	for k := range 3 {
		made := around.Add(time.Duration(chance.Int64N(int64(4*time.Second))) - 2*time.Second).UnixMicro()
		_, e := db.ExecContext(t.ctx, `INSERT INTO outbox (number, lane, kind, realm, person, seq, urgent, made, tries, next_at, claimed_until, doubtful, why, state)
			VALUES (0, $1, 'post-update', 'console', '', 0, FALSE, $2, 9, 0, 0, FALSE, 'torture', 'dropped')`, fmt.Sprint("torture ", k), made)
		err = errors.Join(err, e)
	}
	return errors.Join(err, db.Close())
}

// released does before the inventory what opening an embedded database does, which belongs to one process: what the dead one had
// claimed is nobody's.
func (t *torture) released() error {
	if t.place.postgres != "" {
		return nil
	}
	db, err := t.place.writable()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(t.ctx, `UPDATE outbox SET claimed_until = 1 WHERE state = 'waiting' AND claimed_until > 1`)
	return errors.Join(err, db.Close())
}

// inventory reads all rows of all tables, and those of them that must go. It notes the alerts among the latter, which the judge
// counts no more.
func (t *torture) inventory(before time.Time, held incident.Number) (all, must map[string]sheaf, err error) {
	all, must = map[string]sheaf{}, map[string]sheaf{}
	err = t.place.with(func(db *sql.DB) error {
		tables, err := t.place.tables(t.ctx, db)
		for _, table := range tables {
			if err != nil {
				return err
			}
			if all[table], err = gather(t.ctx, db, `SELECT * FROM `+table); err != nil {
				return err
			}
			if rule := doomed[table]; rule != "" {
				must[table], err = gather(t.ctx, db, `SELECT * FROM `+table+` WHERE `+rule.at(before, held))
			}
		}
		return errors.Join(err, t.counted(db, before, held))
	})
	return all, must, err
}

// counted adds the alerts and the rubbish that are about to go to those that went.
func (t *torture) counted(db *sql.DB, before time.Time, held incident.Number) error {
	for _, query := range []string{
		`SELECT key, count FROM alert WHERE ` + doomed["alert"].at(before, held),
		`SELECT body, 1 FROM undecoded WHERE ` + doomed["undecoded"].at(before, held),
	} {
		rows, err := db.QueryContext(t.ctx, query)
		if err != nil {
			return err
		}
		for rows.Next() {
			var key []byte
			var n int64
			if err = rows.Scan(&key, &n); err != nil {
				break
			}
			t.pruned.alerts[string(alertKeys.Find(key))] += n
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}
