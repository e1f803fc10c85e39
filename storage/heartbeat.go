package storage

import (
	"context"
	"database/sql"

	"matoi/bot/alert"
	"matoi/incident"
)

const beatColumns = `name, last, state, since`

func scanBeat(r *sql.Rows) (b alert.Beat, err error) {
	var last, since int64
	err = r.Scan(&b.Name, &last, &b.State, &since)
	b.Last, b.Since = instant(last), instant(since)
	return b, err
}

// Beats is alert.Queue's: what is kept of all heartbeats, in the order of their names.
func (s *Storage) Beats(ctx context.Context) ([]alert.Beat, error) {
	found, err := all(ctx, s.reader, `SELECT `+beatColumns+` FROM heartbeat ORDER BY name`, nil, scanBeat)
	return found, s.wrap(err, "read the heartbeats")
}

// Beats is alert.Work's: what is kept of all heartbeats.
func (w *atWork) Beats(_ context.Context) ([]alert.Beat, error) {
	found, err := all(context.Background(), w.t.run, `SELECT `+beatColumns+` FROM heartbeat ORDER BY name`, nil, scanBeat)
	if err != nil {
		return nil, w.t.spoil(err)
	}
	return found, nil
}

// SaveBeats is alert.Work's: it keeps heartbeats in place of what was kept of them.
func (w *atWork) SaveBeats(_ context.Context, beats []alert.Beat) error {
	for _, b := range beats {
		_, err := w.t.exec(`INSERT INTO heartbeat (`+beatColumns+`) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET last = excluded.last, state = excluded.state, since = excluded.since`, b.Name, micro(b.Last), b.State, micro(b.Since))
		if err != nil {
			return err
		}
	}
	return nil
}

// BeatIncidents gives the incident that each heartbeat's latest silence or failure belongs to, by the key of its alert.
func (s *Storage) BeatIncidents(ctx context.Context) (map[string]incident.Number, error) {
	type found struct {
		key    string
		number int64
	}
	rows, err := all(ctx, s.reader, `SELECT key, number FROM alert WHERE source = $1 AND latest AND number > 0`, []any{alert.HeartbeatSource}, func(r *sql.Rows) (f found, err error) {
		return f, r.Scan(&f.key, &f.number)
	})
	by := make(map[string]incident.Number, len(rows))
	for _, r := range rows {
		by[r.key] = incident.Number(r.number)
	}
	return by, s.wrap(err, "find the incidents of heartbeats")
}
