package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident"
	"matoi/incident/knowledge"
)

func numbersAreGapless(t *testing.T, h *house) {
	const writers, each = 16, 8
	crowd(writers, func(k int) {
		for n := range each {
			if n%3 == 2 { // one that fails after it drew
				_, _, err := h.Change(ctx(t), incident.Cause{}, nil, func(_ []*incident.Incident, draw incident.Draw) ([]incident.Change, error) {
					if _, err := draw(h.now()); err != nil {
						return nil, err
					}
					return nil, errors.New("broken")
				})
				if err == nil {
					t.Error("a failing change succeeded")
				}
				continue
			}
			if _, err := h.record(0, incident.Change{}, &incident.Opened{Title: fmt.Sprint(k, n)}); err != nil {
				t.Error(err)
			}
		}
	})
	rows := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000}))
	slices.Reverse(rows)
	equal(t, "incidents", len(rows), writers*(each-each/3))
	for k, r := range rows {
		equal(t, "number", r.Number.String(), fmt.Sprintf("INC-20261121-%03d", k+1))
	}
}

func causesOnce(t *testing.T, h *house) {
	cause := incident.Cause{ID: "request-1"}
	got := make([]incident.Number, 8)
	again := make([]bool, 8)
	crowd(8, func(k int) {
		r, err := h.desk.Do(ctx(t), 0, incident.Open{Title: "決済がタイムアウトする"}, incident.By{Person: "p1"}, cause)
		if err != nil {
			t.Error(err)
			return
		}
		got[k], again[k] = r.Incident.Number, r.Again
	})
	first := 0
	for k := range got {
		equal(t, "number", got[k], got[0])
		if !again[k] {
			first++
		}
	}
	equal(t, "firsts", first, 1)
	rows := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Viewer: incident.Viewer{All: true}}))
	equal(t, "incidents", len(rows), 1)
}

func firstAnswer(t *testing.T, h *house) {
	n := h.opened("first")
	cause := incident.Cause{ID: "retitle"}
	first := ok[incident.Result](t)(h.desk.Do(ctx(t), n, incident.SetTitle{Title: "second"}, incident.By{Person: "p1"}, cause))
	h.do(n, incident.SetTitle{Title: "third"})
	answer := ok[incident.Result](t)(h.desk.Do(ctx(t), n, incident.SetTitle{Title: "second"}, incident.By{Person: "p1"}, cause))
	equal(t, "again", answer.Again, true)
	equal(t, "title", answer.Incident.Title, "second")
	equal(t, "entries", len(answer.Events), len(first.Events))
	equal(t, "version", answer.Incident.Version, first.Incident.Version)
	equal(t, "title now", ok[*incident.Incident](t)(h.Load(ctx(t), n)).Title, "third")
}

func loadIsTheFold(t *testing.T, h *house) {
	n := h.opened("DB01 is down")
	h.pass(time.Minute)
	h.do(n, incident.Note{Text: "再起動したが改善せず\x00 🔥𠮷"})
	h.do(n, incident.SetTitle{Title: "DB01 と DB02 が落ちた"})
	events := ok[[]incident.Event](t)(h.Timeline(ctx(t), n, 0, 1000))
	if b := incident.Verify(n, events); b != nil {
		t.Error(b)
	}
	loaded := ok[*incident.Incident](t)(h.Load(ctx(t), n))
	if d := cmp.Diff(incident.Fold(n, events), loaded); d != "" {
		t.Errorf("the fold and the row differ (-fold +row):\n%s", d)
	}
	if _, err := h.Load(ctx(t), n+1); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("an unknown incident: %v", err)
	}
}

func formerFold(t *testing.T, h *house) {
	n := h.opened("old")
	want := ok[*incident.Incident](t)(h.Load(ctx(t), n))
	h.exec(t, `UPDATE incident SET fold_version = 0, state = '{}'`)
	if d := cmp.Diff(want, ok[*incident.Incident](t)(h.Load(ctx(t), n))); d != "" {
		t.Errorf("folded anew it differs:\n%s", d)
	}
	if b, err := h.Verify(ctx(t), nil); b != nil || err != nil {
		t.Errorf("a former fold is no break: %v %v", b, err)
	}
	h.do(n, incident.SetTitle{Title: "new"})
	equal(t, "title", ok[*incident.Incident](t)(h.Load(ctx(t), n)).Title, "new")
}

