package web_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/web"
)

// onDuty gives the site a schedule: ann and bob by turns of a day, and nobody on the last day of a week.
func onDuty(t *testing.T, s *site, people ...incident.PersonID) func(o *web.Options) {
	t.Helper()
	start := time.Now().Add(-time.Hour).Truncate(time.Minute)
	policy := incident.DefaultPolicy(time.UTC)
	layer := oncall.Layer{Start: start, Turn: oncall.Turn{Every: oncall.Day, N: 1}, Until: start.AddDate(0, 0, 6)}
	for _, p := range people {
		layer.People = append(layer.People, string(p))
	}
	policy.Schedules = []oncall.Schedule{{
		Name: "payments <b>", Zone: time.UTC, Layers: []oncall.Layer{layer},
		Overrides: []oncall.Override{{ID: "7", Person: string(people[1]), From: start.Add(2 * time.Hour), To: start.Add(4 * time.Hour)}},
	}}
	b := bot.New(bot.Options{
		Desk: s.desk, Store: s.store, People: s.store, Policy: func() incident.Policy { return policy }, Now: time.Now, Local: true,
	})
	return func(o *web.Options) { o.Bot = b }
}

func TestWhoIsOnCallIsShownWithTheGaps(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	o := s.web.Options
	onDuty(t, s, v.id, s.as("Bob").id)(&o)
	s.web.Options = o
	body := v.wants("/oncall", http.StatusOK, ">payments &lt;b&gt;<", "Ann", "Bob", "Gap: nobody is on call from", `class="d-gap"`, "change #7", "/oncall/payments%20%3Cb%3E.ics")
	if n := strings.Count(body, "<svg class=\"duty-svg\""); n != 4 {
		t.Errorf("%d weeks are drawn", n)
	}
	v.wants("/people", http.StatusOK, `href="/oncall"`)
}

func TestWhatIsWrongWithShiftsFromElsewhereIsShown(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	policy := incident.DefaultPolicy(time.UTC)
	one := func(name string, age time.Duration, trouble string, unknown ...string) {
		policy.Schedules = append(policy.Schedules, oncall.Schedule{Name: name, AsOf: time.Now().Add(-age), Outside: &oncall.Outside{Trouble: oncall.Trouble(trouble), Unknown: unknown}})
	}
	one("old", 30*time.Hour, "status|<502>")
	one("fresh", time.Hour, "", "Zaphod <z>", "Trillian")
	policy.Schedules = append(policy.Schedules, oncall.Schedule{Name: "never", Outside: &oncall.Outside{}})
	o := s.web.Options
	o.Bot = bot.New(bot.Options{Desk: s.desk, Store: s.store, People: s.store, Policy: func() incident.Policy { return policy }, Now: time.Now, Local: true})
	s.web.Options = o
	body := v.wants("/oncall", http.StatusOK, "more than a day: who is on call may be wrong", "the server answered &lt;502&gt;", "Zaphod &lt;z&gt;, Trillian", "Nothing has been read from elsewhere yet")
	if n := strings.Count(body, `class="meta">The shifts from elsewhere were read`); n != 1 {
		t.Errorf("%d schedules are said to be fresh", n)
	}
}

func TestAScheduleIsSubscribedToAsACalendar(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	o := s.web.Options
	onDuty(t, s, v.id, s.as("Bob").id)(&o)
	s.web.Options = o
	resp, body := v.get("/oncall/payments%20%3Cb%3E.ics")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/calendar") {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	if events := strings.Count(body, "BEGIN:VEVENT\r\n"); events < 7 || !strings.Contains(body, "SUMMARY:payments <b>: Bob\r\n") {
		t.Errorf("%d events in %s", events, body)
	}
	_, again := v.get("/oncall/payments%20%3Cb%3E.ics")
	uids := func(text string) (out []string) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "UID:") {
				out = append(out, line)
			}
		}
		return out
	}
	if a, b := uids(body), uids(again); len(a) != len(b) || strings.Join(a, "") != strings.Join(b, "") {
		t.Errorf("ids change: %v %v", a, b)
	}
	v.wants("/oncall/other.ics", http.StatusNotFound)
	v.wants("/oncall/payments%20%3Cb%3E", http.StatusNotFound)
}

// oneToken is one token, of one person.
type oneToken struct {
	token string
	of    incident.PersonID
}

func (k oneToken) Login(_ context.Context, token string) (incident.PersonID, error) {
	if token == k.token {
		return k.of, nil
	}
	return "", incident.ErrNotFound
}

func TestOnlyAHolderOfATokenReadsTheCalendar(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Local, o.Auth = false, oneToken{"correct-horse-battery", "p1"} })
	o := s.web.Options
	onDuty(t, s, s.as("Ann").id, s.as("Bob").id)(&o)
	s.web.Options = o
	const feed = "/oncall/payments%20%3Cb%3E.ics"
	nobody := &visitor{s: s, head: http.Header{}}
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("calendar:"+password))
	}
	for header, want := range map[string]int{
		"": http.StatusUnauthorized, basic("wrong"): http.StatusUnauthorized, basic(""): http.StatusUnauthorized, "Bearer wrong": http.StatusUnauthorized,
		basic("correct-horse-battery"): http.StatusOK, "Bearer correct-horse-battery": http.StatusOK,
	} {
		resp, body := nobody.get(feed, "Authorization", header)
		if resp.StatusCode != want || strings.Contains(body, "VEVENT") != (want == http.StatusOK) {
			t.Errorf("%q: %d", header, resp.StatusCode)
		}
		if want == http.StatusUnauthorized && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%q: a calendar program is not told to ask for a password", header)
		}
	}
}

// waysOfBob is how everybody is reached: Bob by mail, which failed, anybody else by nothing.
type waysOfBob struct{ bob incident.PersonID }

func (r waysOfBob) List(_ context.Context, who incident.Person) ([]bot.WayView, bool, error) {
	chat := bot.WayView{Way: bot.Way{Realm: bot.ChatRealm}}
	if who.ID != r.bob {
		return []bot.WayView{chat}, false, nil
	}
	chat.Usable = true
	mail := bot.WayView{Way: bot.Way{Realm: bot.MailRealm, Address: "bob@example.com"}, Usable: true, Last: bot.PageState{Key: "k", State: bot.PageFailed}}
	return []bot.WayView{chat, mail, mail}, true, nil
}

func TestThePageOfShiftsSaysHowEachIsReached(t *testing.T) {
	s := newSite(t, nil)
	v, bob := s.as("Ann"), s.as("Bob").id
	o := s.web.Options
	onDuty(t, s, v.id, bob)(&o)
	o.Ways = waysOfBob{bob}
	s.web.Options = o
	body := v.wants("/oncall", http.StatusOK, "How they are reached", "chat → e-mail (failed last time)<", "can&#39;t be reached by anything", `id="ways"`)
	if strings.Contains(body, "bob@example.com") {
		t.Error("an address is shown to somebody else")
	}
	if n := strings.Count(body, `<span class="title">Bob</span>`); n != 2 {
		t.Errorf("Bob is named %d times, want once as the next and once with his ways", n)
	}
}
