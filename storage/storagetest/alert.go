package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/storage"
)

func (h *house) put(body string) int64 {
	h.t.Helper()
	return ok[int64](h.t)(h.PutRaw(ctx(h.t), alert.Raw{Source: "am", Received: h.now(), Header: []byte(`{}`), Body: []byte(body)}))
}

// work works off all that waits.
func (h *house) work(f func(ctx context.Context, waiting []int64, w alert.Work) error) error {
	h.t.Helper()
	var ids []int64
	for _, r := range ok[[]alert.Raw](h.t)(h.Peek(ctx(h.t), nil, 1000)) {
		ids = append(ids, r.ID)
	}
	return h.WorkOff(ctx(h.t), ids, f)
}

func rawOrder(t *testing.T, h *house) {
	const producers, each = 16, 20
	crowd(producers, func(k int) {
		last := int64(0)
		for n := range each {
			id, err := h.PutRaw(ctx(t), alert.Raw{Source: "am", Received: h.now(), Body: []byte(fmt.Sprint(k, " ", n))})
			if err != nil {
				t.Error(err)
			}
			if id <= last {
				t.Errorf("id %d after %d", id, last)
			}
			last = id
		}
	})
	got := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 1000))
	equal(t, "waiting", len(got), producers*each)
	inbox, _, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "counted", inbox, producers*each)
	next := map[int]int{}
	for _, r := range got {
		var k, n int
		fmt.Sscan(string(r.Body), &k, &n)
		equal(t, "order of a producer", n, next[k])
		next[k]++
	}
	round, seen := &alert.Round{}, 0
	for {
		page := ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 5))
		if len(page) > 5 { // how many depends on what was taken in together
			t.Errorf("a page of %d, want 1 to 5", len(page))
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			equal(t, "page", r.ID, got[seen].ID)
			seen++
		}
	}
	equal(t, "in pages", seen, len(got))
	raw := []byte{0, 0xff, 0xfe, '"'}
	id := ok[int64](t)(h.PutRaw(ctx(t), alert.Raw{Source: "am", Received: h.now(), Header: []byte(`{"A":"b"}`), Body: raw}))
	last := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 1000))
	back := last[len(last)-1]
	equal(t, "id", back.ID, id)
	if !bytes.Equal(back.Body, raw) || string(back.Header) != `{"A":"b"}` || back.Source != "am" || !back.Received.Equal(h.now()) {
		t.Errorf("came back as %+v", back)
	}
}

func inboxBound(t *testing.T, h *house) {
	must(t, h.Close())
	h.o.InboxBound = 2000 // of which one source gets half
	h.open()
	body := string(make([]byte, 300))
	for range 3 {
		h.put(body)
	}
	full := func() bool {
		_, err := h.PutRaw(ctx(t), alert.Raw{Source: "am", Received: h.now(), Body: []byte(body)})
		if err != nil && !errors.Is(err, alert.ErrFull) {
			t.Error(err)
		}
		return err != nil
	}
	equal(t, "full", full(), true)
	must(t, h.Close())
	h.open()
	equal(t, "full after opening", full(), true)
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(w.Finish(c, waiting[0], ""), w.Finish(c, waiting[1], "alert.reason.json"))
	}))
	equal(t, "full after work", full(), false)
	id := ok[int64](t)(strconv.ParseInt(ok[[]alert.Row](t)(h.InboxRows(ctx(t), 1))[0].Key, 10, 64))
	must(t, h.WorkAgain(ctx(t), "", id))
	equal(t, "full", full(), true)
}

