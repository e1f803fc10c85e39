package storagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
)

func watches(t *testing.T, h *house) {
	signals := map[string]<-chan struct{}{}
	for _, topic := range []string{"outbox", "due", "inbox", "console", "incident"} {
		signal, cancel := h.Watch(topic)
		defer cancel()
		signals[topic] = signal
	}
	h.channel(console.Channel{ID: "general"})
	drain(signals)
	woken := func(want ...string) {
		t.Helper()
		var got []string
		for topic, signal := range signals {
			select {
			case <-signal:
				got = append(got, topic)
			default:
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("woken: %v, want %v", got, want)
		}
	}
	h.put("x")
	woken("inbox")
	h.say("general", 0, "x")
	woken("console")
	h.recorded(0, incident.Change{Due: h.now(), Effects: []incident.Effect{post("console", 1)}}, &incident.Opened{Title: "x"})
	woken("due", "incident", "outbox")
	h.recorded(0, incident.Change{}, &incident.Opened{Title: "x"})
	woken("incident")
	_, _, _ = h.Change(ctx(t), incident.Cause{}, nil, func([]*incident.Incident, incident.Draw) ([]incident.Change, error) {
		return nil, incident.Refuse("no")
	})
	woken()
}

func drain(signals map[string]<-chan struct{}) {
	for _, signal := range signals {
		select {
		case <-signal:
		default:
		}
	}
}

// spoiling is what a vandal does to an incident, and where Verify must find it.
type spoiling struct {
	name         string
	spoil, mend  string
	number       incident.Number
	seq          int64
	spoilA, mndA []any
}

func besideRow(name, spoil, mend string, n incident.Number, seq int64) spoiling {
	return spoiling{name, spoil, mend, n, seq, []any{int64(n)}, []any{int64(n)}}
}

func verifies(t *testing.T, h *house) {
	var all []incident.Number
	for range 3 {
		n := h.opened("x")
		h.do(n, incident.Note{Text: "a note"})
		all = append(all, n)
	}
	closed := h.recorded(0, incident.Change{}, &incident.Opened{Title: "決済", Private: true}, &incident.AccessSet{Private: true, Members: []incident.PersonID{"p8"}},
		&incident.Noted{Message: &incident.Message{Files: []incident.File{{Name: "a.png", Link: "/files/" + strings.Repeat("a", 32) + "/a.png"}}}})
	all = append(all, closed)
	shut := ok[*incident.Incident](t)(h.Load(ctx(t), closed)).Version
	var seen []incident.Number
	b, err := h.Verify(ctx(t), func(n incident.Number) { seen = append(seen, n) })
	if b != nil || err != nil || !slices.Equal(seen, all) {
		t.Fatalf("sound data: %v %v, seen %v of %v", b, err, seen, all)
	}
	n := all[1]
	last := ok[*incident.Incident](t)(h.Load(ctx(t), n)).Version
	for _, x := range []spoiling{
		{"a changed column", `UPDATE incident SET priority = 5 WHERE number = $1`, `UPDATE incident SET priority = 2 WHERE number = $1`, n, last, []any{int64(n)}, []any{int64(n)}},
		{
			"a changed time of the deed", `UPDATE entry SET occurred = coalesce(occurred, 0) + 7 WHERE number = $1 AND seq = 2`,
			`UPDATE entry SET occurred = nullif(occurred - 7, 0) WHERE number = $1 AND seq = 2`, n, 2,
			[]any{int64(n)},
			[]any{int64(n)},
		},
		{"a stranger let in", `INSERT INTO insider (number, person) VALUES ($1, 'p99')`, `DELETE FROM insider WHERE number = $1`, n, last, []any{int64(n)}, []any{int64(n)}},
		besideRow("an insider shut out", `DELETE FROM insider WHERE number = $1 AND person = 'p8'`, `INSERT INTO insider (number, person) VALUES ($1, 'p8')`, closed, shut),
		besideRow("a part taken over", `UPDATE part SET person = 'p99' WHERE number = $1 AND role = '=opener'`, `UPDATE part SET person = 'p1' WHERE number = $1 AND role = '=opener'`, n, last),
		besideRow("a part too many", `INSERT INTO part (number, role, person) VALUES ($1, 'scribe', 'p1')`, `DELETE FROM part WHERE number = $1 AND role = 'scribe'`, n, last),
		besideRow("a file that it never had", `INSERT INTO exhibit (upload, number) VALUES ('x', $1)`, `DELETE FROM exhibit WHERE number = $1 AND upload = 'x'`, n, last),
		besideRow("a file changed for another", `UPDATE exhibit SET upload = 'x' WHERE number = $1`, `UPDATE exhibit SET upload = '`+strings.Repeat("a", 32)+`' WHERE number = $1`, closed, shut),
		besideRow("a word that it is no longer found by", `DELETE FROM token WHERE number = $1 AND token = '済'`, `INSERT INTO token (token, number, strong) VALUES ('済', $1, FALSE)`, closed, shut),
		besideRow("a word that makes it a twin", `UPDATE token SET strong = TRUE WHERE number = $1 AND token = '済'`, `UPDATE token SET strong = FALSE WHERE number = $1 AND token = '済'`, closed, shut),
		{
			"a room that is not its own", `INSERT INTO room (realm, room, thread, number) VALUES ('console', 'elsewhere', '', $1)`,
			`DELETE FROM room WHERE number = $1 AND room = 'elsewhere'`, n, last,
			[]any{int64(n)},
			[]any{int64(n)},
		},
		{"a changed digest", `UPDATE entry SET digest = hash WHERE number = $1 AND seq = 2`, "", n, 2, []any{int64(n)}, nil},
		{"a missing first entry", `DELETE FROM entry WHERE number = $1 AND seq = 1`, "", n, 1, []any{int64(n)}, nil},
		{"a cut tail", `DELETE FROM entry WHERE number = $1 AND seq = $2`, "", all[0], ok[*incident.Incident](t)(h.Load(ctx(t), all[0])).Version, []any{int64(all[0]), ok[*incident.Incident](t)(h.Load(ctx(t), all[0])).Version}, nil},
	} {
		h.exec(t, x.spoil, x.spoilA...)
		b, err := h.Verify(ctx(t), nil)
		must(t, err)
		if b == nil || b.Number != x.number || b.Seq != x.seq {
			t.Errorf("%s: found %+v, want %s entry %d", x.name, b, x.number, x.seq)
		}
		if x.mend != "" {
			h.exec(t, x.mend, x.mndA...)
			if b, err := h.Verify(ctx(t), nil); b != nil || err != nil {
				t.Fatalf("%s, mended: %+v %v", x.name, b, err)
			}
		}
	}
	for _, table := range []string{"entry", "token", "insider", "room", "part", "exhibit"} {
		h.exec(t, `DELETE FROM `+table+` WHERE number = $1`, int64(all[2]))
		h.exec(t, `DELETE FROM `+table+` WHERE number = $1`, int64(all[0]))
		h.exec(t, `DELETE FROM `+table+` WHERE number = $1`, int64(n))
		h.exec(t, `DELETE FROM `+table+` WHERE number = $1`, int64(closed))
	}
	h.exec(t, `DELETE FROM incident`)
	if b, err := h.Verify(ctx(t), nil); err != nil || b == nil || b.Seq != 0 {
		t.Errorf("missing incidents: %v %v", b, err)
	}
}

func exports(t *testing.T, h *house) {
	p := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "taro"}, "Taro", ""))
	n := h.opened("決済")
	secret := h.recorded(0, incident.Change{}, &incident.Opened{Title: "secret", Private: true})
	type line struct {
		Person   *incident.Person
		Incident *incident.Incident
		Private  *struct{ Number incident.Number }
		Entries  []struct {
			Seq        int64
			Body, Kind string
			Salt, Hash []byte
		}
	}
	read := func(b []byte) (out []line) {
		d := json.NewDecoder(bytes.NewReader(b))
		for d.More() {
			var l line
			must(t, d.Decode(&l))
			out = append(out, l)
		}
		return out
	}
	var b bytes.Buffer
	must(t, h.Export(ctx(t), &b))
	lines := read(b.Bytes())
	equal(t, "lines", len(lines), 3)
	equal(t, "person", *lines[0].Person, p)
	equal(t, "incident", lines[1].Incident.Number, n)
	stored := ok[[]incident.Event](t)(h.Timeline(ctx(t), n, 0, 1000))
	equal(t, "entries", len(lines[1].Entries), len(stored))
	equal(t, "a body byte for byte", lines[1].Entries[0].Body, string(stored[0].Body))
	equal(t, "its digest", string(incident.Digest(lines[1].Entries[0].Salt, []byte(lines[1].Entries[0].Body))), string(stored[0].Digest))
	b.Reset()
	must(t, h.ExportFor(ctx(t), incident.Viewer{Person: "p7"}, &b))
	lines = read(b.Bytes())
	equal(t, "lines for a stranger", len(lines), 3)
	equal(t, "the private one", lines[2].Private.Number, secret)
	equal(t, "no more than its number", lines[2].Incident == nil && len(lines[2].Entries) == 0 && !strings.Contains(b.String(), "secret"), true)
}

func reopens(t *testing.T, h *house) {
	n := h.opened("x")
	want := ok[*incident.Incident](t)(h.Load(ctx(t), n)).Head
	id := h.put("x")
	must(t, h.Close())
	if _, err := h.record(n, incident.Change{}, &incident.Titled{Title: "y"}); err == nil {
		t.Error("a closed storage wrote")
	}
	h.open()
	equal(t, "head", string(ok[*incident.Incident](t)(h.Load(ctx(t), n)).Head), string(want))
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error { return w.Finish(c, id, "") }))
	if next := h.put("y"); next <= id {
		t.Errorf("id %d is used again: %d", id, next)
	}
	h.pass(24 * time.Hour)
	equal(t, "a new day", h.opened("z").String(), "INC-20261122-001")
	must(t, h.Ready(ctx(t)))
}
