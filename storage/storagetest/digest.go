package storagetest

import (
	"strings"
	"testing"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/storage"
)

func digests(t *testing.T, h *house) {
	s := h.Storage
	names := map[string]incident.PersonID{}
	for _, name := range []string{"ann", "bob", "cho", "dan"} {
		p, err := s.Meet(t.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
		if err != nil {
			t.Fatal(err)
		}
		names[name] = p.ID
	}
	london, err := s.Person(t.Context(), names["bob"])
	if err != nil {
		t.Fatal(err)
	}
	if london.Zone = "Europe/London"; s.SavePerson(t.Context(), london) != nil {
		t.Fatal("not saved")
	}
	if err := s.SetPreference(t.Context(), names["cho"], storage.DigestPreference, "08:30"); err != nil {
		t.Fatal(err)
	}
	times, err := s.DigestTimes(t.Context())
	if err != nil || len(times) != 3 {
		t.Errorf("times: %+v, %v", times, err)
	}
	readers := func(at storage.DigestTime) string {
		t.Helper()
		found, err := s.DigestReaders(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, id := range found {
			out = append(out, string(id))
		}
		return strings.Join(out, " ")
	}
	equal(t, "nothing waits for anybody", readers(storage.DigestTime{}), "")
	n := h.do(0, incident.Open{Title: "x", Priority: incident.P3}).Incident.Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: names["bob"]})
	h.do(n, incident.TakeRole{Role: incident.Scribe, Person: names["cho"]})
	equal(t, "who opened it", readers(storage.DigestTime{}), string(names["ann"]))
	equal(t, "who leads it, elsewhere", readers(storage.DigestTime{Zone: "Europe/London"}), string(names["bob"]))
	equal(t, "by their own choice", readers(storage.DigestTime{Choice: "08:30"}), string(names["cho"]))
	h.do(n, incident.AddMeasure{Measure: incident.Measure{Text: "x", Owner: "<@" + string(names["dan"]) + ">", Due: "12/15"}})
	h.do(n, incident.Resolve{})
	h.do(n, incident.Close{})
	equal(t, "once it is closed whose measure waits", readers(storage.DigestTime{}), string(names["dan"]))
	h.do(n, incident.FinishMeasure{ID: 1})
	equal(t, "and no more once it is done", readers(storage.DigestTime{}), "")

	drain := func() (out []incident.Effect) {
		t.Helper()
		for {
			waiting, err := h.Claim(t.Context(), h.now(), lease, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(waiting) == 0 {
				return out
			}
			for _, d := range waiting {
				if d.Effect.Number == 0 {
					out = append(out, d.Effect)
				}
			}
		}
	}
	drain()
	day, people := calendar.DateAt(2026, 11, 24), []incident.PersonID{names["ann"], names["bob"]}
	for _, want := range []int{2, 0} { // the second time, or by another process: nothing more
		if made, err := s.MakeDigests(t.Context(), day, "console", people); err != nil || made != want {
			t.Errorf("made %d, %v, want %d", made, err, want)
		}
	}
	if made, err := s.MakeDigests(t.Context(), day+1, "console", people[:1]); err != nil || made != 1 {
		t.Errorf("on the next day: %d, %v", made, err)
	}
	if made, err := s.MakeDigests(t.Context(), day, "console", people); err != nil || made != 0 {
		t.Errorf("a clock that was set back makes %d, %v", made, err)
	}
	var got []string
	for _, e := range drain() {
		got = append(got, string(e.Kind)+" "+string(e.Person)+" "+calendar.Date(e.Seq).String())
	}
	if len(got) == 0 || got[0] != "brief "+string(names["ann"])+" 2026-11-24" {
		t.Errorf("in the outbox: %v", got)
	}
}
