package storagetest

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/storage"
)

// secret is a text with signs that a chat escapes and JSON quotes.
const secret = `customer "Yamada" called from 090-1234-5678 *twice*`

func erasesTexts(t *testing.T, h *house) {
	n := h.opened("決済が遅い")
	h.channel(console.Channel{ID: "general"})
	h.channel(console.Channel{ID: "inc", Number: n})
	room := incident.Room{Realm: "console", ID: "inc", Name: "inc"}
	h.recorded(n, incident.Change{}, &incident.RoomOpened{Room: room})
	id := strings.Repeat("a", 32)
	file := incident.File{Name: "yamada.png", Link: "/files/" + id + "/yamada.png"}
	must(t, h.BeginUpload(ctx(t), console.Upload{ID: id, Name: "yamada.png", Channel: "general", Author: "p1", At: h.now()}))
	must(t, h.AddPiece(ctx(t), id, 0, []byte("a picture"), 1<<20))
	must(t, h.EndUpload(ctx(t), console.Upload{ID: id, Size: 9}))
	said := ok[console.Message](t)(h.AddMessage(ctx(t), console.Message{Channel: "general", Author: "p2", Text: secret, Key: "said", At: h.now(), Files: []incident.File{file}}))
	copied := ok[console.Message](t)(h.AddMessage(ctx(t), console.Message{Channel: "inc", Text: bot.Escape(secret) + " by <@p2>", Key: "posted", At: h.now()}))
	carded := ok[console.Message](t)(h.AddMessage(ctx(t), console.Message{Channel: "inc", Card: &bot.Card{Title: "決済が遅い", Text: secret}, Key: "card", At: h.now()}))
	other := ok[console.Message](t)(h.AddMessage(ctx(t), console.Message{Channel: "inc", Author: "p2", Text: "nothing of it", Key: "other", At: h.now()}))
	h.recorded(n, incident.Change{}, &incident.Noted{Sort: "note", Text: secret, Message: &incident.Message{
		Place: incident.Place{Realm: "console", Room: "general", Message: "1"}, Author: "p2", At: h.now(), Text: secret, Files: []incident.File{file},
	}}, &incident.Summarised{Text: secret})
	for _, key := range []string{"told", "other"} {
		row := alert.Row{Source: "am", Key: key, Status: alert.Firing, Incident: n, Count: 1, FirstSeen: h.now(), LastSeen: h.now(), Start: h.now(), Alert: `{"labels":{"team":"payments"}}`}
		if key == "told" {
			row.Alert = `{"labels":{"note":` + strconv.Quote("heard: "+secret) + `}}`
		}
		must(t, h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error { return w.Save(ctx, []alert.Row{row}) }))
	}
	seq := ok[*incident.Incident](t)(h.Load(ctx(t), n)).Version
	before := ok[*incident.Incident](t)(h.Load(ctx(t), n))
	_, waiting, err := h.Waiting(ctx(t))
	must(t, err)
	must(t, h.EraseEntries(ctx(t), n, []int64{seq - 1}, incident.By{Person: "p9"}, "the customer asked"))

	for _, row := range ok[[]alert.Row](t)(h.Alerts(ctx(t), n, 10)) {
		equal(t, "what is kept of the alert "+row.Key, row.Alert, map[string]string{"told": "", "other": `{"labels":{"team":"payments"}}`}[row.Key])
	}
	after := ok[*incident.Incident](t)(h.Load(ctx(t), n))
	equal(t, "summary", after.Summary, incident.Blank)
	equal(t, "title", after.Title, before.Title)
	equal(t, "status", after.Status, before.Status)
	events := ok[[]incident.Event](t)(h.Timeline(ctx(t), n, 0, 0))
	fact, _ := events[len(events)-1].Fact.(*incident.TextErased)
	if fact == nil || fact.Reason != "the customer asked" || len(fact.Entries) != 2 || events[len(events)-1].By != "p9" {
		t.Errorf("the fact of it: %+v", events[len(events)-1])
	}
	for _, x := range []struct {
		name string
		id   int64
		want string
	}{{"what was said", said.ID, incident.Blank}, {"what was posted", copied.ID, incident.Blank}, {"the card", carded.ID, incident.Blank}, {"another message", other.ID, "nothing of it"}} {
		m := ok[console.Message](t)(h.Message(ctx(t), x.id))
		equal(t, x.name, m.Text, x.want)
		if len(m.Files) > 0 || m.Card != nil {
			t.Errorf("%s keeps %v %v", x.name, m.Files, m.Card)
		}
	}
	for _, q := range []string{"Yamada", "090-1234-5678"} {
		found := ok[[]console.Message](t)(h.Search(ctx(t), console.Query{Text: q, Viewer: incident.Viewer{All: true}, Limit: 10}))
		equal(t, "messages found by "+q, len(found), 0)
		rows := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Text: knowledge.Query(q), Viewer: incident.Viewer{All: true}}))
		equal(t, "incidents found by "+q, len(rows), 0)
	}
	if _, err := h.Upload(ctx(t), id); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("its file: %v", err)
	}
	var out bytes.Buffer
	must(t, h.Export(ctx(t), &out))
	if strings.Contains(out.String(), "Yamada") || strings.Contains(out.String(), "yamada") {
		t.Error("the export still says it")
	}
	if v, broken, err := h.VerifyAll(ctx(t), storage.Verifying{}); broken != nil || err != nil || v.Erased != 2 {
		t.Errorf("verify: %+v %v %v", v, broken, err)
	}
	_, still, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "card and topic to be written anew, and what was told to be taken back", still-waiting, 3)
	var refusal *incident.Refusal
	if err := h.EraseEntries(ctx(t), n, []int64{seq}, incident.By{Person: "p9"}, "again"); !errors.As(err, &refusal) || refusal.Code != "erase_again" {
		t.Errorf("again: %v", err)
	}
	h.do(n, incident.Note{Text: "life goes on"})
	if broken, err := h.Verify(ctx(t), nil); broken != nil || err != nil {
		t.Errorf("verify later: %v %v", broken, err)
	}
}

