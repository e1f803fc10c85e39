package storagetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"matoi/incident"
)

// mine is incident.Filter.Mine said in other words.
func mine(i *incident.Incident, p incident.PersonID) bool {
	return i.Opener == p || i.Assignee == p || i.Acting == p ||
		slices.ContainsFunc(i.Holders, func(h incident.Holder) bool { return h.Person == p }) ||
		slices.ContainsFunc(i.Offers, func(o incident.Offer) bool { return o.To == p }) ||
		slices.ContainsFunc(i.Tasks, func(t incident.Task) bool { return t.Owner == p && t.State != "done" && t.State != "dropped" }) ||
		slices.ContainsFunc(i.People, func(r incident.Responder) bool { return r.Person == p && r.State != "left" && r.State != "declined" })
}

// chosen is incident.Filter over a state, for the fields that this test draws.
func chosen(i *incident.Incident, f incident.Filter) bool {
	row := i.AsRow()
	return incident.MaySee(i, f.Viewer) && (!f.Open || i.Open()) && (!f.Private || i.Private) &&
		(f.Category == "" || i.Category == f.Category) &&
		(f.Vacant == "" || len(i.Holding(f.Vacant)) == 0) &&
		(f.Mine == "" || mine(i, f.Mine)) &&
		(f.Overdue.IsZero() || !row.Due.IsZero() && row.Due.Before(f.Overdue))
}

// filters holds Find and a predicate in Go together: over random incidents and random filters.
func filters(t *testing.T, h *house) {
	people := []incident.PersonID{"p1", "p2", "p3", "p4"}
	roles := []incident.RoleID{incident.Manager, incident.TechLead, "made-up"}
	categories := []string{"", "network", "ネットワーク"}
	var all []incident.Number
	rapid.Check(t, func(r *rapid.T) {
		who := func() incident.PersonID { return rapid.SampledFrom(people).Draw(r, "person") }
		role := func() incident.RoleID { return rapid.SampledFrom(roles).Draw(r, "role") }
		fact := func() incident.Fact {
			switch rapid.IntRange(0, 13).Draw(r, "fact") {
			case 0:
				return &incident.AccessSet{Private: rapid.Bool().Draw(r, "private"), Members: []incident.PersonID{who()}}
			case 1, 2:
				return &incident.RoleTaken{Role: role(), Person: who()}
			case 3:
				return &incident.RoleLeft{Role: role(), Person: who()}
			case 4:
				return &incident.Assigned{Person: who()}
			case 5:
				return &incident.Asked{Person: who(), Why: "help"}
			case 6:
				return &incident.Declined{Person: who()}
			case 7:
				return &incident.Left{Person: who()}
			case 8:
				return &incident.ActingBegan{Person: who()}
			case 9:
				return &incident.HandoverOffered{Role: role(), From: who(), To: who(), Until: h.now().Add(time.Hour)}
			case 10:
				return &incident.TaskAdded{ID: 1, Text: "look", Owner: who()}
			case 11:
				return &incident.TaskDone{ID: 1}
			case 12:
				return &incident.Categorised{Category: rapid.SampledFrom(categories).Draw(r, "category")}
			default:
				return &incident.Cancelled{From: incident.New}
			}
		}
		opened := &incident.Opened{
			Title: "x", Private: rapid.Bool().Draw(r, "private"), Category: rapid.SampledFrom(categories).Draw(r, "category"), Restore: h.now(),
			Targets: incident.Targets{Response: minutes(rapid.IntRange(0, 3).Draw(r, "response")), Restore: minutes(rapid.IntRange(0, 3).Draw(r, "restore"))},
		}
		facts := []incident.Fact{opened}
		for range rapid.IntRange(0, 6).Draw(r, "facts") {
			facts = append(facts, fact())
		}
		n, err := h.record(0, incident.Change{}, facts...)
		if err != nil {
			r.Fatal(err)
		}
		if all = append(all, n); len(all) > 5 {
			all = all[1:]
		}
		if rapid.Bool().Draw(r, "later") {
			if _, err := h.record(rapid.SampledFrom(all).Draw(r, "which"), incident.Change{}, fact()); err != nil {
				r.Fatal(err)
			}
		}
		f := incident.Filter{Viewer: incident.Viewer{Person: who(), All: rapid.Bool().Draw(r, "all")}, Limit: 1000, Open: rapid.Bool().Draw(r, "open"), Private: rapid.Bool().Draw(r, "private only")}
		if rapid.Bool().Draw(r, "by category") {
			f.Category = rapid.SampledFrom(categories[1:]).Draw(r, "category")
		}
		if rapid.Bool().Draw(r, "vacant") {
			f.Vacant = role()
		}
		if rapid.Bool().Draw(r, "mine") {
			f.Mine = who()
		}
		if rapid.Bool().Draw(r, "overdue") {
			f.Overdue = h.now().Add(time.Duration(rapid.IntRange(0, 4).Draw(r, "by")) * time.Minute)
		}
		rows, err := h.Find(ctx(t), f)
		if err != nil {
			r.Fatal(err)
		}
		for _, n := range all {
			i, err := h.Load(ctx(t), n)
			if err != nil {
				r.Fatal(err)
			}
			at := slices.IndexFunc(rows, func(row incident.Row) bool { return row.Number == n })
			if want := chosen(i, f); want != (at >= 0) {
				r.Fatalf("%+v: %s is chosen %v, by its state %v: %+v", f, n, at >= 0, want, i)
			}
			if at < 0 {
				continue
			}
			if d := cmp.Diff(i.AsRow(), rows[at]); d != "" {
				r.Fatalf("the row of %s is not its fold's:\n%s", n, d)
			}
		}
	})
	b, err := h.Verify(ctx(t), nil)
	if err != nil || b != nil {
		t.Errorf("verify: %v %v", b, err)
	}
}

