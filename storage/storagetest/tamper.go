package storagetest

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// vandal changes a store by hand, and puts it back from copies of the tables.
type vandal struct {
	t      *testing.T
	h      *house
	a, b   incident.Number // two incidents with the same kinds of entries
	policy incident.Policy
}

var vandalised = []string{"entry", "room", "token", "part", "insider", "exhibit", "incident", "counter", "person", "register"}

func (v *vandal) keep() {
	for _, table := range vandalised {
		v.h.exec(v.t, `CREATE TABLE kept_`+table+` AS SELECT * FROM `+table)
	}
}

// mend puts the tables that queries speak of back.
func (v *vandal) mend(queries []string) {
	said := strings.Join(queries, " ")
	touched := func(table string) bool { return strings.Contains(said, table) }
	for _, table := range vandalised {
		if touched(table) && table != "incident" && table != "person" { // others point to their rows
			v.h.exec(v.t, `DELETE FROM `+table)
		}
	}
	if touched("incident") {
		v.h.exec(v.t, `DELETE FROM incident WHERE number NOT IN (SELECT number FROM kept_incident)`)
		v.h.exec(v.t, `INSERT INTO incident SELECT * FROM kept_incident WHERE number NOT IN (SELECT number FROM incident)`)
	}
	for table, id := range map[string]string{"incident": "number", "person": "id"} {
		if touched(table) {
			sets := ""
			for _, c := range columnsOf[table] {
				sets += ", " + c + " = (SELECT k." + c + " FROM kept_" + table + " AS k WHERE k." + id + " = " + table + "." + id + ")"
			}
			v.h.exec(v.t, `UPDATE `+table+` SET `+sets[2:])
		}
	}
	for _, table := range vandalised {
		if touched(table) && table != "incident" && table != "person" {
			v.h.exec(v.t, `INSERT INTO `+table+` SELECT * FROM kept_`+table)
		}
	}
}

// columnsOf are the columns that a vandal may change.
var columnsOf = map[string][]string{
	"incident": strings.Fields(`version title status priority provisional private open category services manager assignee opened changed closed target_due
		due_at firing alert_source alert_group alert_storm head fold_version state due_kind acting holders`),
	"person": {"name", "email", "erased"},
}

// other gives another value of the kind a column holds.
func other(column string) string {
	switch column {
	case "title", "category", "services", "manager", "assignee", "alert_source", "alert_group", "due_kind", "holders", "name", "email":
		return column + ` || 'x'`
	case "state":
		return `replace(state, 'p1', 'p9')`
	case "status":
		return `'closed'`
	case "provisional", "private", "open", "alert_storm", "acting", "erased":
		return `NOT ` + column
	case "head":
		return `(SELECT hash FROM entry WHERE entry.number = incident.number AND seq = 1)`
	case "priority":
		return `6 - priority`
	}
	return column + ` + 1`
}

// check runs verify and wants the first bad entry named; seq 0 means none.
func (v *vandal) check(name string, n incident.Number, seq int64) {
	v.t.Helper()
	_, broken, err := v.h.VerifyAll(ctx(v.t), storage.Verifying{Policy: &v.policy})
	switch {
	case err != nil:
		v.t.Errorf("%s: %v", name, err)
	case broken == nil || broken.Number != n || broken.Seq != seq:
		v.t.Errorf("%s: found %v, want %s entry %d", name, broken, n, seq)
	default:
		worded(v.t, name, broken)
	}
}

// worded wants a reason that people can read in their language.
func worded(t *testing.T, name string, b *incident.Broken) {
	t.Helper()
	for _, l := range lang.All() {
		if said := lang.Text(l, "broken."+b.Code, b.Args); strings.Contains(said, "⟦") || strings.Contains(said, "<no value>") {
			t.Errorf("%s: %v says %q in %s", name, b, said, l)
		}
	}
}

