package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
)

// EraseEntries takes the texts of entries out of an incident: from the record, its row, its words, and the copies in the
// built-in chat, with files that no other record has. A fact says who did it, when and why. It is a Refusal where there is
// nothing to erase, ErrHeld under a legal hold, and an error where the record does not verify. What lies in pages that the
// database no longer uses goes with Scrub.
func (s *Storage) EraseEntries(ctx context.Context, n incident.Number, seqs []int64, by incident.By, reason string) error {
	err := s.write(ctx, false, func(t *tx) error {
		holds, err := t.holds()
		if err != nil {
			return err
		}
		if holds.Holds(n) {
			return fmt.Errorf("%w (%s)", ErrHeld, n)
		}
		var due int64
		if err := t.get(`SELECT due_at FROM incident WHERE number = $1`+t.s.d.forUpdate, []any{int64(n)}, &due); err != nil {
			return err
		}
		events, broken, err := rawEntries(context.Background(), t.run, n)
		if err != nil {
			return t.spoil(err)
		}
		if broken == nil {
			broken = incident.Verify(n, events)
		}
		if broken != nil {
			return broken
		}
		e, err := incident.Erase(n, events, seqs, reason, by, t.s.now().UTC().Truncate(time.Microsecond), rand.Reader)
		if err != nil {
			return err
		}
		return t.putErasure(e, events)
	})
	_, refused := errors.AsType[*incident.Refusal](err)
	if _, broken := errors.AsType[*incident.Broken](err); refused || broken {
		return err
	}
	return s.wrap(err, "erase texts of %s", n)
}

func (t *tx) putErasure(e *incident.Erasure, events []incident.Event) error {
	n := e.After.Number
	for _, left := range e.Rewritten {
		affected, err := t.exec(`UPDATE entry SET body = $3, salt = $4 WHERE number = $1 AND seq = $2`, int64(n), left.Seq, left.Body, []byte{})
		if err == nil && affected != 1 {
			err = t.spoil(fmt.Errorf("entry %d is not there", left.Seq))
		}
		if err != nil {
			return err
		}
	}
	if err := t.putEntries([]incident.Event{e.Fact}); err != nil {
		return err
	}
	if err := t.refold(e.After); err != nil {
		return err
	}
	now := append(events[:len(events):len(events)], e.Fact)
	for _, left := range e.Rewritten {
		now[left.Seq-1] = left
	}
	if err := t.exhibitAnew(n, now); err != nil {
		return err
	}
	if err := t.eraseCopies(n, e); err != nil {
		return err
	}
	for _, g := range e.Gone {
		for _, column := range []string{"title", "host", "link"} { // labels may hold more of it than these do, or hold it otherwise
			if _, err := t.exec(`UPDATE alert SET `+column+` = $2, alert = '' WHERE number = $1 AND `+column+` = $3`, int64(n), incident.Blank, g); err != nil {
				return err
			}
		}
		if err := t.eraseLabels(n, g); err != nil {
			return err
		}
	}
	return errors.Join(t.putEffects(e.Effects), t.announceAnew(n))
}

// eraseLabels takes away what else is kept of an incident's alerts where a text stands in it: rules can do without.
func (t *tx) eraseLabels(n incident.Number, gone string) error {
	within, err := json.Marshal(gone)
	if err != nil {
		return t.spoil(err)
	}
	if within = within[1 : len(within)-1]; len(within) == 0 {
		return nil
	}
	_, err = t.exec(`UPDATE alert SET alert = '' WHERE number = $1 AND replace(alert, $2, '') <> alert`, int64(n), string(within))
	return err
}

// refold writes the row of an incident as it is now, and the tables beside it; when it is due stays.
func (t *tx) refold(i *incident.Incident) error {
	cs, err := columns(i)
	if err != nil {
		return t.spoil(err)
	}
	var a args
	sets := ""
	for _, c := range cs[1:] { // not the number
		if sets != "" {
			sets += ", "
		}
		sets += c.name + " = " + a.add(c.value)
	}
	t.wroteRow(i.Number)
	t.s.folds.touch(i.Number)
	if _, err := t.exec(`UPDATE incident SET `+sets+` WHERE number = `+a.add(int64(i.Number)), a...); err != nil {
		return err
	}
	return t.putTokens(i, true)
}

// exhibitAnew leaves an incident the files that its entries still show, and drops those that nothing shows any more.
func (t *tx) exhibitAnew(n incident.Number, events []incident.Event) error {
	had, err := all(context.Background(), t.run, `SELECT upload FROM exhibit WHERE number = $1`, []any{int64(n)}, one[string])
	if err != nil {
		return t.spoil(err)
	}
	if _, err := t.exec(`DELETE FROM exhibit WHERE number = $1`, int64(n)); err != nil {
		return err
	}
	if err := t.putExhibits(events); err != nil {
		return err
	}
	for _, id := range had {
		_, err := t.exec(`UPDATE upload SET message = 0 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM exhibit WHERE exhibit.upload = upload.id)`, id)
		if err != nil {
			return err
		}
		if err := t.dropUpload(id); err != nil {
			return err
		}
	}
	return nil
}

