package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

// inbox holds what opened nothing.
type inbox struct {
	idle, broken []web.Alert
	adopted      []bot.Adoption
	rules        []bot.AlertRule
	again        []int64
}

func (b *inbox) Idle(_ context.Context, _ lang.Lang, ask web.IdleAsk) (out web.IdleFound, err error) {
	out.Waiting = len(b.idle)
	for _, a := range b.idle {
		if !slices.Contains(out.Sources, a.Source) {
			out.Sources = append(out.Sources, a.Source)
		}
		if ask.Source != "" && a.Source != ask.Source || ask.Lets != nil && !ask.Lets(a) {
			continue
		}
		if out.Found++; len(out.List) < ask.Limit {
			out.List = append(out.List, a)
		}
	}
	return out, nil
}

func (b *inbox) CountUndecoded(context.Context) (int, error) { return len(b.broken), nil }

func (b *inbox) Undecoded(context.Context, lang.Lang, int) ([]web.Alert, error) { return b.broken, nil }

func (b *inbox) Of(context.Context, incident.Number, lang.Lang, int) ([]web.Alert, error) {
	return nil, nil
}

func someAlerts() *inbox {
	at := time.Now().Add(-time.Minute)
	return &inbox{
		idle: []web.Alert{
			{Source: "alertmanager", Key: "k1", Title: `disk "full" --service x`, Severity: "warning", Service: "checkout", Host: "db-03", Status: "firing", Count: 3, First: at, Last: at, Reason: "No rule matches; an alert of severity warning waits in the inbox.", Why: "alert.reason_harmless", Outcome: "inbox"},
			{Source: "zabbix", Key: "k2", Title: "ＤＢが遅い", Status: "resolved", Count: 1, First: at, Last: at, Reason: "Rule “quiet” matches.", Why: "alert.reason_rule", Rule: "quiet", Outcome: "ignore", Link: "javascript:alert(1)"},
		},
		broken: []web.Alert{{Source: "generic", Key: "7", Title: "{oops <script>", First: at, Last: at, Reason: "The body is not valid JSON", Outcome: "undecoded"}},
	}
}

func TestInboxFiltersBySourceReasonStatusAndWords(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Alerts = someAlerts()
		o.Bot.(*bot.Bot).Policy = func() incident.Policy {
			return incident.Policy{Zone: time.UTC, Services: []incident.ServiceOf{{Name: "checkout", Aliases: []string{"Kasse", "支払い"}}}}
		}
	})
	ann := s.as("Ann")
	for query, want := range map[string][2]bool{
		"": {true, true}, "?source=zabbix": {false, true}, "?why=harmless": {true, false}, "?why=ignored": {false, true}, "?why=rule": {false, false},
		"?status=firing": {true, false}, "?q=DB-03": {true, false}, "?q=db": {true, true}, "?q=nothing": {false, false}, "?q=checkout": {true, false},
		"?q=kasse": {true, false}, "?q=%E6%94%AF%E6%89%95%E3%81%84+disk": {true, false}, "?q=kasse+db-04": {false, false}, "?tab=undecoded": {false, false},
	} {
		_, body := ann.get("/alerts" + query)
		if got := [2]bool{strings.Contains(body, "disk &#34;full&#34;"), strings.Contains(body, "ＤＢが遅い")}; got != want {
			t.Errorf("/alerts%s: shows %v, want %v", query, got, want)
		}
	}
	body := ann.wants("/alerts", http.StatusOK, "severity warning waits", "How this was decided", "quiet", "3 times")
	if strings.Contains(body, `href="javascript:`) {
		t.Error("a link of an alert runs script")
	}
	body = ann.wants("/alerts?tab=undecoded", http.StatusOK, "not valid JSON", "{oops")
	if strings.Contains(body, "<script>") {
		t.Error("the body of a request becomes markup")
	}
}

// Loose, ByHandle and the others make an inbox of the conversation.
func (b *inbox) Loose(context.Context, lang.Lang, bot.LooseAsk) (bot.LooseFound, error) {
	return bot.LooseFound{}, nil
}

func (b *inbox) Unread(context.Context, lang.Lang, int) ([]bot.UnreadRequest, error) { return nil, nil }