// An alert that is named in what went is told by its labels too, which may hold more of the title, or hold it otherwise.
func erasesAlerts(t *testing.T, h *house) {
	n := h.opened("決済が遅い")
	kept := map[string]string{"long": `{"labels":{"summary":"the order of Yamada Taro\\nfails"}}`, "other": `{"labels":{"team":"payments"}}`}
	var named alert.Row
	for key, labels := range kept {
		row := alert.Row{Source: "am", Key: key, Status: alert.Firing, Incident: n, Count: 1, FirstSeen: h.now(), LastSeen: h.now(), Start: h.now(), Title: key, Alert: labels}
		if key == "long" {
			row.Title = "the order of Yamada Taro fails"
			named = row
		}
		must(t, h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error { return w.Save(ctx, []alert.Row{row}) }))
	}
	h.recorded(n, incident.Change{}, &incident.AlertsMet{Attached: []incident.AlertRef{{Source: named.Source, Key: named.Key, Title: named.Title, Start: named.Start}}, Total: 2, Firing: 2})
	must(t, h.EraseEntries(ctx(t), n, []int64{ok[*incident.Incident](t)(h.Load(ctx(t), n)).Version}, incident.By{Person: "p9"}, "the customer asked"))
	for _, row := range ok[[]alert.Row](t)(h.Alerts(ctx(t), n, 10)) {
		want := map[string][2]string{"long": {incident.Blank, ""}, "other": {"other", kept["other"]}}[row.Key]
		equal(t, "the title of "+row.Key, row.Title, want[0])
		equal(t, "what is kept of "+row.Key, row.Alert, want[1])
	}
}

func holdsBack(t *testing.T, h *house) {
	p := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "taro"}, "Taro", ""))
	q := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "jiro"}, "Jiro", ""))
	n := h.opened("x")
	free := h.opened("y")
	for _, i := range []incident.Number{n, free} {
		h.do(i, incident.Note{Text: "a note of it"})
	}
	seq := ok[*incident.Incident](t)(h.Load(ctx(t), n)).Version
	by := incident.By{Person: q.ID}
	must(t, h.Hold(ctx(t), n, false, by, "a case in court"))
	if err := h.EraseEntries(ctx(t), n, []int64{seq}, by, "asked for"); !errors.Is(err, storage.ErrHeld) {
		t.Errorf("its entry: %v", err)
	}
	if p.ID != "p1" {
		t.Fatalf("%s opened it, not %s", "p1", p.ID)
	}
	if err := h.Erase(ctx(t), p.ID, by, "asked for"); !errors.Is(err, storage.ErrHeld) {
		t.Errorf("who has part in it: %v", err)
	}
	must(t, h.EraseEntries(ctx(t), free, []int64{ok[*incident.Incident](t)(h.Load(ctx(t), free)).Version}, by, "asked for"))
	must(t, h.Hold(ctx(t), 0, false, by, "everything"))
	if err := h.Erase(ctx(t), q.ID, by, "asked for"); !errors.Is(err, storage.ErrHeld) {
		t.Errorf("anybody, while all is held: %v", err)
	}
	equal(t, "all held", ok[incident.Holds](t)(h.Holds(ctx(t))).All(), true)
	must(t, h.Hold(ctx(t), 0, true, by, "over"))
	must(t, h.Hold(ctx(t), n, true, by, "over"))
	if err := h.Hold(ctx(t), n, true, by, "over"); err == nil {
		t.Error("lifted twice")
	}
	must(t, h.Erase(ctx(t), p.ID, by, "asked for"))
	var refusal *incident.Refusal
	if err := h.Erase(ctx(t), p.ID, by, "asked for"); !errors.As(err, &refusal) {
		t.Errorf("erased twice: %v", err)
	}
	equal(t, "entries of the register", len(ok[[]incident.Event](t)(h.Register(ctx(t)))), 5)
	must(t, h.EraseEntries(ctx(t), n, []int64{seq}, by, "asked for"))
	if v, broken, err := h.VerifyAll(ctx(t), storage.Verifying{}); broken != nil || err != nil || v.Erased != 2 {
		t.Errorf("verify: %+v %v %v", v, broken, err)
	}
}