// withoutAlerts are the statements that take back what later migrations added to tables of the first one for alerts' sake.
var withoutAlerts = []string{
	`DROP INDEX alert_flapping`, `DROP INDEX alert_waiting`, `CREATE INDEX alert_loose ON alert (first_seen) WHERE number = 0`,
	`DROP INDEX alert_due`, `DROP INDEX alert_waits`, `ALTER TABLE alert DROP COLUMN due`, `ALTER TABLE alert DROP COLUMN alert`,
	`DROP INDEX alert_silence`, `ALTER TABLE alert DROP COLUMN silence`, `ALTER TABLE alert DROP COLUMN flap`,
}

// secondVersion are the statements that take the second migration back, so that what is left is what the first one made.
var secondVersion = append(slices.Clone(withoutAlerts), []string{
	`DROP TABLE register`, `DROP TABLE pack`, `DROP INDEX incident_over`, `DROP INDEX incident_unfinished`, `DROP INDEX incident_pressing`, `CREATE INDEX incident_due ON incident (due_at) WHERE due_at > 0`, `DROP TABLE part`, `DROP TABLE upload_piece`, `DROP TABLE upload`, `DROP TABLE exhibit`, `DROP TABLE message_token`, `DROP TABLE mention`,
	`DROP TABLE read_mark`, `DROP TABLE preference`, `DROP INDEX incident_target`, `DROP INDEX member_person`, `DROP INDEX message_author`,
	`DROP INDEX message_unread`, `ALTER TABLE incident DROP COLUMN due_kind`, `ALTER TABLE incident DROP COLUMN acting`,
	`ALTER TABLE incident DROP COLUMN holders`, `DELETE FROM counter WHERE day IN (-5, -6, -8)`, `DELETE FROM goose_db_version WHERE version_id >= 2`,
	`UPDATE incident SET fold_version = 2`,
}...)

func renewed(t *testing.T, h *house) {
	ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "bob"}, "Bob", "")) // p1, who writes
	ann := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ann"}, "Ann", "")).ID
	opened := &incident.Opened{Title: "x", Private: true, Restore: h.now(), Targets: incident.Targets{Restore: minutes(1)}}
	var all []incident.Number
	for range 120 { // more than two batches
		all = append(all, h.recorded(0, incident.Change{Due: h.now().Add(time.Minute), Policy: "v1"}, opened, &incident.RoleTaken{Role: incident.TechLead, Person: ann}))
	}
	h.channel(general)
	for range 110 {
		h.say("general", 0, "決済が落ちた <@"+string(ann)+">")
	}
	last := h.say("general", 0, "payment is down")
	ok[bool](t)(h.AddMember(ctx(t), "general", ann))
	must(t, h.Close())
	for _, statement := range secondVersion {
		h.exec(t, statement)
	}
	h.open()
	<-h.Renewed()
	v := incident.Viewer{Person: ann}
	rows := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Viewer: v, Mine: ann, Overdue: h.now().Add(time.Hour), Vacant: incident.Manager, Limit: 1000}))
	equal(t, "incidents of the holder", len(rows), len(all))
	equal(t, "what is due", rows[0].DueKind, incident.Restoration)
	equal(t, "who holds", rows[0].Holders[0].Person, ann)
	equal(t, "the deadline stays", ok[time.Time](t)(h.NextDue(ctx(t))), h.now().Add(time.Minute))
	b, err := h.Verify(ctx(t), nil)
	if b != nil || err != nil {
		t.Errorf("verify: %v %v", b, err)
	}
	equal(t, "old messages found", len(h.search(v, "決済", 200)), 110)
	equal(t, "mentions found", len(ok[[]message](t)(h.Search(ctx(t), query{Viewer: v, Mentioned: ann, Limit: 200}))), 110)
	equal(t, "what was there counts as read", len(ok[[]unread](t)(h.Unread(ctx(t), v, "general"))), 0)
	equal(t, "up to its end", ok[int64](t)(h.Mark(ctx(t), ann, "general")), last.ID)
	before := ok[int64](t)(h.Rev(ctx(t)))
	must(t, h.Close())
	h.open() // again: nothing is left to do
	<-h.Renewed()
	equal(t, "messages stay as they are", ok[int64](t)(h.Rev(ctx(t))), before)
}

func minutes(n int) incident.Length { return incident.In(time.Duration(n) * time.Minute) }