func (b *inbox) ByHandle(_ context.Context, _ lang.Lang, handle string) ([]bot.LooseAlert, error) {
	for _, a := range b.idle {
		if alert.Handle(a.Source, a.Key) == handle {
			return []bot.LooseAlert{{Handle: handle, Source: a.Source, Key: a.Key, Title: a.Title, Service: a.Service, Severity: a.Severity, Firing: true}}, nil
		}
	}
	return nil, incident.ErrNotFound
}

func (b *inbox) Adopt(_ context.Context, a bot.Adoption) (bot.Adopted, error) {
	b.adopted = append(b.adopted, a)
	return bot.Adopted{Result: incident.Result{Incident: &incident.Incident{Number: 7, Title: a.Open.Title}}, Alerts: len(a.Alerts)}, nil
}

func (b *inbox) Rules(context.Context) ([]bot.AlertRule, error) { return b.rules, nil }

func (b *inbox) Foresee(_ context.Context, _ lang.Lang, r bot.AlertRule) (bot.Foreseen, error) {
	return bot.Foreseen{Of: 1000, Fits: 100 + len(r.Match), Acted: 3}, nil
}

func (b *inbox) MakeRule(_ context.Context, _ lang.Lang, _ string, r bot.AlertRule) (bot.AlertRule, error) {
	r.Number = int64(len(b.rules)) + 1
	b.rules = append(b.rules, r)
	return r, nil
}

func (b *inbox) RemoveRule(_ context.Context, _ string, n int64, _ incident.PersonID, _ string) (bot.AlertRule, error) {
	b.rules = nil
	return bot.AlertRule{Number: n}, nil
}

func (b *inbox) MoveRule(context.Context, string, int64, incident.PersonID, int) (bot.AlertRule, error) {
	return bot.AlertRule{}, nil
}

func (b *inbox) WorkAgain(_ context.Context, _ string, id int64) error {
	b.again = append(b.again, id)
	return nil
}

func (b *inbox) Drop(context.Context, string, int64, incident.PersonID, string) error { return nil }

// withInbox is a site whose conversation knows the same inbox.
func withInbox(t *testing.T, box *inbox) *site {
	t.Helper()
	return newSite(t, func(o *web.Options) {
		o.Alerts, o.Inbox = box, box
		o.Bot.(*bot.Bot).Inbox = box
	})
}

var pressed = regexp.MustCompile(`&#34;command&#34;:&#34;(inbox [^&]*)&#34;`)

func TestAnAlertIsOpenedByPressingWithItsFormFilled(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	ann := s.as("Ann")
	body := ann.wants("/alerts", http.StatusOK)
	var commands []string
	for _, m := range pressed.FindAllStringSubmatch(body, -1) {
		commands = append(commands, m[1])
	}
	h := alert.Handle("alertmanager", "k1")
	for _, deed := range []string{"open", "attach", "silence", "rule"} {
		if !slices.Contains(commands, "inbox "+deed+" "+h) {
			t.Errorf("no button does %s: %q", deed, commands)
		}
	}
	_, form := ann.post("/do/press", "command", "inbox open "+h, "form", "true", "place", "page")
	for _, part := range []string{`value="disk &#34;full&#34; --service x"`, `value="checkout"`, `name="command" value="inbox open ` + h + `"`} {
		if !strings.Contains(form, part) {
			t.Errorf("the form lacks %s:\n%s", part, form)
		}
	}
	resp, _ := ann.post("/do/submit", "command", "inbox open "+h, "f.title", `disk "full" --service x`, "f.impact", "unknown", "f.urgency", "unknown", "deed", "one")
	if len(box.adopted) != 1 || box.adopted[0].Open.Title != `disk "full" --service x` || box.adopted[0].Alerts[0].Handle != h || box.adopted[0].By != ann.id {
		t.Fatalf("sent the form: %d %+v", resp.StatusCode, box.adopted)
	}
	if resp.Header.Get("HX-Trigger") != "inbox-changed" {
		t.Error("the list is not drawn anew")
	}
}

