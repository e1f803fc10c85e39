package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// The README's pictures are made anew by: go test ./cmd/matoi -run EveryPage -update-pictures
var paint = flag.Bool("update-pictures", false, "make the README's pictures anew")

// afternoon is a clock that stands until it is told to go on, so that pictures show the times of a real incident.
type afternoon struct{ at atomic.Pointer[time.Time] }

func (c *afternoon) now() time.Time { return *c.at.Load() }

func (c *afternoon) set(t time.Time) { c.at.Store(&t) }

// drama is an incident that might have happened, told minute by minute.
type drama struct {
	s      *scene
	clock  *afternoon
	number string
	room   string
}

// at does what somebody types at that minute.
func (d *drama) at(clock, who string, texts ...string) {
	d.s.t.Helper()
	d.turn(clock)
	for _, text := range texts {
		d.s.say(who, d.room, text)
	}
	d.settle()
}

// settle waits until all has been told that is to be told at this minute.
func (d *drama) settle() {
	d.s.t.Helper()
	d.s.until("all is told", func() bool {
		inbox, outbox, err := d.s.app.store.Waiting(d.s.t.Context())
		return err == nil && inbox+outbox == 0
	})
}

func (d *drama) turn(clock string) {
	d.s.t.Helper()
	var h, m int
	if _, err := fmt.Sscanf(clock, "%d:%d", &h, &m); err != nil {
		d.s.t.Fatal(err)
	}
	now := d.clock.now().In(tokyo(d.s.t))
	d.clock.set(time.Date(now.Year(), now.Month(), now.Day(), h, m, 7, 0, now.Location()).UTC())
}

// dramatise plays the incident up to the moment in which it is worked hardest.
func dramatise(t *testing.T) *drama {
	clock := &afternoon{}
	clock.set(time.Date(2026, 11, 20, 5, 32, 7, 0, time.UTC))
	s := newScene(t, func(c *Config) {
		c.OnCall, c.Checklist = []string{"佐藤 美咲"}, c.Checklist[:3]
		c.People = []Member{
			{Name: "佐藤 美咲", Email: "misaki.sato@example.jp", Lang: "ja"},
			{Name: "鈴木 健", Email: "ken.suzuki@example.jp", Lang: "ja"},
			{Name: "Emma Clarke", Email: "emma.clarke@example.jp", Lang: "en"},
			{Name: "高橋 遼", Email: "ryo.takahashi@example.jp", Lang: "ja"},
		}
	}, clock.now)
	d := &drama{s: s, clock: clock}
	s.send("POST", "/hooks/alertmanager", fire(t, "PaymentErrorRate", "決済のエラー率が 12% を超えています", "payment-api", "pay-7d9f", clock.now()), 202)
	s.until("the alert opens an incident", func() bool { return len(s.numbers()) == 1 })
	d.number = s.numbers()[0]
	s.until("the room is open", func() bool { return len(s.incident(d.number).Rooms) == 1 })
	d.settle()
	d.room = "#" + s.incident(d.number).Rooms[0].Name
	d.at("14:33", "佐藤 美咲", "/incident ack", "/incident role im me", "/incident priority --impact large --urgency high")
	d.at("14:34", "佐藤 美咲", "/incident role tech-lead @鈴木 健", "/incident role comms @Emma Clarke")
	d.at("14:34", "鈴木 健", "/incident ack", "/incident investigate", "/incident task claim 2")
	d.at("14:35", "Emma Clarke", "/incident ack", "/incident task claim 1")
	d.at("14:36", "鈴木 健", "/incident task done 2", "/incident log 14:35 再起動したが改善せず")
	d.at("14:38", "高橋 遼", "/incident finding DB の接続数が上限(200)に張り付いている")
	d.at("14:40", "Emma Clarke", "/incident update 決済の一部が失敗しています。原因を調査中です。銀行振込は使えます。 --next 30m")
	d.at("14:43", "鈴木 健", "/incident theory 14:20 のリリースで接続が返却されなくなった")
	d.at("14:45", "佐藤 美咲", "/incident identify", "/incident decision 14:20 のリリースを切り戻す")
	return d
}

