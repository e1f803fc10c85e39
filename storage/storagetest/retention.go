package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

// keeps: each kind of thing goes by its own time alone, and only what its rule names.
func keeps(t *testing.T, h *house) {
	rooms := map[string]incident.Number{}
	for _, room := range []string{"over", "held", "open"} {
		rooms[room] = h.opened(room)
		h.channel(console.Channel{ID: room, Number: rooms[room]})
		if room != "open" {
			h.recorded(rooms[room], incident.Change{}, &incident.Resolved{Text: "done", From: incident.Investigating}, &incident.Closed{How: "manager", From: "resolved"})
		}
	}
	must(t, h.Hold(ctx(t), rooms["held"], false, incident.By{Person: "p1"}, "a case in court"))
	old := h.now()
	h.alerted("loose", 0, old)
	h.alerted("of the open", rooms["open"], old)
	h.alerted("of the one over", rooms["over"], old)
	h.alerted("of the held", rooms["held"], old)
	h.alerted("firing", rooms["over"], time.Time{})
	h.undecodable("old")
	h.effects(post("elsewhere", 1))
	dropped := h.settled(incident.GivenUp)
	h.effects(post("elsewhere", 1))
	putOff := h.settled(incident.PutOff)
	files := h.sentEverywhere(rooms)
	h.pass(40 * day)
	young := h.now()
	h.alerted("young", 0, young)
	h.undecodable("young")
	h.effects(post("elsewhere", 1))
	recent := h.settled(incident.GivenUp)
	h.pass(day)

	const keep = 30 * day
	prune := func(r storage.Retention, want storage.Pruned) {
		t.Helper()
		equal(t, "pruned", ok[storage.Pruned](t)(h.Prune(ctx(t), r)), want)
		equal(t, "pruned again", ok[storage.Pruned](t)(h.Prune(ctx(t), r)), storage.Pruned{})
	}
	prune(storage.Retention{Alerts: keep}, storage.Pruned{Alerts: 2})
	equal(t, "alerts left", h.alertsLeft(rooms), "firing, of the held, of the open, young")
	prune(storage.Retention{Undecoded: keep}, storage.Pruned{Undecoded: 1})
	rows := ok[[]alert.Row](t)(h.UndecodedRows(ctx(t), 10))
	if len(rows) != 1 || rows[0].Title != "young" {
		t.Errorf("undecoded: %+v", rows)
	}
	prune(storage.Retention{Undelivered: keep}, storage.Pruned{Undelivered: dropped})
	prune(storage.Retention{Undelivered: time.Hour}, storage.Pruned{Undelivered: recent})
	_, waiting, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "deliveries that wait, however old", waiting, int64(putOff))

	p := ok[storage.Pruned](t)(h.Prune(ctx(t), storage.Retention{Chat: keep}))
	equal(t, "files that went", p.Files, 1)
	for name, u := range files {
		_, known := h.Upload(ctx(t), u.ID)
		_, piece := h.Piece(ctx(t), u.ID, 1)
		if went := name == "over"; errors.Is(known, incident.ErrNotFound) != went || errors.Is(piece, incident.ErrNotFound) != went {
			t.Errorf("file %q: %v, its second piece: %v", name, known, piece)
		}
	}
	if v, broken, err := h.VerifyAll(ctx(t), storage.Verifying{}); broken != nil || err != nil || v.Incidents != 6 {
		t.Errorf("verify: %+v %v %v", v, broken, err)
	}
}

// alerted saves an alert that was resolved at a time, or still fires.
func (h *house) alerted(key string, n incident.Number, resolved time.Time) {
	h.t.Helper()
	row := alert.Row{Source: "am", Key: key, Status: alert.Firing, Incident: n, Count: 1, FirstSeen: h.now(), LastSeen: h.now(), Title: key, Outcome: "open"}
	if !resolved.IsZero() {
		row.Status, row.ResolvedAt = alert.Resolved, resolved
	}
	h.put(key)
	must(h.t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(w.Save(c, []alert.Row{row}), w.Finish(c, waiting[0], ""))
	}))
}

// prunesAmongMany: what is old goes from among more alerts than are read at once, and nothing else.
func prunesAmongMany(t *testing.T, h *house) {
	const many, each = 4500, 9
	old := h.now()
	var rows []alert.Row
	for k := range many {
		row := alert.Row{Source: "am", Key: fmt.Sprintf("k%05d", k), Status: alert.Resolved, Count: 1, FirstSeen: old, LastSeen: old, ResolvedAt: old, Title: "old", Outcome: "inbox"}
		switch k % each {
		case 0:
			row.Status, row.ResolvedAt = alert.Firing, time.Time{}
		case 1, 2:
			row.ResolvedAt = old.Add(39 * day)
		}
		rows = append(rows, row)
	}
	h.put("many")
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return errors.Join(w.Save(c, rows), w.Finish(c, waiting[0], ""))
	}))
	h.pass(40 * day)
	p := ok[storage.Pruned](t)(h.Prune(ctx(t), storage.Retention{Alerts: 30 * day}))
	equal(t, "alerts that went", p.Alerts, many*(each-3)/each)
	equal(t, "alerts left", len(ok[[]alert.Row](t)(h.InboxRows(ctx(t), many))), many*3/each)
	equal(t, "pruned again", ok[storage.Pruned](t)(h.Prune(ctx(t), storage.Retention{Alerts: 30 * day})), storage.Pruned{})
}

// undecodable takes in a request of which nothing can be made.
func (h *house) undecodable(body string) {
	h.t.Helper()
	h.put(body)
	must(h.t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		return w.Finish(c, waiting[0], "alert.error_no_title")
	}))
}

// settled gives up all deliveries that wait, or puts them off for years.
func (h *house) settled(as incident.Settlement) (n int) {
	h.t.Helper()
	for {
		got := h.claim(1000)
		if len(got) == 0 {
			return n
		}
		for _, d := range got {
			must(h.t, h.Settle(ctx(h.t), incident.Settled{ID: d.ID, As: as, At: h.now().Add(1000 * day), Why: "there is no such room"}))
			n++
		}
	}
}

// sentEverywhere sends a file of two pieces in each room, one that came into the record of the one that is over, and leaves one unsent.
func (h *house) sentEverywhere(rooms map[string]incident.Number) map[string]upload {
	h.t.Helper()
	out := map[string]upload{}
	for k, room := range []string{"over", "held", "open"} {
		out[room] = h.upload(string(rune('a'+k)), room, "one", "two")
		ok[message](h.t)(h.send(room, "", out[room]))
	}
	out["in the record"] = h.upload("d", "over", "one", "two")
	m := ok[message](h.t)(h.send("over", "", out["in the record"]))
	h.recorded(rooms["over"], incident.Change{}, &incident.Noted{Sort: "note", Text: "see", Message: &incident.Message{Text: "see", Files: m.Files}})
	out["unsent"] = h.upload("e", "over", "one", "two")
	return out
}

// alertsLeft names the alerts that are there.
func (h *house) alertsLeft(rooms map[string]incident.Number) string {
	h.t.Helper()
	rows := ok[[]alert.Row](h.t)(h.InboxRows(ctx(h.t), 100))
	for _, n := range rooms {
		rows = append(rows, ok[[]alert.Row](h.t)(h.Alerts(ctx(h.t), n, 100))...)
	}
	var keys []string
	for _, r := range rows {
		if r.Outcome != storage.Undecoded {
			keys = append(keys, r.Key)
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}
