package storage

import (
	"bytes"
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode"
)

// RosterCopy is the last good answer of a source of shifts. It can be fetched again, so it is neither exported nor part of the record.
type RosterCopy struct {
	Source    string // the schedule it is for
	Origin    string // of what the source asks
	Body      []byte
	ETag      string
	Modified  string
	FetchedAt time.Time // zero: never
	Error     string    // why asking again failed; "" where it did not
}

const rosterColumns = `source, origin, body, etag, modified, fetched_at, error`

// RosterCopies reads all copies, in the order of their sources.
func (s *Storage) RosterCopies(ctx context.Context) ([]RosterCopy, error) {
	found, err := all(ctx, s.reader, `SELECT `+rosterColumns+` FROM roster_copy ORDER BY source`, nil, func(r *sql.Rows) (c RosterCopy, err error) {
		var at int64
		err = r.Scan(&c.Source, &c.Origin, &c.Body, &c.ETag, &c.Modified, &at, &c.Error)
		c.FetchedAt = instant(at)
		return c, err
	})
	return found, s.wrap(err, "read the copies of rosters")
}

// SaveRosterCopy keeps a copy in place of the one before. Of two processes that asked, the one that got an answer later is kept.
func (s *Storage) SaveRosterCopy(ctx context.Context, c RosterCopy) error {
	if c.Body == nil {
		c.Body = []byte{}
	}
	err := s.write(ctx, true, func(t *tx) error {
		_, err := t.exec(`INSERT INTO roster_copy (`+rosterColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (source) DO UPDATE SET origin = excluded.origin, body = excluded.body, etag = excluded.etag, modified = excluded.modified,
				fetched_at = excluded.fetched_at, error = excluded.error
			WHERE roster_copy.origin <> excluded.origin OR roster_copy.fetched_at <= excluded.fetched_at`,
			c.Source, c.Origin, c.Body, c.ETag, c.Modified, micro(c.FetchedAt), c.Error)
		return err
	})
	return s.wrap(err, "keep the copy of a roster")
}

// forgetRosters drops the copies in which one of the words stands, a person's name or address: the source is asked again within
// minutes, and what it says then is its own matter. Calendars fold their lines anywhere, so that space does not count.
func (t *tx) forgetRosters(words ...string) error {
	bare := func(text string) string {
		return strings.ToLower(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, text))
	}
	type copied struct {
		source string
		body   []byte
	}
	kept, err := all(context.Background(), t.run, `SELECT source, body FROM roster_copy`, nil, func(r *sql.Rows) (c copied, err error) {
		return c, r.Scan(&c.source, &c.body)
	})
	if err != nil {
		return t.spoil(err)
	}
	for _, c := range kept {
		body := []byte(bare(string(c.body)))
		for _, word := range words {
			if word = bare(word); word == "" || !bytes.Contains(body, []byte(word)) {
				continue
			}
			if _, err := t.exec(`DELETE FROM roster_copy WHERE source = $1`, c.source); err != nil {
				return err
			}
			break
		}
	}
	return nil
}