// fire is what Alertmanager says of one alert that begins.
func fire(t *testing.T, name, summary, service, instance string, at time.Time) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"version": "4", "status": "firing", "receiver": "matoi", "groupKey": "{}:{alertname=\"" + name + "\"}",
		"alerts": []any{map[string]any{
			"status": "firing", "startsAt": at, "fingerprint": "c0ffee" + instance,
			"labels":      map[string]string{"alertname": name, "severity": "critical", "service": service, "instance": instance},
			"annotations": map[string]string{"summary": summary},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// believe lets the person's browser believe the clock of the play.
func (p *person) believe(now time.Time) {
	p.t.Helper()
	p.do("set the clock", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: fmt.Sprintf("Date.now = () => %d;", now.UnixMilli()),
		})
		return err
	}))
}

// The screens have to hold on a telephone, on a laptop, in the dark and in both languages: nothing may stick out sideways.
func TestEveryPageFitsPhonesAndLaptopsInBothLanguages(t *testing.T) {
	chromium, film := browser(t)
	d := dramatise(t)
	people := map[lang.Lang]*person{}
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		people[l] = d.s.sit(chromium, film, map[lang.Lang]string{lang.JA: "佐藤 美咲", lang.EN: "Emma Clarke"}[l], l)
		people[l].believe(d.clock.now())
		people[l].enter()
	}
	sato := people[lang.JA]
	sato.open("/chat/" + d.room[1:])
	sato.say("切り戻しの手順は @鈴木 健 さんと確認済みです。5分ほどで終わる見込みです。")
	people[lang.EN].open("/chat/" + d.room[1:])
	people[lang.EN].say("Support has 14 tickets so far, all card payments.")
	d.at("14:47", "鈴木 健", "/incident deed payment-api を 14:20 の前の版へ切り戻す")
	for l, p := range people {
		p.believe(d.clock.now())
		for name, path := range map[string]string{
			"list": "/", "chat": "/chat", "announcements": "/chat/incidents", "direct": "/chat/@" + p.ask("document.body.dataset.me"),
			"room": "/chat/" + d.room[1:], "incident": "/incidents/" + d.number, "people": "/people", "alerts": "/alerts",
			"report": "/incidents/" + d.number + "/report?lang=" + string(l), "missing": "/incidents/INC-20200101-001",
		} {
			p.open(path)
			for _, how := range []struct {
				name          string
				width, height int64
				scheme        string
			}{{"laptop", 1280, 800, "light"}, {"dark", 1280, 800, "dark"}, {"phone", 390, 844, "light"}} {
				p.look(how.width, how.height, how.scheme)
				p.see("main", "")
				p.picture(filepath.Join(film.dir, fmt.Sprintf("page-%s-%s-%s.png", name, how.name, l)))
				if wide := p.ask("document.documentElement.scrollWidth - innerWidth"); wide != "0" && wide[0] != '-' {
					t.Errorf("%s in %s on a %s: %s px stick out at the side", path, l, how.name, wide)
				}
				if raw := p.ask("(document.body.innerText.match(/⟦[^⟧]*⟧|<@p\\d+>|undefined|NaN|0001-01-01/) || [''])[0]"); raw != "" {
					t.Errorf("%s in %s shows %q", path, l, raw)
				}
			}
		}
	}
	if !*paint {
		return
	}
	for name, path := range map[string]string{"room": "/chat/" + d.room[1:], "incident": "/incidents/" + d.number} {
		sato.open(path)
		sato.do("stand back", chromedp.EmulateViewport(1600, 1000, chromedp.EmulateScale(0.8))) // 1280 by 800 points
		sato.see("main", "")
		sato.ask("[...document.querySelectorAll('#messages')].map(e => { e.querySelector('.msg').scrollIntoView(); document.activeElement.blur(); return 1 })")
		file := filepath.Join("../../docs/pictures", name+".png")
		if png := sato.picture(file); len(png) > 250_000 {
			t.Errorf("%s is %d bytes, want less than 250 kB", file, len(png))
		}
	}
}
