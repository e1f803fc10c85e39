package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
	"matoi/web"
)

// longNight is a site with one incident of so many entries, in a real database.
type longNight struct {
	store   *storage.Storage
	number  incident.Number
	version int64
	who     incident.PersonID
	made    func() http.Handler // a process of its own: nothing is kept yet
}

func newLongNight(b testing.TB, entries int) longNight {
	b.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	store, err := storage.Open(b.Context(), storage.Options{Path: filepath.Join(b.TempDir(), "data"), Zone: zone, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	policy := func() incident.Policy { return incident.DefaultPolicy(zone) }
	desk := &incident.Desk{Store: store, Policy: policy, Now: now}
	var people []incident.PersonID
	for _, name := range []string{"佐藤", "鈴木", "Emma", "高橋"} {
		p, err := store.Meet(b.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
		if err != nil {
			b.Fatal(err)
		}
		people = append(people, p.ID)
	}
	r, err := desk.Do(b.Context(), 0, incident.Open{Title: "長い夜", Priority: incident.P1}, incident.By{Person: people[0]}, incident.Cause{ID: "open"})
	if err != nil {
		b.Fatal(err)
	}
	n := r.Incident.Number
	version := r.Incident.Version
	for k := 0; version < int64(entries); k++ {
		at = at.Add(20 * time.Second)
		r, err := desk.Do(b.Context(), n, deedOf(k), incident.By{Person: people[k%len(people)]}, incident.Cause{ID: fmt.Sprint("deed", k)})
		if err != nil {
			b.Fatal(k, err)
		}
		version = r.Incident.Version
	}
	made := func() http.Handler {
		bt := bot.New(bot.Options{Desk: desk, Store: store, People: store, Policy: policy, Now: now, Local: true})
		chat := console.New(console.Options{Store: store, Handler: bt, Now: now})
		if err := chat.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		return web.New(web.Options{Console: chat, Bot: bt, Store: store, Local: true, Zone: zone, Now: now}).Handler()
	}
	return longNight{store: store, number: n, version: version, who: people[0], made: made}
}

// deedOf is what is done next in a long night: mostly notes, now and then a decision, an update, a correction.
func deedOf(k int) incident.Command {
	switch {
	case k%97 == 5:
		return incident.Publish{Sort: "update", Audience: "stakeholders", Text: fmt.Sprintf("続報 %d: 復旧作業を続けています", k)}
	case k%53 == 7:
		return incident.Note{Sort: "decision", Text: fmt.Sprintf("リリース %d を切り戻す", k)}
	case k%41 == 9:
		return incident.Revise{Seq: int64(k/2 + 3), Text: fmt.Sprintf("訂正 %d", k), Why: "corrected"}
	case k%11 == 3:
		return incident.Note{Sort: "finding", Text: fmt.Sprintf("DB の接続数が %d に張り付いている payment-api-%d", k, k%7)}
	}
	return incident.Note{Sort: "note", Text: fmt.Sprintf("%d 回目の再起動。改善せず。ログを保全した host-%03d connection reset by peer", k, k%250)}
}

// get renders a page as a browser of the first person gets it.
func (l longNight) get(b testing.TB, h http.Handler, path string) (*httptest.ResponseRecorder, time.Duration) {
	b.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "http://127.0.0.1"+path, nil)
	r.Header.Set("Cookie", "matoi_who="+string(l.who))
	w := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(w, r)
	took := time.Since(begin)
	if w.Code != http.StatusOK {
		b.Fatalf("GET %s: %d", path, w.Code)
	}
	return w, took
}

// BenchmarkTimelineOfTenThousandEntries renders whole pages over a database of 10,000 entries. cold is the first page that a
// process renders of the incident.
func BenchmarkTimelineOfTenThousandEntries(b *testing.B) {
	night := newLongNight(b, 10_000)
	page := "/incidents/" + night.number.String()
	part := "/part/entries?whole=1&number=" + night.number.String()
	h := night.made()
	for _, c := range []struct{ name, path string }{
		{"newest", page},
		{"middle", page + "?at=5000"},
		{"hit", page + "?q=%EF%BD%88%EF%BD%8F%EF%BD%93%EF%BD%94-123+%E5%86%8D%E8%B5%B7%E5%8B%95"},
		{"miss", page + "?q=nowhere"},
		{"filter", page + "?kind=decision&kind=finding"},
		{"person", page + "?who=" + string(night.who)},
		{"part", part},
	} {
		b.Run(c.name, func(b *testing.B) {
			night.get(b, h, c.path)
			measured(b, func() time.Duration { _, took := night.get(b, h, c.path); return took })
		})
	}
	for _, c := range []struct{ name, path string }{{"cold", page}, {"cold-search", page + "?q=host-123"}} {
		b.Run(c.name, func(b *testing.B) {
			measured(b, func() time.Duration { _, took := night.get(b, night.made(), c.path); return took })
		})
	}
}

// measured runs f and reports the spread of what it took.
func measured(b *testing.B, f func() time.Duration) {
	b.Helper()
	var all []time.Duration
	for b.Loop() {
		all = append(all, f())
	}
	slices.Sort(all)
	at := func(percent int) float64 {
		return float64(all[min(len(all)-1, len(all)*percent/100)].Microseconds()) / 1000
	}
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
}
