package storagetest

import (
	"testing"

	"matoi/incident"
	"matoi/storage"
)

// A copy of what others say of shifts names people, folded as calendars fold their lines.
func rosterErased(t *testing.T, h *house) {
	ann := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ann"}, "Ann Example", "")).ID
	for source, body := range map[string]string{
		"folded": "SUMMARY:On call: Ann Ex\r\n ample\r\n", "named": `[{"Names":["ANN example"]}]`, "other": "SUMMARY:Bob", "empty": "",
	} {
		must(t, h.SaveRosterCopy(ctx(t), storage.RosterCopy{Source: source, Body: []byte(body), FetchedAt: h.now()}))
	}
	must(t, h.Erase(ctx(t), ann, incident.By{}, "asked for"))
	var left []string
	for _, c := range ok[[]storage.RosterCopy](t)(h.RosterCopies(ctx(t))) {
		left = append(left, c.Source)
	}
	if len(left) != 2 || left[0] != "empty" || left[1] != "other" {
		t.Errorf("left are the copies of %v", left)
	}
}