func TestSeveralAlertsArePickedForOneDeed(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	ann := s.as("Ann")
	a, b := alert.Handle("alertmanager", "k1"), alert.Handle("zabbix", "k2")
	n := s.open(incident.Open{Title: "slow", Priority: incident.P3, Services: []string{"mail"}}, ann.id)
	first := s.open(incident.Open{Title: "of the service", Priority: incident.P3, Services: []string{"checkout"}}, ann.id)
	s.open(incident.Open{Title: "later", Priority: incident.P3}, ann.id)
	_, form := ann.post("/do/inbox", "what", "attach", "deed", "zero", "pick", a, "pick", b, "pick", "; rm")
	if !strings.Contains(form, `name="command" value="inbox attach `+a+` `+b+`"`) || !strings.Contains(form, "This is about 2 alerts") {
		t.Errorf("the form is about: %s", form)
	}
	if option := regexp.MustCompile(`<option value="(INC-[^"]+)"`).FindStringSubmatch(form); option == nil || option[1] != first.String() {
		t.Errorf("offers %v first, want the incident of its service %s", option, first)
	}
	ann.post("/do/submit", "command", "inbox attach "+a+" "+b, "f.in", n.String(), "deed", "two")
	if len(box.adopted) != 1 || box.adopted[0].Into != n || len(box.adopted[0].Alerts) != 2 {
		t.Errorf("attached %+v", box.adopted)
	}
}

func TestARuleIsForeseenWhileItsFormIsFilled(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	ann := s.as("Ann")
	h := alert.Handle("alertmanager", "k1")
	_, form := ann.post("/do/press", "command", "inbox rule "+h, "form", "true", "place", "page")
	if !strings.Contains(form, "What it does: only count it.") || !strings.Contains(form, "matched 102 of the last 1000 alerts. 3 of them have an incident.") || !strings.Contains(form, `hx-post="/do/foresee"`) {
		t.Errorf("the form says %s", form)
	}
	_, text := ann.post("/do/foresee", "command", "inbox rule "+h, "f.match", "severity", "f.match", "host", "f.match", "title", "f.then", "wait", "f.after", "15m", "f.priority", "P3")
	if !strings.Contains(text, "if it still fires after 15 min (P3).") || !strings.Contains(text, "matched 103 of the last") || strings.Contains(text, "<form") {
		t.Errorf("filled in otherwise it says %s", text)
	}
	ann.post("/do/submit", "command", "inbox rule "+h, "f.match", "source", "f.match", "title", "f.then", "ignore", "f.rule", "Full disks", "deed", "rule1")
	want := bot.AlertRule{Number: 1, Name: "Full disks", Source: "alertmanager", Do: "ignore", By: ann.id}
	if len(box.rules) != 1 || box.rules[0].Name != want.Name || box.rules[0].Source != want.Source || box.rules[0].Do != want.Do || box.rules[0].By != want.By ||
		!slices.Equal(box.rules[0].Match["title"], []string{`disk "full" --service x`}) || len(box.rules[0].Match) != 1 {
		t.Fatalf("made %+v", box.rules)
	}
	box.rules = append(box.rules, bot.AlertRule{Name: "of the file", Do: "open", YAML: "- name: of the file <b>"})
	ann.wants("/alerts/rules", http.StatusOK, "Full disks", "only count it", "source = alertmanager", "inbox rule remove 1", "of the file &lt;b&gt;")
	ann.post("/do/press", "command", "inbox rule remove 1", "place", "page", "deed", "rule2")
	if box.rules != nil {
		t.Error("it stands still")
	}
}

func TestWhatIsUnreadableIsWorkedAgainByManagersAlone(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	ann := s.as("Ann")
	ann.wants("/alerts?tab=undecoded", http.StatusOK, "inbox again 7", "inbox discard 7")
	ann.post("/do/press", "command", "inbox again 7", "place", "page", "deed", "again1")
	if !slices.Equal(box.again, []int64{7}) {
		t.Errorf("worked again %v", box.again)
	}
	box = someAlerts()
	s = newSite(t, func(o *web.Options) {
		o.Alerts, o.Inbox = box, box
		b := o.Bot.(*bot.Bot)
		policy := b.Policy()
		policy.Managers = []incident.PersonID{"p77"}
		b.Inbox, b.Policy = box, func() incident.Policy { return policy }
	})
	ann = s.as("Ann")
	if _, body := ann.get("/alerts?tab=undecoded"); strings.Contains(body, "inbox again") {
		t.Error("it is offered to everybody")
	}
	ann.post("/do/press", "command", "inbox again 7", "place", "page", "deed", "again2")
	if len(box.again) != 0 {
		t.Errorf("worked again by whoever: %v", box.again)
	}
}