func refusalWritesNothing(t *testing.T, h *house) {
	n := h.opened("x")
	before := ok[[]incident.Event](t)(h.Timeline(ctx(t), n, 0, 0))
	refusal := incident.Refuse("no")
	_, _, err := h.Change(ctx(t), incident.Cause{ID: "c"}, []incident.Number{n}, func([]*incident.Incident, incident.Draw) ([]incident.Change, error) {
		return nil, refusal
	})
	if r, is := errors.AsType[*incident.Refusal](err); !is || r != refusal {
		t.Errorf("the refusal came back as %v", err)
	}
	equal(t, "entries", len(ok[[]incident.Event](t)(h.Timeline(ctx(t), n, 0, 0))), len(before))
	_, again, err := h.Change(ctx(t), incident.Cause{ID: "c"}, []incident.Number{n}, h.recorder(incident.Change{}, &incident.Titled{Title: "y"}))
	must(t, err)
	equal(t, "a refused cause was seen", again, false)
	_, _, err = h.Change(ctx(t), incident.Cause{}, []incident.Number{n + 1}, h.recorder(incident.Change{}))
	if !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("an unknown incident: %v", err)
	}
}

func twoIncidents(t *testing.T, h *house) {
	a, b := h.opened("a"), h.opened("b")
	crowd(8, func(k int) { // in both orders at once: no deadlock may come out
		pair := []incident.Number{a, b}
		if k%2 == 1 {
			slices.Reverse(pair)
		}
		_, _, err := h.Change(ctx(t), incident.Cause{ID: fmt.Sprint("both", k)}, pair, func(loaded []*incident.Incident, draw incident.Draw) ([]incident.Change, error) {
			var out []incident.Change
			for j, i := range loaded {
				if i.Number != pair[j] {
					return nil, fmt.Errorf("asked for %v, got %v", pair[j], i.Number)
				}
				c, err := h.recorder(incident.Change{}, &incident.Titled{Title: fmt.Sprint(k)})([]*incident.Incident{i}, draw)
				if err != nil {
					return nil, err
				}
				out = append(out, c...)
			}
			return out, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	x, y := ok[*incident.Incident](t)(h.Load(ctx(t), a)), ok[*incident.Incident](t)(h.Load(ctx(t), b))
	equal(t, "titles", x.Title, y.Title)
	done, again, err := h.Change(ctx(t), incident.Cause{ID: "both3"}, []incident.Number{b, a}, nil)
	must(t, err)
	equal(t, "seen", again, true)
	equal(t, "changes of the cause", len(done), 2)
}

func timelinePages(t *testing.T, h *house) {
	n := h.opened("x")
	for k := range 25 {
		h.recorded(n, incident.Change{}, &incident.Noted{Sort: "note", Text: fmt.Sprint(k)})
	}
	var seqs []int64
	after := int64(0)
	for {
		page := ok[[]incident.Event](t)(h.Timeline(ctx(t), n, after, 10))
		for _, e := range page {
			seqs = append(seqs, e.Seq)
		}
		if len(page) < 10 {
			break
		}
		after = page[9].Seq
	}
	version := ok[*incident.Incident](t)(h.Load(ctx(t), n)).Version
	equal(t, "entries", int64(len(seqs)), version)
	for k, seq := range seqs {
		equal(t, "seq", seq, int64(k)+1)
	}
}

func finds(t *testing.T, h *house) {
	a := h.recorded(0, incident.Change{}, &incident.Opened{Title: "決済がタイムアウトする", Priority: incident.P1, Services: []string{"Payment API"}})
	b := h.recorded(0, incident.Change{}, &incident.Opened{Title: "Login is slow", Summary: "everybody in 大阪", Priority: incident.P3})
	c := h.recorded(0, incident.Change{}, &incident.Opened{Title: "Printer", Priority: incident.P3})
	h.recorded(c, incident.Change{}, &incident.Cancelled{Reason: "x", From: incident.New})
	h.recorded(b, incident.Change{}, &incident.Titled{Title: "Sign-in is slow"})
	for _, x := range []struct {
		name string
		f    incident.Filter
		want []incident.Number
	}{
		{"all, newest first", incident.Filter{}, []incident.Number{c, b, a}},
		{"limit", incident.Filter{Limit: 1}, []incident.Number{c}},
		{"before", incident.Filter{Before: b}, []incident.Number{a}},
		{"open", incident.Filter{Open: true}, []incident.Number{b, a}},
		{"status", incident.Filter{Statuses: []incident.Status{incident.StatusCancelled}}, []incident.Number{c}},
		{"two statuses", incident.Filter{Statuses: []incident.Status{incident.StatusCancelled, incident.New}}, []incident.Number{c, b, a}},
		{"priority", incident.Filter{Priority: incident.P3}, []incident.Number{c, b}},
		{"two characters", incident.Filter{Text: knowledge.Query("決済")}, []incident.Number{a}},
		{"summary", incident.Filter{Text: knowledge.Query("大阪")}, []incident.Number{b}},
		{"all words", incident.Filter{Text: knowledge.Query("slow printer")}, nil},
		{"former title", incident.Filter{Text: knowledge.Query("login")}, nil},
		{"number", incident.Filter{Text: knowledge.Query("20261121 002")}, []incident.Number{b}},
		{"the beginning of a word", incident.Filter{Text: knowledge.Query("pr")}, []incident.Number{c}},
		{"of a word in another width and case", incident.Filter{Text: knowledge.Query("ＰＲＩＮＴ")}, []incident.Number{c}},
		{"of half-width kana", incident.Filter{Text: knowledge.Query("ﾀｲﾑ")}, []incident.Number{a}},
		{"of a number", incident.Filter{Text: knowledge.Query("INC-2026112")}, []incident.Number{c, b, a}},
		{"of a number of one day", incident.Filter{Text: knowledge.Query("inc-20261121-00")}, []incident.Number{c, b, a}},
		{"of the last word only", incident.Filter{Text: knowledge.Query("sl in")}, nil},
		{"of the last of several words", incident.Filter{Text: knowledge.Query("slow si")}, []incident.Number{b}},
		{"a letter", incident.Filter{Text: knowledge.Query("p")}, []incident.Number{c, a}},
		{"a beginning that must be whole", incident.Filter{Text: knowledge.Exactly("pr")}, nil},
		{"of the word for a service", incident.Filter{Text: knowledge.Query("serv")}, nil},
		{"of a service", incident.Filter{Text: knowledge.Query("pay")}, []incident.Number{a}},
		{"a character that begins a word", incident.Filter{Text: knowledge.Query("決")}, []incident.Number{a}},
		{"within one", incident.Filter{Text: knowledge.Query("済")}, []incident.Number{a}},
		{"at the end of a text", incident.Filter{Text: knowledge.Query("阪")}, []incident.Number{b}},
		{"at the end of a title", incident.Filter{Text: knowledge.Query("る")}, []incident.Number{a}},
		{"before another word", incident.Filter{Text: knowledge.Query("済 タイ")}, []incident.Number{a}},
		{"a sign that some languages leave out", incident.Filter{Text: knowledge.Query("ー")}, nil},
		{"service in any case", incident.Filter{Service: "payment api"}, []incident.Number{a}},
		{"no such service", incident.Filter{Service: "payment"}, nil},
	} {
		var got []incident.Number
		for _, r := range ok[[]incident.Row](t)(h.Find(ctx(t), x.f)) {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
	row := ok[[]incident.Row](t)(h.Find(ctx(t), incident.Filter{Service: "Payment API"}))[0]
	if d := cmp.Diff(ok[*incident.Incident](t)(h.Load(ctx(t), a)).AsRow(), row); d != "" {
		t.Errorf("the row is not the fold's:\n%s", d)
	}
}

func alike(t *testing.T, h *house) {
	a := h.recorded(0, incident.Change{}, &incident.Opened{Title: "payment api down"})
	b := h.recorded(0, incident.Change{}, &incident.Opened{Title: "payment slow"})
	h.recorded(0, incident.Change{}, &incident.Opened{Title: "printer", Summary: "payment api down"})
	over := h.recorded(0, incident.Change{}, &incident.Opened{Title: "payment api down"})
	h.recorded(over, incident.Change{}, &incident.Cancelled{Reason: "x", From: incident.New})
	h.recorded(0, incident.Change{}, &incident.Opened{Title: "payment api down", Private: true})
	rows := ok[[]incident.Row](t)(h.Alike(ctx(t), []string{"payment", "api", "down", "again"}, incident.Viewer{Person: "p9"}, 5))
	if len(rows) != 2 || rows[0].Number != a || rows[1].Number != b {
		t.Errorf("got %v, want %v and %v", rows, a, b)
	}
	equal(t, "limit", len(ok[[]incident.Row](t)(h.Alike(ctx(t), []string{"payment"}, incident.Viewer{All: true}, 1))), 1)
	equal(t, "nothing asked", len(ok[[]incident.Row](t)(h.Alike(ctx(t), nil, incident.Viewer{All: true}, 5))), 0)
}

func rooms(t *testing.T, h *house) {
	n := h.opened("x")
	own := incident.Room{Realm: "console", ID: "inc-1", Name: "inc-1"}
	thread := incident.Room{Realm: "slack:T1", ID: "C9", Thread: "17.5", Name: "desk"}
	h.recorded(n, incident.Change{}, &incident.RoomOpened{Room: own}, &incident.RoomOpened{Room: thread})
	for _, x := range []struct {
		p    incident.Place
		want incident.Number
	}{
		{incident.Place{Realm: "console", Room: "inc-1"}, n},
		{incident.Place{Realm: "console", Room: "inc-1", Thread: "4"}, n},
		{incident.Place{Realm: "console", Room: "inc-2"}, 0},
		{incident.Place{Realm: "slack:T1", Room: "C9", Thread: "17.5"}, n},
		{incident.Place{Realm: "slack:T1", Room: "C9"}, 0},
		{incident.Place{Realm: "slack:T2", Room: "C9", Thread: "17.5"}, 0},
	} {
		equal(t, fmt.Sprint(x.p), ok[incident.Number](t)(h.InRoom(ctx(t), x.p)), x.want)
	}
}

func dueOrder(t *testing.T, h *house) {
	at := func(m int) incident.Change {
		return incident.Change{Due: h.now().Add(time.Duration(m) * time.Minute), Policy: "v1"}
	}
	low := h.recorded(0, at(1), &incident.Opened{Title: "low", Priority: incident.P4})
	late := h.recorded(0, at(5), &incident.Opened{Title: "late", Priority: incident.P1})
	early := h.recorded(0, at(2), &incident.Opened{Title: "early", Priority: incident.P1})
	unknown := h.recorded(0, at(1), &incident.Opened{Title: "unknown"})
	h.recorded(0, at(60), &incident.Opened{Title: "not yet", Priority: incident.P1})
	h.recorded(0, incident.Change{}, &incident.Opened{Title: "never", Priority: incident.P1})
	got := ok[[]incident.Number](t)(h.Due(ctx(t), h.now().Add(5*time.Minute), 10))
	if want := []incident.Number{early, late, low, unknown}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	equal(t, "limit", len(ok[[]incident.Number](t)(h.Due(ctx(t), h.now().Add(5*time.Minute), 2))), 2)
	equal(t, "next", ok[time.Time](t)(h.NextDue(ctx(t))), h.now().Add(time.Minute))
	h.recorded(low, incident.Change{}, &incident.Titled{Title: "done"})
	h.recorded(unknown, incident.Change{}, &incident.Titled{Title: "done"})
	equal(t, "next", ok[time.Time](t)(h.NextDue(ctx(t))), h.now().Add(2*time.Minute))
}

func stale(t *testing.T, h *house) {
	a := h.recorded(0, incident.Change{Due: h.now(), Policy: "v1"}, &incident.Opened{Title: "a"})
	h.recorded(0, incident.Change{Due: h.now(), Policy: "v2"}, &incident.Opened{Title: "b"})
	c := h.recorded(0, incident.Change{Policy: "v1"}, &incident.Opened{Title: "open, nothing due"})
	over := h.recorded(0, incident.Change{Policy: "v1"}, &incident.Opened{Title: "over"})
	h.recorded(over, incident.Change{Policy: "v1"}, &incident.Cancelled{From: incident.New})
	got := ok[[]incident.Number](t)(h.Stale(ctx(t), "v2", 10))
	if want := []incident.Number{a, c}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.recorded(a, incident.Change{Due: h.now(), Policy: "v2"}) // no fact: only the clock is set anew
	equal(t, "left", len(ok[[]incident.Number](t)(h.Stale(ctx(t), "v2", 10))), 1)
	equal(t, "entries of a", len(ok[[]incident.Event](t)(h.Timeline(ctx(t), a, 0, 10))), 1)
}
