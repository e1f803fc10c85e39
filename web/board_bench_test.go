package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
	"matoi/web"
)

// BenchmarkBoard renders the board over a thousand open incidents of three thousand, as readers ask for it, and reports
// how long half and all but a hundredth of the requests take, and what goes over the wire.
func BenchmarkBoard(b *testing.B) {
	site, who, touch := busyBoard(b)
	for name, path := range map[string]string{
		"list": "/", "columns": "/?as=columns", "sifted": "/?priority=P2&vacant=scribe", "searched": "/?q=%E6%B1%BA%E6%B8%88", "mine": "/?mine=1",
		"all": "/incidents", "wall": "/wall", "people": "/people", "work": "/mine",
	} {
		for _, moving := range []bool{false, true} {
			if moving && name != "list" && name != "columns" {
				continue
			}
			b.Run(fmt.Sprintf("%s/moving=%v", name, moving), func(b *testing.B) {
				var took []time.Duration
				var body []byte
				for b.Loop() {
					if moving {
						b.StopTimer()
						touch()
						b.StartTimer()
					}
					r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://localhost"+path, nil)
					r.AddCookie(&http.Cookie{Name: "matoi_who", Value: string(who)})
					w := httptest.NewRecorder()
					began := time.Now()
					site.ServeHTTP(w, r)
					took = append(took, time.Since(began))
					if w.Code != http.StatusOK {
						b.Fatalf("%s: %d", path, w.Code)
					}
					body = w.Body.Bytes()
				}
				slices.Sort(took)
				at := func(share int) float64 {
					return float64(took[min(len(took)*share/100, len(took)-1)].Microseconds()) / 1000
				}
				b.ReportMetric(at(50), "p50-ms")
				b.ReportMetric(at(99), "p99-ms")
				b.ReportMetric(float64(len(body))/1000, "kB")
				b.ReportMetric(float64(packed(b, body))/1000, "kB-gzip")
			})
		}
	}
}

func packed(b *testing.B, body []byte) int {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil || z.Close() != nil {
		b.Fatal(err)
	}
	return out.Len()
}

// busyBoard is a site over a real database in which a thousand incidents of three thousand are open, with what people do
// in them. touch changes one of them.
func busyBoard(b *testing.B) (site http.Handler, who incident.PersonID, touch func()) {
	b.Helper()
	ctx := b.Context()
	store, err := storage.Open(ctx, storage.Options{Path: filepath.Join(b.TempDir(), "data"), Zone: time.UTC, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	policy := func() incident.Policy { return incident.DefaultPolicy(time.UTC) }
	desk := &incident.Desk{Store: store, Policy: policy, Now: time.Now}
	var people []incident.PersonID
	for n := range 40 {
		p, err := store.Meet(ctx, incident.Identity{Realm: "console", ID: fmt.Sprint("person", n)}, fmt.Sprintf("佐藤 %d", n), "")
		if err != nil {
			b.Fatal(err)
		}
		people = append(people, p.ID)
	}
	deeds := 0
	do := func(n incident.Number, c incident.Command, by incident.PersonID) incident.Number {
		deeds++
		r, err := desk.Do(ctx, n, c, incident.By{Person: by}, incident.Cause{ID: fmt.Sprint("bench", deeds)})
		if err != nil {
			b.Fatal(err)
		}
		return r.Incident.Number
	}
	titles := []string{"決済がタイムアウトする", "Search returns stale results", "会員ログインが断続的に失敗", "Batch is late, invoices are missing"}
	var open []incident.Number
	for k := range 3000 {
		by, level := people[k%len(people)], incident.Priority(k%5+1)
		if k%3 != 0 { // anybody may cancel it
			level = incident.P4
		}
		n := do(0, incident.Open{
			Title: fmt.Sprintf("%s #%d", titles[k%len(titles)], k), Priority: level, Category: "software",
			Services: []string{fmt.Sprint("service-", k%30)},
		}, by)
		if k%3 != 0 {
			do(n, incident.Cancel{Reason: "a benchmark"}, by)
			continue
		}
		open = append(open, n)
		if k%2 == 0 {
			do(n, incident.TakeRole{Role: incident.Manager, Person: by}, by)
			do(n, incident.TakeRole{Role: incident.TechLead, Person: people[(k+7)%len(people)]}, by)
			do(n, incident.TakeRole{Role: incident.Communications, Person: people[(k+3)%len(people)]}, by)
		}
	}
	talk := bot.New(bot.Options{Desk: desk, Store: store, People: store, Policy: policy, Now: time.Now, Local: true})
	chat := console.New(console.Options{Store: store, Handler: talk, Now: time.Now})
	if err := chat.Start(ctx); err != nil {
		b.Fatal(err)
	}
	s := web.New(web.Options{Console: chat, Bot: talk, Store: store, Local: true, Lang: lang.JA, Zone: time.UTC, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	b.Cleanup(s.Close)
	return s.Handler(), people[0], func() {
		do(open[deeds%len(open)], incident.Note{Text: "still looking", Sort: "note"}, people[1])
	}
}
