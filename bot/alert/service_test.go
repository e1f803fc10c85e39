package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
)

func payments() alert.Names {
	return alert.NewNames([]alert.Service{{Name: "payments", Aliases: []string{"payment-api", "決済", "Kasse"}}, {Name: "orders", Aliases: []string{"PAYMENTS", "kasse"}}})
}

// A pattern on the service means the service, by whichever of its names the alert and the pattern call it.
func TestAServiceIsMeantByAnyOfItsNames(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		sent    string
		pattern []string
		want    bool
	}{
		{"payments", []string{"payments"}, true},
		{"payments", []string{"payment-api"}, true},
		{"payment-api", []string{"payments"}, true},
		{"payment-api", []string{"payment-api"}, true},
		{"payment-api", []string{"決済"}, true},
		{"決済", []string{"決済"}, true},
		{"Payment-API", []string{"ＰＡＹＭＥＮＴ－ａｐｉ"}, true},
		{"ｐａｙｍｅｎｔｓ", []string{"KASSE"}, true},
		{"payments", []string{"orders"}, false},
		{"orders", []string{"payments", "kasse"}, false},
		{"orders", []string{"mail", "Orders"}, true},
		{"payment-api", []string{"mail", "決済"}, true},
		{"payment-api", []string{"!決済"}, false},
		{"決済", []string{"!mail", "!payment-api"}, false},
		{"orders", []string{"!決済"}, true},
		{"payments", []string{"payment-*"}, true},
		{"payments", []string{"Payment-*"}, false}, // case counts, and nobody writes it so
		{"Payment-API", []string{"Payment-*"}, true},
		{"Payment-API", []string{"pay*", "!Payment-*"}, false},
		{"payments", []string{"/^決/"}, true},
		{"決済", []string{"/^(?:payments)$/"}, true},
		{"決済", []string{"*"}, true},
		{"決済", []string{"!/api/"}, false},
		{"orders", []string{"!/api/", "!pay*"}, true},
		{"unknown", []string{"Unknown"}, false},
		{"unknown", []string{"unknown"}, true},
		{"", []string{"payment-api"}, false},
	} {
		name := fmt.Sprintf("%s of %q", c.pattern, c.sent)
		var patterns alert.Patterns
		for _, p := range c.pattern {
			patterns = append(patterns, alert.Pattern(p))
		}
		rule := alert.Rule{Name: "r", Match: map[string]alert.Patterns{"service": patterns}, Do: alert.Ignore}
		made, err := alert.Stored([]alert.StoredRule{{Number: 7, Rule: rule}})
		if err != nil {
			t.Fatal(err)
		}
		quiet, err := alert.NewSilences([]bot.Silence{{Number: 3, Kind: bot.ForNoise, Match: map[string][]string{"service": c.pattern}, From: now, Until: now.Add(time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Appendf(nil, `{"title":"down","severity":"critical","service":%q}`, c.sent)
		for kind, config := range map[string]alert.Config{
			"rule": {Rules: alert.Rules{rule}}, "a person's rule": {Rules: made}, "silence": {Silences: quiet},
			"heartbeat": {Sources: []alert.Source{{Name: "generic", Heartbeat: &alert.Pulse{Every: alert.Span(time.Minute), Match: rule.Match}}}},
		} {
			if err := config.Compile(); err != nil {
				t.Fatal(err)
			}
			config.Names = payments()
			e := config.Explain("generic", nil, body, now)
			if len(e.Alerts) != 1 || (e.Alerts[0].Do != alert.Open) != c.want {
				t.Errorf("%s %s: %+v", kind, name, e)
			}
		}
		rows := []alert.Row{{Source: "generic", Key: "k", Service: c.sent, Severity: alert.Warning, Status: alert.Firing, Title: "down"}}
		if f := (&alert.Config{Names: payments()}).Foresee(rule, rows); c.sent != "Payment-API" && (f.Fits == 1) != c.want {
			t.Errorf("foreseen %s: %+v", name, f)
		}
	}
}

// What keeps an alert quiet is asked anew of what is kept of it, also by the letters that only its sender uses; and it is found by an
// alias that its service has been given meanwhile.
func TestWhatIsJudgedAgainIsMeantByItsServicesNames(t *testing.T) {
	h := newHouse(t)
	silence := func(n int64, pattern string, from, until time.Duration) bot.Silence {
		return bot.Silence{Number: n, Match: map[string][]string{"service": {pattern}}, From: h.now.Add(from), Until: h.now.Add(until)}
	}
	var err error
	h.config.Silences, err = alert.NewSilences([]bot.Silence{
		silence(1, "決済", 0, time.Hour), silence(2, "SHOP-*", time.Minute, 2*time.Hour), silence(3, "shop-late", time.Minute, 3*time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	names := func(aliases ...string) alert.Names {
		return alert.NewNames([]alert.Service{{Name: "store", Aliases: append(aliases, "決済", "shop-7")}})
	}
	h.config.Names = names()
	h.post("generic", `{"title":"down","dedup_key":"1","severity":"critical","service":"SHOP-7"}`)
	h.work()
	h.later(61 * time.Minute) // only its own letters keep it quiet now
	h.wants()
	if rows := h.inbox(); len(rows) != 1 || rows[0].Service != "store" || rows[0].Outcome != alert.Silenced {
		t.Fatalf("%+v", rows)
	}
	h.config.Names = names("shop-late") // by a reload
	h.later(time.Hour)
	h.wants()
	h.later(59 * time.Minute)
	h.wants("P2")
	if i := h.only(); i.Services[0] != "store" {
		t.Errorf("%q", i.Services)
	}
}

// A service without other names is known in any case and width, too, whatever others have.
func TestAServiceWithoutAliasesIsMeantInAnyCase(t *testing.T) {
	c := alert.Config{Names: alert.NewNames([]alert.Service{{Name: "Payments"}}), Rules: alert.Rules{{
		Name: "theirs", Match: map[string]alert.Patterns{"service": {"payments"}}, Do: alert.Ignore,
	}}}
	if err := c.Compile(); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"Payments", "payments", "ＰＡＹＭＥＮＴＳ"} {
		a := alert.Alert{Status: alert.Firing, Event: alert.EventTrigger, Severity: "critical", Title: "down", Service: service}
		if out := c.For(a, time.Now()); out.Do != alert.Ignore {
			t.Errorf("%s: %s", service, out.Do)
		}
	}
}

// The service that a rule gives, or a heartbeat, is the house's by whichever of its names it is written: what joins it is found, and
// what it depends on, and what depends on it.
func TestTheServiceOfARuleIsMeantByAnyOfItsNames(t *testing.T) {
	names := alert.NewNames([]alert.Service{{Name: "payments", Aliases: []string{"pay"}}, {Name: "database", Aliases: []string{"db"}}, {Name: "web"}})
	of := func(team string) map[string]alert.Patterns {
		return map[string]alert.Patterns{"label.team": {alert.Pattern(team)}}
	}
	for _, c := range []struct{ first, then, want string }{
		{`"severity":"critical","labels":{"team":"word"}`, `"severity":"warning","service":"PAY"`, "payments"},
		{`"severity":"critical","labels":{"team":"word"}`, `"severity":"warning","labels":{"team":"joins"}`, "payments"},
		{`"severity":"critical","labels":{"team":"letters"}`, `"severity":"warning","service":"payments"`, "payments"},
		{`"severity":"critical","labels":{"team":"template","app":"PAY"}`, `"severity":"warning","service":"pay"`, "payments"},
		{`"severity":"critical","service":"payments"`, `"severity":"warning","labels":{"team":"joins"}`, "payments"},
		{`"severity":"critical","service":"database"`, `"severity":"critical","labels":{"team":"word"}`, "database"},
		{`"severity":"critical","labels":{"team":"below"}`, `"severity":"critical","service":"payments"`, "database"},
		{`"severity":"critical","service":"payments"`, `"severity":"critical","labels":{"team":"below"}`, "database"}, // which takes it in
	} {
		h := newHouse(t,
			alert.Rule{Name: "word", Match: of("word"), Do: alert.Open, Service: "pay"},
			alert.Rule{Name: "letters", Match: of("letters"), Do: alert.Open, Service: "ＰＡＹments"},
			alert.Rule{Name: "template", Match: of("template"), Do: alert.Open, Service: "{label.app}"},
			alert.Rule{Name: "below", Match: of("below"), Do: alert.Open, Service: "DB"},
			alert.Rule{Name: "joins", Match: of("joins"), Do: alert.Attach, Service: "pay"},
			alert.Rule{Name: "attach", Match: map[string]alert.Patterns{"severity": {"warning"}}, Do: alert.Attach},
		)
		h.config.Names, h.config.Depends = names, map[string][]string{"payments": {"database"}}
		for _, fields := range []string{c.first, c.then} {
			h.post("generic", fmt.Sprintf(`{"title":"fails: %s","dedup_key":%q,%s}`, strings.NewReplacer(`"`, "", ":", " ").Replace(fields), fields, fields))
			h.work()
			h.later(time.Second)
		}
		if open := h.open(); len(open) != 1 || !slices.Equal(open[0].Services, []string{c.want}) || open[0].Alerts.Total != 2 {
			for _, i := range open {
				t.Errorf("%s on %q", i.Number, i.Services)
			}
			t.Errorf("%s, then %s: %d open", c.first, c.then, len(open))
		}
	}
	h := newHouse(t, alert.Rule{Name: "r", Match: map[string]alert.Patterns{"severity": {"warning"}}, Do: alert.Attach})
	h.config.Names, h.config.Heartbeats = names, []alert.Heartbeat{{Name: "backup", Every: alert.Span(time.Hour), Service: "DB"}}
	if err := h.config.Compile(); err != nil {
		t.Fatal(err)
	}
	h.call("backup", false)
	h.passes(2 * time.Hour)
	h.post("generic", `{"title":"slow","severity":"warning","service":"db"}`)
	h.work()
	if i := h.only(); !slices.Equal(i.Services, []string{"database"}) || i.Alerts.Total != 2 || h.rows(i.Number)[1].Service != "database" || h.rows(i.Number)[0].Service != "database" {
		t.Errorf("%q with %+v", i.Services, h.rows(i.Number))
	}
}