func tampers(t *testing.T, h *house) {
	v := &vandal{t: t, h: h, policy: h.desk.Policy()}
	p := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "taro"}, "Taro", "taro@example.com"))
	gone := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "gone"}, "Gone", "gone@example.com"))
	for _, n := range []*incident.Number{&v.a, &v.b} {
		*n = h.opened("決済が遅い")
		h.do(*n, incident.Note{Text: "a note", Happened: incident.Moment{At: h.now().Add(-time.Hour)}})
		h.do(*n, incident.Note{Text: "another note"})
		h.do(*n, incident.Note{Text: "to be erased"})
	}
	h.opened("a third")
	erasedSeq := v.last(v.b)
	must(t, h.EraseEntries(ctx(t), v.b, []int64{erasedSeq}, incident.By{Person: p.ID}, "asked for"))
	must(t, h.Erase(ctx(t), gone.ID, incident.By{Person: p.ID}, "asked for"))
	must(t, h.Hold(ctx(t), v.a, false, incident.By{Person: p.ID}, "a case in court"))
	if got, broken, err := h.VerifyAll(ctx(t), storage.Verifying{Policy: &v.policy}); broken != nil || err != nil || got.Incidents != 3 || got.Erased != 1 {
		t.Fatalf("untouched: %+v %v %v", got, broken, err)
	}
	v.keep()
	for _, x := range v.deeds(erasedSeq) {
		for _, query := range x.queries {
			h.exec(t, query)
		}
		v.check(x.name, x.number, x.seq)
		v.mend(x.queries)
	}
	if _, broken, err := h.VerifyAll(ctx(t), storage.Verifying{Policy: &v.policy}); broken != nil || err != nil {
		t.Fatalf("mended: %v %v", broken, err)
	}
}

func (v *vandal) last(n incident.Number) int64 {
	return ok[*incident.Incident](v.t)(v.h.Load(ctx(v.t), n)).Version
}

type vandalism struct {
	name    string
	queries []string
	number  incident.Number
	seq     int64
}

// deeds are everything a vandal may do short of writing a whole chain anew.
func (v *vandal) deeds(erased int64) []vandalism {
	a, b := int64(v.a), int64(v.b)
	at := func(n, seq int64) string { return fmt.Sprintf(` WHERE number = %d AND seq = %d`, n, seq) }
	from := func(column string, n, seq int64) string {
		return `(SELECT ` + column + ` FROM kept_entry` + at(n, seq) + `)`
	}
	one := func(name, query string, n incident.Number, seq int64) vandalism {
		return vandalism{name, []string{query}, n, seq}
	}
	note := v.noted(v.a)
	end := v.last(v.a)
	out := []vandalism{
		one("time", `UPDATE entry SET at = at + 1`+at(a, note), v.a, note),
		one("time of the deed", `UPDATE entry SET occurred = occurred + 1`+at(a, note), v.a, note),
		one("time of the deed taken away", `UPDATE entry SET occurred = NULL`+at(a, note), v.a, note),
		one("kind", `UPDATE entry SET kind = 'fix'`+at(a, note), v.a, note),
		one("kind that there is not", `UPDATE entry SET kind = 'x'`+at(a, note), v.a, note),
		one("digest", `UPDATE entry SET digest = hash`+at(a, note), v.a, note),
		one("hash", `UPDATE entry SET hash = digest`+at(a, note), v.a, note),
		one("salt", `UPDATE entry SET salt = `+from("salt", b, note)+at(a, note), v.a, note),
		one("salt and digest of the same text elsewhere", `UPDATE entry SET salt = `+from("salt", b, note)+`, digest = `+from("digest", b, note)+at(a, note), v.a, note),
		one("body", `UPDATE entry SET body = `+v.bytes(`{"by":"p1","fact":{"sort":"note","text":"other words"}}`)+at(a, note+1), v.a, note+1),
		one("actor", `UPDATE entry SET body = `+v.bytes(`{"by":"p2","fact":{"sort":"note","text":"another note"}}`)+at(a, note+1), v.a, note+1),
		one("body that is none", `UPDATE entry SET body = `+v.bytes(`{`)+at(a, note), v.a, note),
		one("text taken away", `UPDATE entry SET body = salt, salt = body`+at(a, note), v.a, note),
		one("text and salt taken away", `UPDATE entry SET body = `+v.bytes(``)+`, salt = `+v.bytes(``)+at(a, note+1), v.a, note+1),
		one("salt taken away", `UPDATE entry SET salt = `+v.bytes(``)+at(a, note+1), v.a, note+1),
		one("what was left of an erased text", `UPDATE entry SET body = `+from("body", b, note+1)+at(b, erased), v.b, erased),
		one("an erased text put back", `UPDATE entry SET body = `+from("body", b, note+1)+`, salt = `+from("salt", b, note+1)+at(b, erased), v.b, erased),
		one("the erasing entry", `UPDATE entry SET salt = `+from("salt", b, note)+at(b, v.last(v.b)), v.b, v.last(v.b)),
		one("first entry gone", `DELETE FROM entry`+at(a, 1), v.a, 1),
		one("middle entry gone", `DELETE FROM entry`+at(a, note), v.a, note),
		one("last entry gone", `DELETE FROM entry`+at(a, end), v.a, end),
		one("all entries gone", fmt.Sprintf(`DELETE FROM entry WHERE number = %d`, a), v.a, 1),
		one("a gap left", fmt.Sprintf(`UPDATE entry SET seq = seq + 1 WHERE number = %d AND seq = %d`, a, end), v.a, end),
		one("an entry doubled at the end", fmt.Sprintf(`INSERT INTO entry SELECT number, %d, kind, at, occurred, body, salt, digest, hash FROM kept_entry`+at(a, note), end+1), v.a, end+1),
		one("an entry of another incident at the end", fmt.Sprintf(`INSERT INTO entry SELECT %d, %d, kind, at, occurred, body, salt, digest, hash FROM kept_entry`+at(b, note), a, end+1), v.a, end+1),
		one("an entry moved to another incident", fmt.Sprintf(`UPDATE entry SET number = %d, seq = %d`+at(a, note), b, v.last(v.b)+1), v.a, note),
		one("another first entry of the day's next number", fmt.Sprintf(`UPDATE counter SET n = 9 WHERE day = %d`, a/1_000_000), v.a+3, 0),
		one("the counter of the day back", fmt.Sprintf(`UPDATE counter SET n = 1 WHERE day = %d`, a/1_000_000), v.b, 0),
		one("a person who was erased is back", `UPDATE person SET name = 'Gone' WHERE erased`, 0, 1),
		one("a person no longer erased", `UPDATE person SET erased = FALSE`, 0, 1),
		one("the register's end gone", `DELETE FROM register WHERE seq = 2`, 0, 2),
		one("the register's beginning gone", `DELETE FROM register WHERE seq = 1`, 0, 1),
		one("a text of the register", `UPDATE register SET body = `+v.bytes(`{"by":"p9","fact":{"reason":"x"}}`)+` WHERE seq = 2`, 0, 2),
	}
	for _, two := range []struct {
		name string
		x, y [2]int64
		bad  incident.Number
		seq  int64
	}{
		{"two entries swapped", [2]int64{a, note}, [2]int64{a, note + 1}, v.a, note},
		{"entries swapped between incidents", [2]int64{a, note}, [2]int64{b, note}, v.a, note},
		{"first entries swapped between incidents", [2]int64{a, 1}, [2]int64{b, 1}, v.a, 1},
	} {
		swap := vandalism{name: two.name, number: two.bad, seq: two.seq}
		for _, way := range [][2][2]int64{{two.x, two.y}, {two.y, two.x}} {
			sets := ""
			for _, c := range []string{"kind", "at", "occurred", "body", "salt", "digest", "hash"} {
				sets += ", " + c + " = " + from(c, way[1][0], way[1][1])
			}
			swap.queries = append(swap.queries, `UPDATE entry SET `+sets[2:]+at(way[0][0], way[0][1]))
		}
		out = append(out, swap)
	}
	for _, c := range columnsOf["incident"] {
		seq := end
		if c == "version" {
			seq++
		}
		out = append(out, one("row's "+c, fmt.Sprintf(`UPDATE incident SET %s = %s WHERE number = %d`, c, other(c), a), v.a, seq))
	}
	out = append(out, vandalism{"a row of a former fold", []string{fmt.Sprintf(`UPDATE incident SET fold_version = 1, title = 'x' WHERE number = %d`, a)}, v.a, end})
	return append(out, v.missing()...)
}