func workIsWhole(t *testing.T, h *house) {
	a, b := h.put("a"), h.put("b")
	broken := errors.New("broken")
	one := func(c context.Context, _ []int64, w alert.Work) error {
		d := *h.desk
		d.Store = w.Store()
		r, err := d.Do(c, 0, incident.Open{Title: "from an alert", Alert: &incident.AlertRef{Source: "am", Key: "k", Title: "x"}, Group: "g"}, incident.By{}, incident.Cause{ID: "raw/1", Machine: true})
		if err != nil {
			return err
		}
		i, err := w.Load(c, r.Incident.Number)
		if err != nil || i.Title != "from an alert" {
			return fmt.Errorf("inside it reads %v %w", i, err)
		}
		row := alert.Row{Source: "am", Key: "k", Status: alert.Firing, FirstSeen: h.now(), Incident: r.Incident.Number}
		return errors.Join(w.Save(c, []alert.Row{row}), w.Finish(c, a, ""))
	}
	err := h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(one(c, waiting, w), broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	equal(t, "incidents after a rollback", len(ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{}))), 0)
	equal(t, "waiting after a rollback", len(ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))), 2)
	must(t, h.work(one))
	rows := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{}))
	equal(t, "incidents", len(rows), 1)
	equal(t, "the rolled back number was not used up", rows[0].Number.String(), "INC-20261121-001")
	equal(t, "alerts", len(ok[[]alert.Row](t)(h.Alerts(ctx(t), rows[0].Number, 10))), 1)
	waiting := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))
	if len(waiting) != 1 || waiting[0].ID != b {
		t.Errorf("waiting: %v", waiting)
	}
	must(t, h.WorkOff(ctx(t), []int64{a, b, 999}, func(_ context.Context, waiting []int64, _ alert.Work) error {
		if !slices.Equal(waiting, []int64{b}) {
			t.Errorf("worked off again: %v", waiting)
		}
		return nil
	}))
	err = h.work(func(c context.Context, _ []int64, w alert.Work) error { // what it swallows must not be committed
		_ = w.Save(c, []alert.Row{{Source: "am", Key: "k2", Status: "neither"}})
		return w.Finish(c, b, "")
	})
	if err == nil {
		t.Error("a failed statement was committed")
	}
	err = h.work(func(context.Context, []int64, alert.Work) error { panic("a decoder's bug") })
	if err == nil {
		t.Error("a panic was no error")
	}
	equal(t, "still there", len(ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))), 1)
}

func alertRows(t *testing.T, h *house) {
	n, m := h.opened("a"), h.opened("b")
	at := func(k int) time.Time { return h.now().Add(time.Duration(k) * time.Minute) }
	row := alert.Row{
		Source: "am", Key: "k", Start: at(0), Status: alert.Firing, Incident: n, Count: 1, FirstSeen: at(0), LastSeen: at(0), Title: "t", Service: "s",
		Host: "h", Severity: "critical", Link: "l", Group: "g", SenderGroup: "sg", Outcome: "open", Rule: "r", Reason: "alert.reason.rule?x=1",
	}
	h.put("x")
	check := func(c context.Context, w alert.Work, n incident.Number, total, firing int64) {
		t.Helper()
		all, burning, err := w.Tally(c, n)
		must(t, err)
		equal(t, "total", all, total)
		equal(t, "firing", burning, firing)
	}
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
		known := ok[map[string]alert.Row](t)(w.Known(c, "am", []string{"k", "other"}))
		equal(t, "known", len(known), 0)
		must(t, w.Save(c, []alert.Row{row}))
		check(c, w, n, 1, 1)
		known = ok[map[string]alert.Row](t)(w.Known(c, "am", []string{"k", "other", "third"}))
		equal(t, "kept as it was", known["k"], row)
		equal(t, "another source's", len(ok[map[string]alert.Row](t)(w.Known(c, "zabbix", []string{"k"}))), 0)
		equal(t, "in the group", len(ok[[]alert.Row](t)(w.InGroup(c, "am", "sg"))), 1)
		repeat := row
		repeat.Count, repeat.LastSeen = 2, at(1)
		over := repeat
		over.Status, over.ResolvedAt, over.LastSeen = alert.Resolved, at(2), at(2)
		must(t, w.Save(c, []alert.Row{repeat, over})) // twice the same row at once
		check(c, w, n, 1, 0)
		equal(t, "in the group", len(ok[[]alert.Row](t)(w.InGroup(c, "am", "sg"))), 0)
		return nil
	}))
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
		still := row
		still.Status, still.ResolvedAt = alert.Resolved, at(2)
		flaps := still
		flaps.Outcome, flaps.Due = alert.Damped, at(9)
		must(t, w.Save(c, []alert.Row{flaps}))
		check(c, w, n, 1, 1) // it is not over between two fires
		flaps.Due = time.Time{}
		must(t, w.Save(c, []alert.Row{flaps}))
		check(c, w, n, 1, 0)
		must(t, w.Save(c, []alert.Row{still}))
		still.Count = 2
		must(t, w.Save(c, []alert.Row{still}))
		return nil
	}))
	refired := row
	refired.Start, refired.FirstSeen, refired.Incident = at(10), at(10), m
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error { // without asking for it before
		must(t, w.Save(c, []alert.Row{refired}))
		equal(t, "latest", ok[map[string]alert.Row](t)(w.Known(c, "am", []string{"k"}))["k"], refired)
		check(c, w, n, 1, 0)
		check(c, w, m, 1, 1)
		return nil
	}))
	former := ok[[]alert.Row](t)(h.Alerts(ctx(t), n, 10))
	equal(t, "the former occurrence stays", len(former), 1)
	equal(t, "with its count", former[0].Count, 2)
}

