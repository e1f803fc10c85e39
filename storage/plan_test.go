package storage

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"testing"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
)

// What runs all the time must not read whole tables, however many incidents there are.
func TestWhatRunsAllTheTimeUsesAnIndex(t *testing.T) {
	s := openHere(t)
	firstDue, nextDue := dueTexts()
	unreadPlan := unreadOf(&args{"p1", 100}, incident.Viewer{Person: "p1"}, []string{"general"})
	lookOld, _ := lookForOld(occurrence{}, 1, incident.Holds{3})
	deleteOld, _ := deleteOld([]occurrence{{}, {}}, 1, incident.Holds{3})
	for _, x := range []struct{ query, want string }{
		{lookOld, "SEARCH alert USING PRIMARY KEY ((source,key,first_seen)>(?,?,?))"},
		{deleteOld, "SEARCH alert USING PRIMARY KEY (source=? AND key=? AND first_seen=?)"},
		{nextDue, "SEARCH incident USING COVERING INDEX incident_pressing (priority=? AND due_at>?)"},
		{firstDue, "SEARCH incident USING COVERING INDEX incident_pressing (priority=? AND due_at>? AND due_at<?)"},
		{nexts(""), "outbox_next"},
		{nexts(ofLanes), "SEARCH further USING COVERING INDEX outbox_in_lane (lane>?)"},
		{nexts(ofLanes), "SEARCH early USING COVERING INDEX outbox_in_lane (lane=? AND id<?)"},
		{`UPDATE outbox SET urgent = TRUE WHERE lane = $1 AND state = 'waiting' AND NOT urgent`, "outbox_in_lane"},
		{`DELETE FROM outbox WHERE lane = $1 AND kind = $2 AND id <> $3 AND ` + coalescing, "outbox_one"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE source = $1 AND latest AND key IN ($2, $3)`, "alert_latest"},
		{peekPacks, "SEARCH pack USING INDEX pack_lane (source=? AND id>?)"},
		{lanesThatWait, "SEARCH pack USING COVERING INDEX pack_lane (source>?)"},
		{`SELECT due FROM alert WHERE due > 0 ORDER BY due LIMIT 1`, "alert_due"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE due > 0 AND due <= $1 AND latest ORDER BY due, source, key LIMIT $2`, "alert_due"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE source || '' = $1 AND alert_group = $2 AND due > 0 AND latest AND outcome = 'wait' ORDER BY first_seen, key LIMIT $3`, "alert_waits"},
		{`SELECT 1 FROM alert WHERE silence = $1 AND silence <> '' AND due > $2 AND latest LIMIT 1`, "alert_silence (silence=?)"},
		{`SELECT count(*) FROM alert WHERE silence = $1 AND silence <> '' AND last_seen >= $2`, "alert_silence (silence=? AND last_seen>?)"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE silence = $1 AND silence <> '' AND last_seen >= $2 ORDER BY last_seen DESC LIMIT $3`, "alert_silence (silence=? AND last_seen>?)"},
		{`UPDATE alert SET due = $1 WHERE silence = $2 AND silence <> '' AND due > $1 AND latest`, "alert_silence (silence=?)"},
		{`UPDATE alert SET latest = FALSE, due = 0 WHERE source = $1 AND key = $2 AND latest AND first_seen <> $3`, "SEARCH alert USING"},
		{`SELECT key, number FROM alert WHERE source = $1 AND latest AND number > 0`, "SEARCH alert USING"},
		{`SELECT DISTINCT service FROM alert WHERE number = $1 AND number > 0 LIMIT $2`, "alert_number"},
		{`SELECT DISTINCT incident.number FROM incident JOIN token ON token.number = incident.number
			WHERE token.token IN ($1, $2) AND open AND alert_source <> '' AND NOT incident.private ORDER BY incident.number DESC LIMIT $3`, "SEARCH token USING PRIMARY KEY (token=?"},
		{`SELECT count(*) FROM alert WHERE number = $1 AND latest AND status = 'firing'`, "alert_firing"},
		{`SELECT count(*) FROM alert WHERE number = $1 AND latest AND status <> 'firing' AND outcome = 'flapping' AND due > 0`, "alert_flapping"},
		{looseSources, "SCAN alert USING COVERING INDEX alert_waiting"},
		{looseNames, "SCAN alert USING COVERING INDEX alert_waiting"},
		{ownedNames, "USING COVERING INDEX alert_number"},
		{looseNewest, "SEARCH alert USING COVERING INDEX alert_waiting (source=?)"},
		{`SELECT ` + alertColumns + ` FROM alert WHERE source = $1 AND latest AND number = 0 AND key IN ($2, $3)`, "alert_latest (source=? AND key=?)"},
		{looseBrief, "SEARCH alert USING INDEX alert_waiting (source=?)"},
		{`SELECT number FROM incident WHERE alert_source = $1 AND alert_source <> '' AND alert_group = $2 AND NOT alert_storm AND (open OR status = 'merged') ORDER BY open DESC, number DESC LIMIT 1`, "incident_alert_group"},
		{`SELECT count(*) FROM incident WHERE alert_source = $1 AND alert_source <> '' AND opened >= $2 AND NOT alert_storm`, "incident_alert_opened"},
		{`SELECT ` + messageColumns + ` FROM message WHERE channel = $1 AND thread = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, "message_channel"},
		{`SELECT ` + messageColumns + ` FROM message WHERE rev > $1 ORDER BY rev LIMIT $2`, "message_rev"},
		{`SELECT number FROM incident WHERE open AND incident.number IN (SELECT part.number FROM part WHERE part.person = $1) ORDER BY incident.number DESC LIMIT $2`, "part_person"},
		{`SELECT number FROM incident WHERE NOT EXISTS (SELECT 1 FROM part WHERE part.number = incident.number AND part.role = $1) AND open LIMIT $2`, "SEARCH part USING PRIMARY KEY (number=? AND role=?)"},
		{`SELECT number FROM incident WHERE target_due > 0 AND target_due < $1 ORDER BY target_due LIMIT $2`, "incident_target"},
		{`SELECT message_token.message FROM message_token CROSS JOIN message WHERE message_token.token = $1 AND message.id = message_token.message
			AND EXISTS (SELECT 1 FROM message_token AS other WHERE other.message = message_token.message AND other.token = $2)
			AND message_token.message < $3 ORDER BY message_token.message DESC LIMIT $4`, "SEARCH message_token USING PRIMARY KEY (token=? AND message<?); SEARCH message USING INTEGER PRIMARY KEY"},
		{searching(console.Query{Before: 9}, "b a", 0, 0), "SEARCH message_token USING PRIMARY KEY (token=? AND message<?); SEARCH message USING INTEGER PRIMARY KEY"},
		{searching(console.Query{}, "b a", 0, 0), "SEARCH other EXISTS USING COVERING INDEX message_token_message (message=? AND token>? AND token<?)"},
		{searching(console.Query{}, "a", 0, 0), "SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"},
		{searching(console.Query{}, "a", 0, 0), "SEARCH message_token USING PRIMARY KEY (token>? AND token<?)"},
		{searching(console.Query{}, "a", -1, 7), "SEARCH message USING INTEGER PRIMARY KEY (rowid>?)"},
		{searching(console.Query{}, "a", -1, 7), "SEARCH other EXISTS USING COVERING INDEX message_token_message (message=? AND token>? AND token<?)"},
		{searching(console.Query{Mentioned: "p1"}, "a", -1, 7), "SEARCH mention USING COVERING INDEX mention_person (person=?)"},
		{`SELECT number FROM incident WHERE open AND incident.number IN (SELECT number FROM token WHERE token >= $1 AND token < $2) ORDER BY incident.number DESC LIMIT $3`, "SEARCH token USING PRIMARY KEY (token>? AND token<?)"},
		{`SELECT id FROM message WHERE author = $1 AND id < $2 AND only_for = '' AND deleted = 0 ORDER BY id DESC LIMIT $3`, "message_author"},
		{`SELECT mention.message FROM mention CROSS JOIN message WHERE mention.person = $1 AND message.id = mention.message ORDER BY mention.message DESC LIMIT $2`, "mention_person"},
		{unreadPlan, "SEARCH message USING COVERING INDEX message_unread (channel=? AND thread=? AND id>?)"},
		{unreadPlan, "SEARCH member USING COVERING INDEX member_person (person=?)"},
		{unreadPlan, "SEARCH mention USING PRIMARY KEY (person=? AND channel=? AND message>?)"},
		{`SELECT ` + messageColumns + ` FROM message ` + byKey, "message_key"},
		{commonOf(&args{}, incident.Viewer{Person: "p1"}), "channel_number (number=?)"},
		{roomsOf(&args{}, incident.Viewer{Person: "p1"}, []incident.Number{1, 2, 3}), "channel_number (number=?)"},
		{`SELECT rev FROM read_mark WHERE rev > $1 ORDER BY rev LIMIT $2`, "read_mark_rev"},
		{`SELECT sum(size) FROM upload WHERE author = $1 AND message = 0`, "upload_unsent"},
		{`SELECT id FROM upload WHERE message = 0 AND at < $1`, "upload_old"},
		{`SELECT ` + rowColumns + ` FROM incident WHERE (NOT incident.private) AND ` + having(&args{}, []incident.Status{incident.New, incident.StatusResolved}) +
			` ORDER BY incident.number DESC LIMIT $3`, "SCAN incident USING INDEX incident_unfinished"},
		{`SELECT ` + rowColumns + ` FROM incident WHERE (NOT incident.private) AND ` + having(&args{}, []incident.Status{incident.StatusClosed, incident.StatusMerged}) +
			` ORDER BY incident.number DESC LIMIT $3`, "SCAN incident USING INDEX incident_over"},
		{`SELECT number FROM incident WHERE open AND due_policy <> $1 LIMIT $2`, "incident_open"},
	} {
		plan, err := all(t.Context(), s.read, `EXPLAIN QUERY PLAN `+x.query, slices.Repeat([]any{1}, highest(x.query)), func(r *sql.Rows) (string, error) {
			var id, parent, unused int
			var detail string
			return detail, r.Scan(&id, &parent, &unused, &detail)
		})
		if err != nil {
			t.Fatalf("%s: %v", x.query, err)
		}
		text := strings.Join(plan, "; ")
		if strings.Contains(text, "TEMP B-TREE FOR ORDER BY") && strings.Contains(x.query, "CROSS JOIN") && !strings.Contains(x.query, "FROM outbox") {
			t.Errorf("%s\n\tis sorted: %s", x.query, text)
		}
		if strings.Contains(x.want, "alert_waiting") && strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\n\tis sorted: %s", x.query, text)
		}
		if !strings.Contains(text, x.want) || strings.Contains(text, "SCAN incident;") {
			t.Errorf("%s\n\tis read by %s\n\twant %s", x.query, text, x.want)
		}
	}
}

// searching is the text of a search, without what the viewer may see.
func searching(q console.Query, text string, lead int, after int64) string {
	q.Viewer = incident.Viewer{All: true}
	query, _ := following(q, knowledge.Query(text), lead, after)
	return query
}

// highest is the number of the last placeholder.
func highest(query string) (n int) {
	for k := range 20 {
		if strings.Contains(query, "$"+strconv.Itoa(k+1)) {
			n = k + 1
		}
	}
	return n
}
