package storage

import (
	"database/sql"
	"strings"
	"testing"
)

// What runs all the time must not read whole tables, however many incidents there are.
func TestWhatRunsAllTheTimeUsesAnIndex(t *testing.T) {
	s := openHere(t)
	for _, x := range []struct{ query, want string }{
		{`SELECT coalesce(min(due_at), 0) FROM incident WHERE due_at > 0`, "incident_due"},
		{`SELECT number FROM incident WHERE due_at > 0 AND due_at <= $1 ORDER BY CASE WHEN priority = 0 THEN 9 ELSE priority END, due_at, number LIMIT $2`, "incident_due"},
		{`SELECT id FROM outbox WHERE state = 'waiting' AND next_at <= $2 AND claimed_until <= $2 AND ` + isHead + ` ORDER BY urgent DESC, id LIMIT $3`, "outbox_next"},
		{`UPDATE outbox SET urgent = TRUE WHERE lane = $1 AND state = 'waiting' AND NOT urgent`, "outbox_calm"},
		{`DELETE FROM outbox WHERE lane = $1 AND kind = $2 AND id <> $3 AND ` + coalescing, "outbox_one"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE source = $1 AND latest AND key IN ($2, $3)`, "alert_latest"},
		{`SELECT count(*) FROM alert WHERE number = $1 AND latest AND status = 'firing'`, "alert_firing"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE number = 0 ORDER BY first_seen DESC LIMIT $1`, "alert_loose"},
		{`SELECT number FROM incident WHERE alert_source = $1 AND alert_source <> '' AND alert_group = $2 AND NOT alert_storm AND (open OR status = 'merged') ORDER BY open DESC, number DESC LIMIT 1`, "incident_alert_group"},
		{`SELECT count(*) FROM incident WHERE alert_source = $1 AND alert_source <> '' AND opened >= $2 AND NOT alert_storm`, "incident_alert_opened"},
		{`SELECT ` + messageColumns + ` FROM message WHERE channel = $1 AND thread = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, "message_channel"},
		{`SELECT ` + messageColumns + ` FROM message WHERE rev > $1 ORDER BY rev LIMIT $2`, "message_rev"},
		{`SELECT number FROM incident WHERE open AND due_policy <> $1 LIMIT $2`, "incident_open"},
	} {
		plan, err := all(t.Context(), s.read, `EXPLAIN QUERY PLAN `+x.query, []any{1, 1, 1, 1}[:highest(x.query)], func(r *sql.Rows) (string, error) {
			var id, parent, unused int
			var detail string
			return detail, r.Scan(&id, &parent, &unused, &detail)
		})
		if err != nil {
			t.Fatalf("%s: %v", x.query, err)
		}
		text := strings.Join(plan, "; ")
		if !strings.Contains(text, x.want) || strings.Contains(text, "SCAN incident;") {
			t.Errorf("%s\n\tis read by %s\n\twant %s", x.query, text, x.want)
		}
	}
}

// highest is the number of the last placeholder.
func highest(query string) (n int) {
	for k, p := range []string{"$1", "$2", "$3", "$4"} {
		if strings.Contains(query, p) {
			n = k + 1
		}
	}
	return n
}
