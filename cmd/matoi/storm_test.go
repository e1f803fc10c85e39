package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	blackout "matoi/bench/storm"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// A core switch dies in front of many machines, of which four senders tell; the real program is killed in the middle of it, and
// they try again. Every alert is there once, and there are the incidents that people would have opened. MATOI_TEST_STORM asks for
// another number of alerts.
func TestAStormThatIsKilledInItsMiddleEndsInTheIncidentsOfPeople(t *testing.T) {
	alerts := 6000
	if text := os.Getenv("MATOI_TEST_STORM"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		alerts = n
	}
	scene := blackout.New(alerts/50, alerts, time.Now().UTC().Truncate(time.Second).Add(-time.Minute))
	p := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data")}
	p.flags = []string{"--config", write(t, blackout.Config)}
	p.start()
	t.Cleanup(p.kill)
	told, sent := &blackout.Told{}, make(chan error, 1)
	began := time.Now()
	go func() { sent <- scene.Send(t.Context(), func() string { return p.address.Load().(string) }, told) }()
	requests := 0
	for _, of := range scene.Senders {
		requests += len(of)
	}
	for k := range 2 {
		eventually(t, "a part was sent", func() bool { return told.Done.Load() > int64(requests*(k+1)/3) })
		p.kill()
		p.start()
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	s := &aftermath{t: t, p: p}
	s.calm()
	t.Logf("%d alerts in %d requests within %s, worked off after %s: p99 %s, at most %s, %d answered otherwise, %d without an answer",
		scene.Alerts, requests, took, time.Since(began), told.Quantile(.99), told.Quantile(1), told.Refused.Load(), told.Broken.Load())
	if os.Getenv("MATOI_SCREENSHOTS") != "" {
		s.pictures()
	}
	p.kill()
	s.judge(scene)
}

// pictures shows what people see of it.
func (s *aftermath) pictures() {
	chromium, film := browser(s.t)
	for who, l := range map[string]lang.Lang{"佐藤": lang.JA, "Emma": lang.EN} {
		p := (&scene{t: s.t, at: s.p.address.Load().(string)}).sit(chromium, film, who, l)
		p.enter()
		for path, name := range map[string]string{"/": "storm list", "/alerts": "storm alerts", "/incidents": "storm incidents"} {
			p.open(path)
			p.shot(name)
		}
	}
}

// aftermath looks at what is left of a storm.
type aftermath struct {
	t *testing.T
	p *process
}

// calm waits until all is worked off and told.
func (s *aftermath) calm() {
	s.t.Helper()
	eventually(s.t, "all is worked off and told", func() bool {
		var text string
		s.p.get("/metrics", &text)
		return strings.Contains(text, "matoi_outbox_waiting 0\n") && strings.Contains(text, "matoi_inbox_waiting 0\n")
	})
}

// judge looks into the folder.
func (s *aftermath) judge(scene *blackout.Scene) {
	s.t.Helper()
	store, err := storage.OpenReadOnly(s.t.Context(), s.p.data)
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	kept := map[string]int{}
	rows, err := store.InboxRows(s.t.Context(), 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		kept[r.Key]++
	}
	opened, err := store.Find(s.t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	titles, stand := map[string]bool{}, 0
	for _, i := range opened {
		of, err := store.Alerts(s.t.Context(), i.Number, 1<<20)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, r := range of {
			kept[r.Key]++
		}
		if i.Status != incident.StatusMerged { // what was told of before the switch was is part of its incident now
			titles[i.Title] = true
			stand++
		}
		s.t.Logf("%s %s %q: %d alerts, %d fire", i.Number, i.Priority, i.Title, len(of), burning(of))
	}
	for key := range scene.Keys {
		if kept[key] != 1 {
			s.t.Errorf("%s is kept %d times", key, kept[key])
		}
	}
	if len(kept) != len(scene.Keys) {
		s.t.Errorf("%d keys are kept, %d were sent", len(kept), len(scene.Keys))
	}
	s.t.Logf("%d alerts opened nothing", len(rows))
	for _, title := range scene.Own {
		if !titles[title] {
			s.t.Errorf("what has nothing to do with it is hidden: %q", title)
		}
	}
	if stand != 1+len(scene.Own) {
		s.t.Errorf("%d incidents, people would have opened %d", stand, 1+len(scene.Own))
	}
}

func burning(rows []alert.Row) (n int) {
	for _, r := range rows {
		if r.Status == alert.Firing {
			n++
		}
	}
	return n
}