// missing takes whole incidents away, or puts one in.
func (v *vandal) missing() (out []vandalism) {
	for k, n := range []incident.Number{v.a, v.b} {
		x := vandalism{name: fmt.Sprint("incident ", k, " gone"), number: n}
		for _, table := range []string{"entry", "token", "insider", "room", "part", "exhibit", "incident"} {
			x.queries = append(x.queries, fmt.Sprintf(`DELETE FROM %s WHERE number = %d`, table, int64(n)))
		}
		out = append(out, x)
	}
	columns := strings.Join(append([]string{"due_policy"}, columnsOf["incident"]...), ", ")
	forged := int64(v.a) + 1_000_000 // the next day
	return append(out, vandalism{"an incident that nobody opened", []string{
		fmt.Sprintf(`INSERT INTO incident (number, %s) SELECT %d, %s FROM kept_incident WHERE number = %d`, columns, forged, columns, int64(v.a)),
	}, incident.Number(forged), 0})
}

// noted is the seq of the first note.
func (v *vandal) noted(n incident.Number) int64 {
	for _, e := range ok[[]incident.Event](v.t)(v.h.Timeline(ctx(v.t), n, 0, 0)) {
		if e.Fact.Kind() == "noted" {
			return e.Seq
		}
	}
	v.t.Fatal("no note")
	return 0
}

// bytes is a text as both engines take bytes.
func (v *vandal) bytes(s string) string {
	if v.h.o.Postgres != "" {
		return fmt.Sprintf(`'\x%x'::bytea`, s)
	}
	return fmt.Sprintf(`x'%x'`, s)
}