func TestWaitingAndSilencedAlertsAreSaidToBe(t *testing.T) {
	at := time.Now().Add(time.Minute)
	box := &inbox{idle: []web.Alert{
		{Source: "s", Key: "1", Title: "one", Status: "firing", Outcome: "wait", Due: at, First: at, Last: at, Reason: "rule"},
		{Source: "s", Key: "2", Title: "two", Status: "firing", Outcome: "silenced", First: at, Last: at, Reason: "quiet"},
	}}
	ann := newSite(t, func(o *web.Options) { o.Alerts = box }).as("Ann")
	if body := ann.wants("/alerts?why=waits", http.StatusOK, ">one<", "Judged again: "); strings.Contains(body, ">two<") {
		t.Error("what is silenced waits")
	}
	if body := ann.wants("/alerts?why=silenced", http.StatusOK, ">two<"); strings.Contains(body, ">one<") || strings.Contains(body, "Judged again") {
		t.Error("what waits is silenced")
	}
}

func TestInboxTellsOfNewAlertsWithoutMoving(t *testing.T) {
	box := someAlerts()
	s := newSite(t, func(o *web.Options) { o.Alerts = box })
	ann := s.as("Ann")
	have := regexp.MustCompile(`/live/alerts\?have=(\w+)`).FindStringSubmatch(ann.wants("/alerts", http.StatusOK))
	if have == nil {
		t.Fatal("the page follows nothing")
	}
	box.idle = append([]web.Alert{{Source: "x", Key: "new", Title: "new one", First: time.Now(), Last: time.Now()}}, box.idle...)
	ann.follow("/live/alerts?"+url.Values{"have": {have[1]}}.Encode(), func(e event) bool {
		return e.ID == "inbox-news" && strings.Contains(e.HTML, "New alerts have come")
	})
}

func TestInboxShowsAHundredAtATime(t *testing.T) {
	box := &inbox{}
	for n := range 130 {
		box.idle = append(box.idle, web.Alert{Source: "s", Key: fmt.Sprint(n), Title: "alert", First: time.Now(), Last: time.Now()})
	}
	s := newSite(t, func(o *web.Options) { o.Alerts = box })
	ann := s.as("Ann")
	count := func(body string) int { return strings.Count(body, `class="col-alert"`) }
	if got := count(ann.wants("/alerts", http.StatusOK, "Show 30 more", `href="/alerts?show=200"`)); got != 100 {
		t.Errorf("%d rows, want 100", got)
	}
	if got := count(ann.wants("/alerts?show=200", http.StatusOK)); got != 130 {
		t.Errorf("%d rows after asking for more, want 130", got)
	}
}

func TestPagesOfAlertsLeadToEachOther(t *testing.T) {
	ann := withInbox(t, someAlerts()).as("Ann")
	places := []string{"/alerts", "/alerts?tab=undecoded", "/alerts/rules", "/alerts/silences", "/services"}
	for _, at := range places {
		_, body := ann.get(at)
		for _, to := range places {
			here := regexp.MustCompile(`<a href="` + regexp.QuoteMeta(to) + `"( aria-current="page")?>\s*<span>`).FindStringSubmatch(body)
			if here == nil || (here[1] != "") != (at == to) {
				t.Errorf("%s leads to %s as %q", at, to, here)
			}
		}
	}
	if body := ann.wants("/alerts?q=disk", http.StatusOK); !strings.Contains(body, `<a href="/alerts" aria-current="page">`) {
		t.Error("with a filter no page is the current one")
	}
}

func TestARuleIsCopiedFromItsPageAndRemovedOnlyWhenSure(t *testing.T) {
	box := someAlerts()
	box.rules = []bot.AlertRule{{Number: 3, Name: "Full disks", Do: "ignore", YAML: "- name: Full disks\n"}, {Name: "of the file", Do: "open", YAML: "- name: of the file\n"}}
	body := withInbox(t, box).as("Ann").wants("/alerts/rules", http.StatusOK, "<code>- name: Full disks\n</code>", `aria-label="Copy code: of the file"`)
	if n := strings.Count(body, "data-copy-code"); n != 2 {
		t.Errorf("%d rules can be copied, want 2", n)
	}
	if n := strings.Count(body, "To move it to the configuration"); n != 1 {
		t.Errorf("%d rules can be moved to the configuration, want 1: the other one is there", n)
	}
	if !regexp.MustCompile(`inbox rule remove 3[^>]*hx-confirm="Remove the rule “Full disks”\?`).MatchString(body) {
		t.Error("removing the rule asks nothing")
	}
}
