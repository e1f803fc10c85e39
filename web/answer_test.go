package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/web"
)

// box is a pager that keeps the last page.
type box struct {
	realm string
	last  bot.Page
	to    string
}

func (b *box) Realm() string { return b.realm }

func (b *box) Page(_ context.Context, to string, p bot.Page) (string, error) {
	b.last, b.to = p, to
	return "ref", nil
}

// reached is a site whose people are reached by mail and text messages.
func reached(t *testing.T) (s *site, pagers *bot.Pagers, mail, sms *box) {
	t.Helper()
	mail, sms = &box{realm: bot.MailRealm}, &box{realm: bot.RealmOf("sms")}
	s = newSite(t, func(o *web.Options) {
		b := o.Bot.(*bot.Bot)
		store := b.People.(interface {
			bot.PageStore
			bot.Directory
		})
		pagers = bot.NewPagers(bot.PagersOptions{
			Store: store, People: store, BaseURL: "", Now: time.Now,
			Realms: func() []bot.Pager {
				return []bot.Pager{bot.NewChatPager(func() []bot.Chat { return []bot.Chat{o.Console} }), mail, sms}
			},
		})
		b.Pagers, o.Answers, o.Ways = pagers, b, pagers
	})
	t.Cleanup(pagers.Close)
	return s, pagers, mail, sms
}

// called pages a person by mail and gives the address of the first answer.
func called(t *testing.T, s *site, p *bot.Pagers, mail *box, n incident.Number, who incident.PersonID) string {
	t.Helper()
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(t.Context(), bot.Call{Key: "step/" + n.String(), Person: who, Incident: i}, bot.Way{Realm: bot.MailRealm, Address: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	return mail.last.Answers[0].URL
}

// stranger is a telephone that never logged in.
func (s *site) stranger(language string) *visitor {
	return &visitor{s: s, head: http.Header{"Accept-Language": {language}}}
}

func TestALinkIsAnsweredOnAPhoneWithoutLogin(t *testing.T) {
	s, pagers, mail, _ := reached(t)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "Payments <b>down</b>", Priority: incident.P1}, s.as("Bob").id)
	at := called(t, s, pagers, mail, n, ann.id)
	phone := s.stranger("en")
	for range 2 { // looking does nothing, whoever looks
		body := phone.wants(at+"?lang=en", 200, n.String(), "Payments &lt;b&gt;down", "Ann, you are asked to respond", `value="ack"`, `value="cant"`, `value="eta:15"`, `value="eta:60"`)
		if strings.Contains(body, "<script") || strings.Contains(body, "rail") {
			t.Error("the page needs a script, or has the site around it")
		}
	}
	phone.wants(at, 200, "対応します", "Ann", `lang="ja"`) // the house's language, for who has chosen none
	resp, _ := phone.send(http.MethodPost, at, url.Values{"answer": {"eta:30"}, "lang": {"en"}}, "Sec-Fetch-Site", "same-origin")
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) > 0 {
		t.Errorf("%d %v", resp.StatusCode, resp.Cookies())
	}
	phone.wants(resp.Header.Get("Location"), 200, "You said that you will be there in 30 minutes.")
	if resp, _ := phone.send(http.MethodPost, at, url.Values{"answer": {"cant"}}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("a second answer: %d", resp.StatusCode)
	}
	body := phone.wants(at+"?lang=en", 200, "in 30 minutes")
	if strings.Contains(body, `name="answer"`) {
		t.Error("buttons are left after the answer")
	}
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := i.Responder(ann.id); !ok || p.ETA.IsZero() || p.State == "declined" {
		t.Errorf("%+v %v", p, ok)
	}
	token := strings.TrimPrefix(at, "/a/")
	if strings.Contains(s.log.String(), token) {
		t.Error("the token is in the log")
	}
	head := resp.Header
	if head.Get("Cache-Control") != "no-store" || !strings.Contains(head.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%v", head)
	}
}

func TestALinkOfAPrivateIncidentTellsItsNumberAlone(t *testing.T) {
	s, pagers, mail, _ := reached(t)
	bob := s.as("Bob")
	n := s.open(incident.Open{Title: "Customers leaked", Priority: incident.P1, Private: true}, bob.id)
	at := called(t, s, pagers, mail, n, bob.id)
	if body := s.stranger("en").wants(at+"?lang=en", 200, n.String(), "A private incident"); strings.Contains(body, "leaked") {
		t.Error("the title of a private incident is shown")
	}
}