// rewrites: whoever writes a chain and its row anew leaves nothing to see in the store; heads signed before show it.
func rewrites(t *testing.T, h *house) {
	a, b := h.opened("first"), h.opened("second")
	h.do(a, incident.Note{Text: "what they would rather not have said"})
	public, private := keys(t)
	var file bytes.Buffer
	if n := ok[int64](t)(h.WriteHeads(ctx(t), &file, private, h.now())); n != 2 {
		t.Fatalf("%d chains", n)
	}
	heads := ok[*storage.Heads](t)(storage.ReadHeads(&file, public))
	equal(t, "incidents in it", heads.Len(), 2)
	h.pass(time.Hour)
	h.do(a, incident.Note{Text: "later"}) // what came since is no matter
	h.do(h.opened("third"), incident.Note{Text: "later"})
	against := func() *incident.Broken {
		_, broken, err := h.VerifyAll(ctx(t), storage.Verifying{Heads: heads})
		must(t, err)
		return broken
	}
	if broken := against(); broken != nil {
		t.Fatalf("untouched: %v", broken)
	}
	last := ok[*incident.Incident](t)(h.Load(ctx(t), a)).Version
	for _, x := range []struct {
		name string
		cut  int64 // entries left, before a new one is forged
		forge,
		seq int64
	}{
		{"cut off behind the heads, which they cannot see", last - 1, 0, 0},
		{"cut off", last - 2, 0, last - 1},
		{"cut off and written on", last - 2, 3, last - 1},
		{"written anew from the start", 0, last, last - 1},
	} {
		h.forge(a, x.cut, x.forge)
		if broken, err := h.Verify(ctx(t), nil); broken != nil || err != nil {
			t.Errorf("%s: the forgery is none: %v %v", x.name, broken, err)
		}
		if broken := against(); (broken == nil) != (x.seq == 0) || broken != nil && (broken.Number != a || broken.Seq != x.seq) {
			t.Errorf("%s: found %v, want entry %d", x.name, broken, x.seq)
		} else if broken != nil {
			worded(t, x.name, broken)
		}
	}
	h.drop(int64(b) + 1)
	h.drop(int64(b))
	h.exec(t, `UPDATE counter SET n = 1 WHERE day > 0`)
	h.forge(a, 1, 0)
	if broken, err := h.Verify(ctx(t), nil); broken != nil || err != nil {
		t.Errorf("the last incidents of a day gone with their count: %v %v", broken, err)
	}
	h.exec(t, `UPDATE counter SET n = 1 WHERE day > 0`)
	if broken := against(); broken == nil || broken.Number != a {
		t.Errorf("the first of what is missing: %v", broken)
	}
	h.drop(int64(a))
	if broken := against(); broken == nil || broken.Code != "given" || broken.Seq != 0 {
		t.Errorf("all gone: %v", broken)
	}
	h.exec(t, `DELETE FROM counter WHERE day > 0`)
	if broken := against(); broken == nil || broken.Code != "heads_missing" || broken.Seq != 0 {
		t.Errorf("all gone, and the count: %v", broken)
	} else {
		worded(t, "all gone", broken)
	}
}

// forge leaves so many entries of an incident and writes others behind them, with a row that fits.
func (h *house) forge(n incident.Number, left, more int64) {
	h.t.Helper()
	events := ok[[]incident.Event](h.t)(h.Timeline(ctx(h.t), n, 0, 1000))[:left]
	for k := range more {
		e := incident.Event{Number: n, Seq: left + k + 1, At: h.now().Add(-2 * time.Hour), By: "p1", Fact: &incident.Noted{Sort: "note", Text: "forged"}}
		if e.Seq == 1 {
			e.Fact = &incident.Opened{Title: "forged", Priority: incident.P2}
		}
		var prev []byte
		if len(events) > 0 {
			prev = events[len(events)-1].Hash
		}
		must(h.t, incident.Seal(&e, prev, bytes.NewReader(bytes.Repeat([]byte{byte(k + 1)}, 16))))
		events = append(events, e)
	}
	h.drop(int64(n))
	must(h.t, h.Import(ctx(h.t), []storage.Record{{Change: incident.Change{After: incident.Fold(n, events), Events: events}}}))
}

func (h *house) drop(n int64) {
	for _, table := range []string{"entry", "token", "insider", "room", "part", "exhibit", "incident"} {
		h.exec(h.t, fmt.Sprintf(`DELETE FROM %s WHERE number = %d`, table, n))
	}
}

func keys(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	public, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	return public, private
}
