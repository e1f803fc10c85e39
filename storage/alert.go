package storage

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

const alertColumns = `source, key, first_seen, latest, start, status, number, count, last_seen, resolved_at, title, service, host, severity, link,
	alert_group, sender_group, outcome, rule, reason, due, alert, silence, flap`

const alertColumnCount = 24

func scanAlert(r *sql.Rows) (a alert.Row, err error) {
	var latest bool
	var first, start, last, resolved, due int64
	err = r.Scan(&a.Source, &a.Key, &first, &latest, &start, &a.Status, (*int64)(&a.Incident), &a.Count, &last, &resolved, &a.Title, &a.Service, &a.Host,
		&a.Severity, &a.Link, &a.Group, &a.SenderGroup, &a.Outcome, &a.Rule, &a.Reason, &due, &a.Alert, &a.Silence, &a.Flap)
	a.Due = instant(due)
	a.FirstSeen, a.Start, a.LastSeen, a.ResolvedAt = instant(first), instant(start), instant(last), instant(resolved)
	return a, err
}

// alertArgs are the values of alertColumns.
func alertArgs(r alert.Row) args {
	return args{
		r.Source, r.Key, micro(r.FirstSeen), true, micro(r.Start), r.Status, int64(r.Incident), r.Count, micro(r.LastSeen), micro(r.ResolvedAt),
		r.Title, r.Service, r.Host, r.Severity, r.Link, r.Group, r.SenderGroup, r.Outcome, r.Rule, r.Reason, micro(r.Due), r.Alert, r.Silence, r.Flap,
	}
}

const upsertAlert = ` ON CONFLICT (source, key, first_seen) DO UPDATE SET latest = excluded.latest, start = excluded.start, status = excluded.status,
	number = excluded.number, count = excluded.count, last_seen = excluded.last_seen, resolved_at = excluded.resolved_at, title = excluded.title,
	service = excluded.service, host = excluded.host, severity = excluded.severity, link = excluded.link, alert_group = excluded.alert_group,
	sender_group = excluded.sender_group, outcome = excluded.outcome, rule = excluded.rule, reason = excluded.reason,
	due = excluded.due, alert = excluded.alert, silence = excluded.silence, flap = excluded.flap`

// Alerts lists the alerts of an incident, those that fire first, then the last seen.
func (s *Storage) Alerts(ctx context.Context, n incident.Number, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number = $1 AND number > 0
		ORDER BY CASE WHEN latest AND status = 'firing' THEN 0 ELSE 1 END, last_seen DESC, key LIMIT $2`, []any{int64(n), limit}, scanAlert)
	return found, s.wrap(err, "alerts of %s", n)
}

// NextAgain is when the first alert is to be judged again, zero if none is.
func (s *Storage) NextAgain(ctx context.Context) (time.Time, error) {
	found, err := all(ctx, s.reader, `SELECT due FROM alert WHERE due > 0 ORDER BY due LIMIT 1`, nil, one[int64])
	if err != nil || len(found) == 0 {
		return time.Time{}, s.wrap(err, "find when an alert is judged again")
	}
	return instant(found[0]), nil
}

// DueLast is alert.Queue's: alerts that are to be judged again, the last one first.
func (s *Storage) DueLast(ctx context.Context, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE due > 0 AND latest ORDER BY due DESC LIMIT $1`, []any{limit}, scanAlert)
	return found, s.wrap(err, "find the alerts that are judged again last")
}

// Undecoded is the Outcome of rows in InboxRows that stand for a request of which nothing could be made.
const Undecoded = "undecoded"

// InboxRows lists what opened nothing, the newest first: alerts with the rule's reason, and requests of which nothing could
// be made as rows with the outcome Undecoded, the request's id as Key, and the beginning of the body as Title.
func (s *Storage) InboxRows(ctx context.Context, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number = 0 ORDER BY first_seen DESC LIMIT $1`, []any{limit}, scanAlert)
	if err != nil {
		return nil, s.wrap(err, "alerts that opened nothing")
	}
	undecoded, err := s.UndecodedRows(ctx, limit)
	if err != nil {
		return nil, err
	}
	found = append(found, undecoded...)
	slices.SortStableFunc(found, func(a, b alert.Row) int { return b.FirstSeen.Compare(a.FirstSeen) })
	return found[:min(len(found), limit)], nil
}

// UndecodedRows lists only the requests of which nothing could be made, as InboxRows shows them.
func (s *Storage) UndecodedRows(ctx context.Context, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT id, source, received, substr(body, 1, 300), why FROM undecoded ORDER BY id DESC LIMIT $1`, []any{limit}, scanUndecoded)
	return found, s.wrap(err, "requests of which nothing could be made")
}

// CountUndecoded counts them.
func (s *Storage) CountUndecoded(ctx context.Context) (int, error) {
	n, err := all(ctx, s.reader, `SELECT count(*) FROM undecoded`, nil, one[int])
	if err != nil {
		return 0, s.wrap(err, "count the requests of which nothing could be made")
	}
	return n[0], nil
}

func scanUndecoded(r *sql.Rows) (a alert.Row, err error) {
	var received int64
	var body []byte
	var id int64
	err = r.Scan(&id, &a.Source, &received, &body, &a.Reason)
	a.Key = strconv.FormatInt(id, 10)
	a.FirstSeen, a.LastSeen = instant(received), instant(received)
	a.Title, a.Outcome = snippet(body), Undecoded
	return a, err
}

// WorkAgain puts a request of which nothing could be made back into the inbox, once the mistake is mended. A cause seen before does
// nothing.
func (s *Storage) WorkAgain(ctx context.Context, cause string, id int64) error {
	err := s.write(ctx, false, func(t *tx) error {
		if _, again, err := t.doneBefore(cause); again || err != nil {
			return err
		}
		var size int64
		var header []byte
		var why string
		if err := t.get(`SELECT header, why FROM undecoded WHERE id = $1`, []any{id}, &header, &why); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO raw (id, source, received, header, body) SELECT id, source, received, header, body FROM undecoded WHERE id = $1`, id); err != nil {
			return err
		}
		err := t.put(`UPDATE raw SET header = $2 WHERE id = $1 RETURNING length(header) + length(body)`, []any{id, alert.PutBack(header, why)}, &size)
		if err != nil {
			return err
		}
		t.touched |= topicInbox
		t.after = append(t.after, func() { t.s.inbox.Add(size) })
		if _, err = t.exec(`DELETE FROM undecoded WHERE id = $1`, id); err != nil {
			return err
		}
		return t.shiftCause(incident.Cause{ID: cause}, id)
	})
	return s.wrap(err, "work request %d again", id)
}