// eraseCopies blanks the messages of the built-in chat that repeat what went: in the incident's channel, where an entry
// came from, and where it is announced. A card is drawn anew by the effects.
func (t *tx) eraseCopies(n incident.Number, e *incident.Erasure) error {
	places := map[string]bool{}
	own, err := all(context.Background(), t.run, `SELECT id FROM channel WHERE number = $1`, []any{int64(n)}, one[string])
	if err != nil {
		return t.spoil(err)
	}
	for _, id := range own {
		places[id] = true
	}
	for _, r := range e.After.Rooms {
		places[r.ID] = true
	}
	for _, left := range e.Rewritten {
		if at := left.Source(); at != nil {
			places[at.Place.Room] = true
		}
	}
	told, err := all(context.Background(), t.run, `SELECT DISTINCT room FROM receipt WHERE number = $1`, []any{int64(n)}, one[string])
	if err != nil {
		return t.spoil(err)
	}
	for _, id := range told {
		places[id] = true
	}
	for id := range places {
		if err := t.blank(id, n, e); err != nil {
			return err
		}
	}
	return nil
}

// blank goes through a channel in steps.
func (t *tx) blank(channel string, n incident.Number, e *incident.Erasure) error {
	for after, more := int64(0), true; more; {
		list, err := messages(context.Background(), t.run, `WHERE channel = $1 AND id > $2 ORDER BY id LIMIT 500`, channel, after)
		if err != nil {
			return t.spoil(err)
		}
		for _, m := range list {
			after = m.ID
			if !repeats(m, n, e.Gone) {
				continue
			}
			was := m
			m.Text, m.Card, m.Files = incident.Blank, nil, nil
			if m.Rev, err = t.next(counterRev, 1); err != nil {
				return err
			}
			if err := errors.Join(t.putMessage(m, updateMessage), t.putWords(was, m), t.attach(was, m)); err != nil {
				return err
			}
			if _, err := t.exec(`DELETE FROM mention WHERE message = $1`, m.ID); err != nil {
				return err
			}
		}
		more = len(list) == 500
	}
	return nil
}

// shortest is how many bytes a text that went must have to be looked for inside other texts than those of its own incident.
const shortest = 6

// repeats reports whether a message says what went. Matoi's own posts put words around a text and escape it.
func repeats(m console.Message, n incident.Number, gone []string) bool {
	card := ""
	if m.Card != nil {
		b, _ := json.Marshal(m.Card)
		card = string(b)
	}
	for _, g := range gone {
		first, _, _ := strings.Cut(strings.TrimSpace(g), "\n") // a post may cut a long one short
		if runes := []rune(first); len(runes) > 200 {
			first = string(runes[:200])
		}
		for _, form := range []string{first, bot.Escape(first), quoted(first)} {
			if m.Text == form || len(first) >= shortest && (strings.Contains(m.Text, form) || strings.Contains(card, form)) {
				return true
			}
		}
		if len(first) < shortest && m.Author == "" && strings.Contains(m.Text, first) && strings.Contains(m.Key, n.String()) {
			return true
		}
	}
	return false
}

// quoted is a text as it stands inside JSON.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// Scrub takes what was erased out of the pages that the database no longer uses, and out of the log of writes. The storage
// must be closed: on SQLite it locks the folder. On PostgreSQL it is VACUUM, after which those pages are used anew.
func Scrub(ctx context.Context, o Options) (err error) {
	statements := []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`}
	var db *sql.DB
	if o.Postgres != "" {
		statements = statements[:1]
		config, err := postgresConfig(o.Postgres)
		if err != nil {
			return err
		}
		db = stdlib.OpenDB(*config)
	} else {
		folder, err := filepath.Abs(o.Path) // the address of a file takes no other
		if err != nil {
			return fmt.Errorf("data folder: %w", err)
		}
		lock, err := lockFile(filepath.Join(folder, lockedFile))
		if err != nil {
			return err
		}
		defer lock.Close()
		if db, err = sql.Open("sqlite", dsn(filepath.ToSlash(filepath.Join(folder, sqliteFile)), "journal_mode(WAL)", "secure_delete(1)", "synchronous(FULL)")); err != nil {
			return fmt.Errorf("open the database: %w", err)
		}
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, query := range statements {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("take what was erased off the disk: %w", err)
		}
	}
	return nil
}