// manyAlerts: of an incident with many alerts the counts are kept, and are those that counting would give.
func manyAlerts(t *testing.T, h *house) {
	const many = 100
	n, m := h.opened("a"), h.opened("b")
	at := func(k int) time.Time { return h.now().Add(time.Duration(k) * time.Minute) }
	row := func(k int, first time.Time, i incident.Number, status string) alert.Row {
		return alert.Row{Source: "am", Key: fmt.Sprint("k", k), Start: first, Status: status, Incident: i, FirstSeen: first, LastSeen: first}
	}
	step := func(what string, of incident.Number, total, firing int64, rows ...alert.Row) {
		t.Helper()
		h.put("x")
		must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
			var keys []string
			for _, r := range rows {
				keys = append(keys, r.Key)
			}
			ok[map[string]alert.Row](t)(w.Known(c, "am", keys))
			must(t, w.Save(c, rows))
			if of != 0 {
				all, burning, err := w.Tally(c, of)
				must(t, err)
				equal(t, what+": total", all, total)
				equal(t, what+": firing", burning, firing)
			}
			return w.Finish(c, waiting[0], "")
		}))
	}
	var rows []alert.Row
	for k := range many {
		rows = append(rows, row(k, at(0), n, alert.Firing))
	}
	step("a storm", n, many, many, rows...)
	step("one more, one cleared", n, many+1, many, row(many, at(1), n, alert.Firing), row(0, at(0), n, alert.Resolved))
	step("fires again for itself", n, many+1, many+1, row(0, at(2), n, alert.Firing))
	step("fires for another one", m, 1, 1, row(1, at(2), m, alert.Firing))
	step("and was the first one's", n, many+1, many)
	step("comes back", n, many+1, many+1, row(1, at(3), n, alert.Firing))
	for k := range rows {
		rows[k] = row(k, at(4), m, alert.Firing)
	}
	step("all fire for the other one", m, many, many, rows...)
	step("which one of them had joined before", n, many+1, 1)
	step("new to it, though not new, and twice", m, many+1, many+1, row(many, at(5), n, alert.Firing), row(many, at(6), m, alert.Firing))
	step("taken out of it", m, many, many, row(many, at(6), 0, alert.Firing))
	step("nobody asks", 0, 0, 0, row(many+1, at(7), m, alert.Firing))
	step("counted at last", m, many+1, many+1)
	step("an old occurrence is rewritten", n, many, 0, row(5, at(0), m, alert.Resolved))
}

// born: what alerts opened on services is found by these, the newest first, and the services of its alerts.
func born(t *testing.T, h *house) {
	open := func(private bool, by *incident.AlertRef, services ...string) incident.Number {
		facts := []incident.Fact{&incident.Opened{Title: "x", Services: services, Alert: by}}
		if private {
			facts = append(facts, &incident.AccessSet{Private: true})
		}
		return h.recorded(0, incident.Change{}, facts...)
	}
	by := &incident.AlertRef{Source: "am", Key: "k"}
	a, b := open(false, by, "Payment", "db"), open(false, by, "db")
	open(false, nil, "db") // by a person
	open(true, by, "db")
	open(false, &incident.AlertRef{Source: alert.HeartbeatSource, Key: "backup"}, "db")
	must(t, h.WorkOff(ctx(t), nil, func(c context.Context, _ []int64, w alert.Work) error {
		same := func(what string, got, want []incident.Number) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		same("on both", ok[[]incident.Number](t)(w.OpenBorn(c, []string{"payment", "DB", "other"}, 9)), []incident.Number{b, a})
		same("the newest", ok[[]incident.Number](t)(w.OpenBorn(c, []string{"payment", "DB"}, 1)), []incident.Number{b})
		same("on nothing", ok[[]incident.Number](t)(w.OpenBorn(c, nil, 9)), nil)
		must(t, w.Save(c, []alert.Row{
			{Source: "am", Key: "1", Status: alert.Firing, FirstSeen: h.now(), Incident: a, Service: "db"},
			{Source: "am", Key: "2", Status: alert.Firing, FirstSeen: h.now(), Incident: a, Service: "db"},
			{Source: "am", Key: "3", Status: alert.Firing, FirstSeen: h.now(), Incident: a, Service: "web"},
		}))
		of := ok[[]string](t)(w.ServicesOf(c, a, 9))
		slices.Sort(of)
		if !slices.Equal(of, []string{"db", "web"}) {
			t.Errorf("services of its alerts: %v", of)
		}
		equal(t, "no more than asked for", len(ok[[]string](t)(w.ServicesOf(c, a, 1))), 1)
		return nil
	}))
}

