package storage

import (
	"context"
	"database/sql"
	"slices"

	"matoi/bot/console"
	"matoi/incident"
)

// MoveMark moves a person's mark of a channel forward to a message, never back, and never behind the newest message there
// is: a mistake must not hide what comes. Those of the channels in others that have no mark get one at their end.
func (s *Storage) MoveMark(ctx context.Context, person incident.PersonID, channel string, upto int64, others ...string) error {
	if at, err := s.Mark(ctx, person, channel); err != nil || at >= upto {
		return err // the common case: nothing to write
	}
	err := s.write(ctx, false, func(t *tx) error {
		var last int64
		if err := t.get(`SELECT coalesce(max(id), 0) FROM message`, nil, &last); err != nil {
			return err
		}
		rev, err := t.next(counterMark, 1)
		if err != nil {
			return err
		}
		t.touched |= topicConsole
		_, err = t.exec(`INSERT INTO read_mark (person, channel, message, rev) VALUES ($1, $2, $3, $4)
			ON CONFLICT (person, channel) DO UPDATE SET message = excluded.message, rev = excluded.rev WHERE read_mark.message < excluded.message`,
			string(person), channel, min(upto, last), rev)
		if err != nil {
			return err
		}
		return t.startMarks(person, others...)
	})
	return s.wrap(err, "move a mark")
}

// SetMark puts a person's mark of a channel at a message, wherever it stood.
func (s *Storage) SetMark(ctx context.Context, person incident.PersonID, channel string, at int64) error {
	err := s.write(ctx, false, func(t *tx) error {
		if err := t.haveChannel(channel); err != nil {
			return err
		}
		rev, err := t.next(counterMark, 1)
		if err != nil {
			return err
		}
		t.touched |= topicConsole
		_, err = t.exec(`INSERT INTO read_mark (person, channel, message, rev) VALUES ($1, $2, $3, $4)
			ON CONFLICT (person, channel) DO UPDATE SET message = excluded.message, rev = excluded.rev`, string(person), channel, max(at, 0), rev)
		return err
	})
	return s.wrap(err, "set a mark")
}

// StartMarks gives a person marks at the end of the channels in which they have none.
func (s *Storage) StartMarks(ctx context.Context, person incident.PersonID, channels ...string) error {
	err := s.write(ctx, false, func(t *tx) error { return t.startMarks(person, channels...) })
	return s.wrap(err, "start marks")
}

// startMarks marks channels as read up to their end by somebody who has no mark in them.
func (t *tx) startMarks(person incident.PersonID, channels ...string) error {
	for _, channel := range channels {
		_, err := t.exec(`INSERT INTO read_mark (person, channel, message, rev)
			SELECT $1, id, (SELECT coalesce(max(message.id), 0) FROM message WHERE message.channel = channel.id), 0 FROM channel WHERE id = $2
			ON CONFLICT (person, channel) DO NOTHING`, string(person), channel)
		if err != nil {
			return err
		}
	}
	return nil
}

// Mark is up to which message a person has read a channel, 0 if nothing.
func (s *Storage) Mark(ctx context.Context, person incident.PersonID, channel string) (int64, error) {
	found, err := all(ctx, s.reader, `SELECT message FROM read_mark WHERE person = $1 AND channel = $2`, []any{string(person), channel}, one[int64])
	if err != nil || len(found) == 0 {
		return 0, s.wrap(err, "mark of a channel")
	}
	return found[0], nil
}

// MarksSince reads the marks that moved above rev, at most limit, in the order of revs; MarkRev is the highest one.
func (s *Storage) MarksSince(ctx context.Context, rev int64, limit int) ([]console.Mark, error) {
	found, err := all(ctx, s.reader, `SELECT person, channel, message, rev FROM read_mark WHERE rev > $1 ORDER BY rev LIMIT $2`, []any{rev, limit},
		func(r *sql.Rows) (m console.Mark, err error) {
			return m, r.Scan(&m.Person, &m.Channel, &m.Message, &m.Rev)
		})
	return found, s.wrap(err, "marks since %d", rev)
}

// MarkRev is the highest rev of a mark so far.
func (s *Storage) MarkRev(ctx context.Context) (int64, error) {
	var rev int64
	err := row(ctx, s.reader, `SELECT coalesce(max(rev), 0) FROM read_mark`, nil, &rev)
	return rev, s.wrap(err, "read the rev of marks")
}

// unread is what counts as unread in the channel of the row: at the top level, for everybody, and not the reader's own.
const unread = `FROM message WHERE message.channel = channel.id AND message.thread = 0 AND message.only_for = '' AND message.deleted = 0
	AND message.id > coalesce(read_mark.message, 0) AND message.author <> $1`

// unreadOf is the query of Unread; its first two arguments are the reader and the bound.
func unreadOf(a *args, v incident.Viewer, open []string) string {
	where := seen(a, v)
	return `SELECT channel.id,
			(SELECT count(*) FROM (SELECT 1 ` + unread + ` LIMIT $2) AS few),
			(SELECT count(*) FROM (SELECT 1 FROM mention WHERE mention.person = $1 AND mention.channel = channel.id
				AND mention.message > coalesce(read_mark.message, 0) LIMIT $2) AS few),
			coalesce((SELECT message.id ` + unread + ` ORDER BY message.id LIMIT 1), 0)
		FROM (SELECT channel FROM read_mark WHERE person = $1 AND channel IN (` + list(a, append(slices.Clone(open), "")) + `)
			UNION SELECT channel FROM member WHERE person = $1) AS own
		JOIN channel ON channel.id = own.channel
		LEFT JOIN read_mark ON read_mark.person = $1 AND read_mark.channel = channel.id
		WHERE ` + where + ` ORDER BY channel.id` // the empty name: a list of none is no SQL
}

// Unread counts what v has not read; see console.Marks. It begins at the reader's own channels and stops counting at
// console.MostUnread, so its cost follows what is shown, not what there is.
func (s *Storage) Unread(ctx context.Context, v incident.Viewer, open ...string) ([]console.Unread, error) {
	a := args{string(v.Person), console.MostUnread}
	query := unreadOf(&a, v, open)
	found, err := all(ctx, s.reader, query, a, func(r *sql.Rows) (u console.Unread, err error) {
		return u, r.Scan(&u.Channel, &u.Count, &u.Mentions, &u.First)
	})
	var some []console.Unread
	for _, u := range found {
		if u.Count > 0 || u.Mentions > 0 {
			some = append(some, u)
		}
	}
	return some, s.wrap(err, "count what is unread")
}
