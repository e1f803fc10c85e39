package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"matoi/incident"
	"matoi/incident/knowledge"
)

// secondTokens are the statements that leave the tokens as the second migration knew them.
var secondTokens = append(slices.Clone(withoutAlerts), []string{
	`DELETE FROM token WHERE token IN ('済', 'る')`, `DELETE FROM message_token WHERE token IN ('済', 'た')`,
	`UPDATE token SET token = 'service' || token WHERE token >= '=' AND token < '>'`,
	`UPDATE incident SET fold_version = 3`, `DELETE FROM counter WHERE day = -8`, `DROP TABLE register`, `DROP TABLE pack`, `DROP INDEX incident_over`, `DROP INDEX incident_unfinished`, `DROP INDEX incident_pressing`, `CREATE INDEX incident_due ON incident (due_at) WHERE due_at > 0`, `DELETE FROM goose_db_version WHERE version_id >= 3`,
}...)

func reindexed(t *testing.T, h *house) {
	n := h.recorded(0, incident.Change{}, &incident.Opened{Title: "落ちる 決済", Services: []string{"Payment API"}})
	h.channel(general)
	h.say("general", 0, "決済が落ちた")
	must(t, h.Close())
	for _, statement := range secondTokens {
		h.exec(t, statement)
	}
	h.open()
	<-h.Renewed()
	for _, f := range []incident.Filter{{Service: "payment api"}, {Text: knowledge.Query("済")}, {Text: knowledge.Query("落ち る")}, {Text: knowledge.Query("paym")}} {
		if rows := ok[[]incident.Row](t)(h.Find(ctx(t), f)); len(rows) != 1 || rows[0].Number != n {
			t.Errorf("%+v finds %+v", f, rows)
		}
	}
	equal(t, "by a word's name for services", len(ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Text: knowledge.Query("service")}))), 0)
	equal(t, "a message by its end", len(h.search(incident.Viewer{}, "た", 5)), 1)
	if b, err := h.Verify(ctx(t), nil); b != nil || err != nil {
		t.Errorf("verify: %+v %v", b, err)
	}
}

// copied makes so many more messages out of one, from an id on.
func (h *house) copied(m message, from int64, many int, token string) {
	h.t.Helper()
	const numbers = `WITH RECURSIVE n (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < %d) `
	h.exec(h.t, fmt.Sprintf(numbers+`INSERT INTO message (id, rev, channel, thread, author, only_for, text, card, key, at, edited, deleted, reactions, files, replies)
		SELECT %d + k, %d + k, channel, thread, author, only_for, text, card, key, at, edited, deleted, reactions, files, replies FROM n, message WHERE id = %d`, many-1, from, from, m.ID))
	h.exec(h.t, fmt.Sprintf(numbers+`INSERT INTO message_token (token, message) SELECT '%s' || (k %% 7), %d + k FROM n`, many-1, token, from))
}

func searchesLongAgo(t *testing.T, h *house) {
	h.channel(general)
	first := h.say("general", 0, "web1 <@p2>")
	old, long := first.ID+10, first.ID+10_000
	h.copied(first, old, 1500, "web")
	h.copied(first, long, 30_000, "mail")
	v := incident.Viewer{Person: "p1"}
	newest := func(name string, q query, want ...int64) {
		t.Helper()
		q.Viewer, q.Limit = v, 2
		var got []int64
		for _, m := range ok[[]message](t)(h.Search(ctx(t), q)) {
			got = append(got, m.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	newest("among the newest", query{Text: "mai"}, long+29_999, long+29_998)
	newest("in pages", query{Text: "mai", Before: long + 12}, long+11, long+10)
	newest("to the end", query{Text: "mai", Before: long + 1}, long)
	newest("long ago", query{Text: "we"}, old+1499, old+1498)
	newest("in pages long ago", query{Text: "we", Before: old}, first.ID)
	newest("in a channel", query{Text: "we", Channel: "general"}, old+1499, old+1498)
	newest("with who is mentioned", query{Text: "we", Mentioned: "p2"}, first.ID)
	newest("with a rarer word", query{Text: "web1 we", Before: old + 2}, old+1, first.ID)
	newest("two that never meet", query{Text: "mail1 we"})
}