func inboxShows(t *testing.T, h *house) {
	a, b := h.put("{broken \x00 <script>"), h.put("fine")
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
		return errors.Join(w.Finish(c, a, "alert.reason.json"), w.Finish(c, b, ""), w.Save(c, []alert.Row{
			{Source: "am", Key: "ignored", Status: alert.Firing, FirstSeen: h.now().Add(time.Minute), Outcome: "ignore", Reason: "alert.reason.rule"},
			{Source: "am", Key: "opened", Status: alert.Firing, FirstSeen: h.now(), Incident: 1},
		}))
	}))
	rows := ok[[]alert.Row](t)(h.InboxRows(ctx(t), 10))
	equal(t, "rows", len(rows), 2)
	equal(t, "newest first", rows[0].Key, "ignored")
	equal(t, "undecoded", rows[1].Outcome, storage.Undecoded)
	equal(t, "reason", rows[1].Reason, "alert.reason.json")
	equal(t, "harmless", rows[1].Title, "{broken <script>")
	equal(t, "limit", len(ok[[]alert.Row](t)(h.InboxRows(ctx(t), 1))), 1)
	must(t, h.WorkAgain(ctx(t), "once", a))
	must(t, h.WorkAgain(ctx(t), "once", a))
	equal(t, "back in the inbox", ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))[0].ID, a)
	if err := h.WorkAgain(ctx(t), "", a); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	for _, why := range []string{"alert.error_no_title", "alert.error_too_many?Max=1&Over=1"} {
		must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error { return w.Finish(c, a, why) }))
		must(t, h.WorkAgain(ctx(t), "", a))
		back := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))[0]
		equal(t, "marked after "+why, strings.Contains(string(back.Header), "Matoi-In-Part"), alert.InPart(why))
		equal(t, "its body", string(back.Body), "{broken \x00 <script>")
	}
}

func alertsFindIncidents(t *testing.T, h *house) {
	open := func(title, group string, storm bool, facts ...incident.Fact) incident.Number {
		return h.recorded(0, incident.Change{}, append([]incident.Fact{&incident.Opened{
			Title: title, Group: group, Storm: storm, Services: []string{"Payment"},
			Alert: &incident.AlertRef{Source: "am", Key: "k"},
		}}, facts...)...)
	}
	start := h.now()
	mergedOnly := open("m", "g0", false, &incident.MergedInto{Into: 1, From: incident.New})
	first := open("a", "g", false)
	open("b", "g", false, &incident.MergedInto{Into: first, From: incident.New})
	h.pass(time.Hour)
	storm := open("s", "", true)
	open("c", "g2", false, &incident.Cancelled{From: incident.New})
	open("secret", "g3", false, &incident.AccessSet{Private: true})
	h.put("x")
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
		number := ok[incident.Number](t)
		equal(t, "open goes before merged", number(w.OpenFor(c, "am", "g")), first)
		equal(t, "else the merged one", number(w.OpenFor(c, "am", "g0")), mergedOnly)
		equal(t, "over", number(w.OpenFor(c, "am", "g2")), 0)
		equal(t, "another source", number(w.OpenFor(c, "zabbix", "g")), 0)
		equal(t, "storm", number(w.StormFor(c, "am")), storm)
		equal(t, "no storm", number(w.StormFor(c, "zabbix")), 0)
		equal(t, "on the service", number(w.OpenOn(c, "PAYMENT")), storm)
		equal(t, "on no service", number(w.OpenOn(c, "pay")), 0)
		equal(t, "openings", ok[int](t)(w.Openings(c, "am", start)), 5)
		equal(t, "openings since", ok[int](t)(w.Openings(c, "am", h.now())), 2)
		return nil
	}))
}