func TestWrongTokensGetNoHintAndAreBounded(t *testing.T) {
	s, _, _, _ := reached(t)
	phone := s.stranger("en")
	known, _ := phone.get("/nowhere")
	var codes []int
	for range 80 {
		resp, body := phone.get("/a/" + strings.Repeat("x", 27))
		codes = append(codes, resp.StatusCode)
		if resp.StatusCode == 200 || strings.Contains(body, "answer") && resp.StatusCode != known.StatusCode {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
	}
	if codes[0] != http.StatusNotFound || codes[79] != http.StatusTooManyRequests {
		t.Errorf("%v", codes)
	}
	resp, _ := phone.send(http.MethodPost, "/a/x", url.Values{"answer": {"ack"}})
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestOwnWaysStandOnOnesOwnPageAlone(t *testing.T) {
	s, _, _, sms := reached(t)
	ann, bob := s.as("Ann"), s.as("Bob")
	page := "/people/" + string(ann.id)
	ann.wants(page, 200, "How you are reached", "not chosen yet", "ways test 1")
	resp, body := ann.post("/do/press", "place", "page", "command", "ways", "form", "true")
	if resp.StatusCode != 200 || !strings.Contains(body, `name="way"`) && !strings.Contains(body, "Number or address") {
		t.Errorf("no form: %d %s", resp.StatusCode, body)
	}
	resp, _ = ann.post("/do/press", "place", "page", "command", "ways add sms +819012345678", "form", "false")
	if resp.Header.Get("HX-Trigger") != "ways-changed" {
		t.Errorf("the page is not told: %v", resp.Header)
	}
	ann.wants("/part/ways", 200, "+819012345678", "ways first 2", "ways remove 3")
	ann.post("/do/press", "place", "page", "command", "ways test 3", "form", "false")
	if sms.to != "+819012345678" || sms.last.Person != "Ann" {
		t.Errorf("%+v", sms)
	}
	ann.wants(page, 200, "handed over")
	if body := bob.wants(page, 200); strings.Contains(body, "+8190") || strings.Contains(body, "ways test") {
		t.Error("somebody else sees the number")
	}
}

func TestAPageOfSeveralIsAnsweredTogetherOrOneByOne(t *testing.T) {
	s, pagers, mail, _ := reached(t)
	ann, bob := s.as("Ann"), s.as("Bob").id
	var all []*incident.Incident
	for _, title := range []string{"Payments down", "Shipping stands", "Mail is slow"} {
		i, err := s.store.Load(t.Context(), s.open(incident.Open{Title: title, Priority: incident.P1}, bob))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	call := bot.Call{Key: "step/1", Person: ann.id, Incident: all[0], Begun: true}
	var parts []bot.PagePart
	for _, i := range all[1:] {
		key := "step/" + i.Number.String()
		call.With, parts = append(call.With, bot.Call{Key: key, Person: ann.id, Incident: i}), append(parts, bot.PagePart{Key: key + "/mail", Number: i.Number, Seq: 1})
	}
	begun := bot.PageState{Key: "step/1/mail", Realm: bot.MailRealm, Person: ann.id, Number: all[0].Number, State: bot.PageTrying, At: time.Now()}
	if _, _, err := s.store.LeadPage(t.Context(), begun, parts); err != nil {
		t.Fatal(err)
	}
	if _, err := pagers.Call(t.Context(), call, bot.Way{Realm: bot.MailRealm, Address: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	at, phone := mail.last.Answers[0].URL, s.stranger("en")
	phone.wants(at+"?lang=en", 200, "3 incidents wait for you", "Payments down", "Shipping stands", "Mail is slow", `name="only" value="`+all[2].Number.String()+`"`, "answer all 3")
	phone.wants(at+"?lang=ja", 200, "3件のインシデントがあなたを待っています", "これだけ対応します")
	post := func(v url.Values) {
		t.Helper()
		v.Set("lang", "en")
		if resp, _ := phone.send(http.MethodPost, at, v, "Sec-Fetch-Site", "same-origin"); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%v: %d", v, resp.StatusCode)
		}
	}
	post(url.Values{"answer": {"ack"}, "only": {"INC-nonsense"}})
	phone.wants(at+"?lang=en", 200, "answer all 3")
	post(url.Values{"answer": {"ack"}, "only": {all[2].Number.String()}})
	phone.wants(at+"?lang=en", 200, "answer all 2", "You said that you are on it.")
	post(url.Values{"answer": {"cant"}})
	if body := phone.wants(at+"?lang=en", 200, "You said that you can"); strings.Contains(body, `name="answer"`) {
		t.Error("buttons are left")
	}
	for n, want := range []string{"declined", "declined", "acknowledged"} {
		i, err := s.store.Load(t.Context(), all[n].Number)
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := i.Responder(ann.id); r.State != want {
			t.Errorf("%d: %s, want %s", n, r.State, want)
		}
	}
}
