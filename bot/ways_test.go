package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// post is a pager that keeps what it is given.
type post struct {
	realm string
	mu    sync.Mutex
	err   error
	hold  chan struct{} // waits for it, where there is one
	pages []bot.Page
	to    []string
}

func (p *post) Realm() string { return p.realm }

func (p *post) Page(ctx context.Context, to string, page bot.Page) (string, error) {
	if p.hold != nil {
		select {
		case <-p.hold:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages, p.to = append(p.pages, page), append(p.to, to)
	return fmt.Sprintf("ref-%d", len(p.pages)), p.err
}

// reached is a talk in which people can be reached by mail and text messages.
type reached struct {
	*talk
	mail, sms, chat *post
	pagers          *bot.Pagers
	configured      map[incident.PersonID][]bot.Way
}

func newReached(t *testing.T) *reached {
	t.Helper()
	r := &reached{talk: newTalk(t), chat: &post{realm: "chat"}, mail: &post{realm: "mail"}, sms: &post{realm: "gateway:sms"}, configured: map[incident.PersonID][]bot.Way{}}
	r.pagers = bot.NewPagers(bot.PagersOptions{
		Store: r.store, People: r.store, BaseURL: "https://matoi.example.com", Lang: lang.JA, Now: func() time.Time { return r.now },
		Realms:     func() []bot.Pager { return []bot.Pager{r.chat, r.mail, r.sms} },
		Configured: func(id incident.PersonID) []bot.Way { return r.configured[id] },
	})
	t.Cleanup(r.pagers.Close)
	r.bot.Pagers = r.pagers
	return r
}

func (r *reached) ways(name string) string {
	r.t.Helper()
	list, err := r.pagers.Ways(r.t.Context(), r.person(name))
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, w := range list {
		out = append(out, w.Word()+" "+w.Address)
	}
	return strings.Join(out, ", ")
}

func TestWaysAreTheOwnElseTheHousesElseChatAndMail(t *testing.T) {
	r := newReached(t)
	id := string(r.person("佐藤"))
	is := func(want string) {
		t.Helper()
		if got := r.ways("佐藤"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	is("chat " + id) // no address is known
	p, err := r.store.Person(t.Context(), incident.PersonID(id))
	if err != nil {
		t.Fatal(err)
	}
	p.Email = "sato@example.com"
	if err := r.store.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	is("chat " + id + ", mail sato@example.com")
	r.configured[p.ID] = []bot.Way{{Realm: "gateway:sms", Address: "+815011112222"}, {Realm: "gateway:gone", Address: "+815011112222"}, {Realm: "mail"}}
	is("sms +815011112222, mail sato@example.com")
	r.says("佐藤", "連絡手段 追加 sms +81 90-1234-5678", "保存しました", "+819012345678")
	is("sms +815011112222, mail sato@example.com, sms +819012345678")
	r.says("佐藤", "ways first 4")
	r.says("佐藤", "ways remove 2")
	is("sms +819012345678, mail sato@example.com")
	r.says("佐藤", "ways add mail pager@example.com")
	r.says("佐藤", "ways reset", "組織の設定")
	is("sms +815011112222, mail sato@example.com")
	if err := r.store.Erase(t.Context(), p.ID, incident.By{}, "asked for"); err != nil {
		t.Fatal(err)
	}
	if list, err := r.pagers.Ways(t.Context(), p.ID); err != nil || len(list) > 0 {
		t.Errorf("an erased person is reached by %v %v", list, err)
	}
}

func TestWaysThatLeadNowhereAreRefused(t *testing.T) {
	r := newReached(t)
	r.refused("佐藤", "ways add fax 123", "way_unknown", "sms")
	r.refused("佐藤", "ways add sms", "way_address")
	r.refused("佐藤", "ways add sms 090-1234-5678", "way_number", "+81")
	r.refused("佐藤", "ways add mail nobody", "way_mail")
	r.refused("佐藤", "ways remove 7", "way_number_unknown")
	r.refused("佐藤", "ways burn 1", "way_deed")
	r.refused("佐藤", "ways test 2", "way_closed") // no address
	r.says("佐藤", "ways remove 2")
	r.refused("佐藤", "ways remove 1", "way_last")
	for n := range bot.MostWays - 1 {
		r.says("佐藤", fmt.Sprintf("ways add sms +8190123456%02d", n))
	}
	r.refused("佐藤", "ways add sms +819099999999", "ways_many")
	r.bot.Pagers = nil
	r.refused("佐藤", "ways", "ways_none")
}

func TestARequestThatComesAgainChangesWaysAndTestsOnce(t *testing.T) {
	r := newReached(t)
	by := r.person("佐藤")
	r.says("佐藤", "ways add sms +819012345678")
	for _, text := range []string{"ways first 3", "ways test 1"} {
		for range 2 {
			if reply := r.ask(bot.Request{Kind: bot.Typed, By: by, Text: text, Cause: text}); reply.Refused != nil {
				t.Errorf("%s: %v", text, reply.Refused)
			}
		}
	}
	if got := r.ways("佐藤"); got != "sms +819012345678, chat "+string(by) {
		t.Errorf("turned round twice: %s", got)
	}
	if len(r.sms.pages) != 1 {
		t.Errorf("%d tests were sent", len(r.sms.pages))
	}
}

func TestATestSaysHowItFared(t *testing.T) {
	r := newReached(t)
	r.lang = lang.EN
	r.says("sato", "ways add sms +819012345678")
	r.says("sato", "ways test 3", "sms: handed over")
	if p := r.sms.pages[0]; p.Number != 0 || len(p.Answers) > 0 || p.Title == "" || p.Person != "sato" || p.Sound() != nil {
		t.Errorf("%+v", p)
	}
	r.now = r.now.Add(time.Minute)
	r.sms.err = &bot.Permanent{Err: errors.New("no such number")}
	r.says("sato", "ways test 3", "sms: did not get through (no such number)")
	r.now = r.now.Add(time.Minute)
	r.says("sato", "ways", "failed", "no such number")
	r.sms.err = nil
	for range 8 {
		r.says("sato", "ways test 3")
	}
	r.refused("sato", "ways test 3", "way_tests")
	r.now = r.now.Add(time.Hour)
	r.sms.hold = make(chan struct{})
	r.says("sato", "ways test 3", "still under way")
	close(r.sms.hold)
}

// called pages a person about an incident and gives the token of its links.
func (r *reached) called(i *incident.Incident, name string) (token string, page bot.Page) {
	r.t.Helper()
	state, err := r.pagers.Call(r.t.Context(), bot.Call{Key: "step/1/" + string(r.person(name)), Person: r.person(name), Incident: i, Text: "応答してください。", Urgent: true},
		bot.Way{Realm: "mail", Address: "sato@example.com"})
	if err != nil || state.State != bot.PageSent || state.Ref == "" {
		r.t.Fatalf("%+v %v", state, err)
	}
	page = r.mail.pages[len(r.mail.pages)-1]
	token, _, _ = strings.Cut(strings.TrimPrefix(page.Answers[0].URL, "https://matoi.example.com/a/"), "?")
	return token, page
}

func (r *reached) answers(token, answer string) bot.Answering {
	r.t.Helper()
	a, err := r.bot.Answer(r.t.Context(), token, answer, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *reached) looks(token string) bot.Answering {
	r.t.Helper()
	a, err := r.bot.AnswerLink(r.t.Context(), token)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func TestAPageIsAnsweredOnceByItsLinkInThePersonsName(t *testing.T) {
	r := newReached(t)
	i := r.opens("鈴木", "open P1 決済が止まった")
	r.says("鈴木", "ask @佐藤")
	token, page := r.called(i, "佐藤")
	if len(page.Answers) != 3 || !strings.Contains(page.Title, i.Number.String()) || !strings.Contains(page.Title, "決済が止まった") || !strings.HasSuffix(page.Link, i.Number.String()) {
		t.Errorf("%+v", page)
	}
	before := len(r.events(i.Number))
	for range 3 { // looking does nothing
		if a := r.looks(token); a.State != bot.AnswerOpen || a.Title != "決済が止まった" || a.Name != "佐藤" {
			t.Errorf("%+v", a)
		}
	}
	if now := len(r.events(i.Number)); now != before {
		t.Errorf("looking wrote %d entries", now-before)
	}
	if a := r.answers(token, "resolve"); a.State != bot.AnswerOpen { // only three answers are answers
		t.Errorf("%+v", a)
	}
	again, _ := r.called(i, "佐藤") // the same page, sent again
	if a := r.answers(token, "ack"); a.State != bot.AnswerGiven || a.Answer != "ack" {
		t.Errorf("%+v", a)
	}
	p, ok := r.load(i.Number).Responder(r.person("佐藤"))
	if !ok || p.State != "acknowledged" {
		t.Errorf("%+v %v", p, ok)
	}
	events := r.events(i.Number)
	if !slices.ContainsFunc(events[before:], func(e incident.Event) bool { return e.By == r.person("佐藤") }) {
		t.Error("nothing stands in the record in their name")
	}
	for _, one := range []string{token, again} {
		if a := r.answers(one, "cant"); a.State != bot.AnswerGiven || a.Answer != "ack" {
			t.Errorf("the second answer was taken: %+v", a)
		}
	}
	if now := r.events(i.Number); len(now) != len(events) {
		t.Errorf("a second answer wrote %d entries", len(now)-len(events))
	}
}

func TestEveryAnswerDoesWhatItSays(t *testing.T) {
	r := newReached(t)
	for answer, want := range map[string]string{"ack": "acknowledged", "cant": "declined", "eta:30": "eta"} {
		i := r.opens("鈴木", "open P1 x "+answer)
		r.says("鈴木", "ask @佐藤")
		r.now = r.now.Add(time.Second)
		state, err := r.pagers.Call(t.Context(), bot.Call{Key: "k/" + i.Number.String(), Person: r.person("佐藤"), Incident: i}, bot.Way{Realm: "mail", Address: "a@b"})
		if err != nil {
			t.Fatal(state, err)
		}
		url := r.mail.pages[len(r.mail.pages)-1].Answers[0].URL
		if a := r.answers(strings.TrimPrefix(url, "https://matoi.example.com/a/"), answer); a.State != bot.AnswerGiven || a.Refused != "" {
			t.Errorf("%s: %+v", answer, a)
		}
		p, _ := r.load(i.Number).Responder(r.person("佐藤"))
		if p.State != want && !(answer == "eta:30" && p.ETA.Equal(r.now.Add(30*time.Minute))) {
			t.Errorf("%s: %+v", answer, p)
		}
	}
}

func TestLinksEndWithTheDayTheIncidentAndThePerson(t *testing.T) {
	r := newReached(t)
	i := r.opens("鈴木", "open P3 x")
	token, _ := r.called(i, "佐藤")
	start := r.now
	r.now = start.Add(24*time.Hour - time.Second)
	if a := r.looks(token); a.State != bot.AnswerOpen {
		t.Errorf("within the day: %+v", a)
	}
	r.now = start.Add(24 * time.Hour)
	if a := r.answers(token, "ack"); a.State != bot.AnswerExpired {
		t.Errorf("after a day: %+v", a)
	}
	r.now = start
	r.says("鈴木", "cancel 誤報")
	if a := r.answers(token, "ack"); a.State != bot.AnswerOver {
		t.Errorf("of what is over: %+v", a)
	}
	if p, ok := r.load(i.Number).Responder(r.person("佐藤")); ok && p.State == "acknowledged" {
		t.Errorf("answered all the same: %+v", p)
	}
	for _, wrong := range []string{"", "x", token + "x", token[:26] + "_", strings.ToUpper(token)} {
		if _, err := r.bot.AnswerLink(t.Context(), wrong); !errors.Is(err, incident.ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := r.store.Erase(t.Context(), r.person("佐藤"), incident.By{}, "asked for"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.bot.Answer(t.Context(), token, "ack", 0); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("of an erased person: %v", err)
	}
}

func TestOfAPrivateIncidentOnlyTheNumberLeavesTheHouse(t *testing.T) {
	r := newReached(t)
	i := r.opens("鈴木", "open P1 顧客名簿の流出 --private")
	r.says("鈴木", "ask @佐藤")
	token, page := r.called(r.load(i.Number), "佐藤")
	if page.Title != i.Number.String() || strings.Contains(page.Text, "応答") || strings.Contains(fmt.Sprint(page), "名簿") {
		t.Errorf("%+v", page)
	}
	if a := r.looks(token); a.Title != "" || a.State != bot.AnswerOpen {
		t.Errorf("%+v", a)
	}
	if a := r.answers(token, "ack"); a.State != bot.AnswerGiven {
		t.Errorf("%+v", a)
	}
}

func TestWhatIsKnownOfAPageIsKept(t *testing.T) {
	r := newReached(t)
	i := r.opens("鈴木", "open P1 x")
	call := bot.Call{Key: "step/9", Person: r.person("佐藤"), Incident: i}
	for _, c := range []struct {
		err   error
		state string
	}{
		{errors.New("connection refused"), bot.PageTrying},
		{&bot.Doubt{Err: errors.New("cut off")}, bot.PageTrying},
		{nil, bot.PageSent},
		{&bot.Permanent{Err: errors.New("no such box")}, bot.PageFailed},
	} {
		r.mail.err = c.err
		state, err := r.pagers.Call(t.Context(), call, bot.Way{Realm: "mail", Address: "a@b.example"})
		if !errors.Is(err, c.err) {
			t.Errorf("%v became %v", c.err, err)
		}
		if c.state == bot.PageTrying && state.State != c.state || c.state == bot.PageFailed && state.Why != "no such box" {
			t.Errorf("%v: %+v", c.err, state)
		}
	}
	if n := len(slices.Compact(keys(r.mail.pages))); n != 1 {
		t.Errorf("%d keys for one page", n)
	}
	if state, err := r.pagers.Call(t.Context(), call, bot.Way{Realm: "gateway:gone", Address: "+81"}); err == nil || state.State != bot.PageFailed {
		t.Errorf("%+v %v", state, err)
	}
}

func keys(pages []bot.Page) (out []string) {
	for _, p := range pages {
		out = append(out, p.Key)
	}
	return out
}

func TestOthersSeeThatThereIsANumberNotWhich(t *testing.T) {
	for _, c := range []struct{ way, want bot.Way }{
		{bot.Way{Realm: "gateway:sms", Address: "+819012345678"}, bot.Way{Realm: "gateway:sms", Address: "…78"}},
		{bot.Way{Realm: "mail", Address: "sato@example.com"}, bot.Way{Realm: "mail", Address: "s…@example.com"}},
		{bot.Way{Realm: "chat"}, bot.Way{Realm: "chat"}},
	} {
		if got := c.way.Masked(); got != c.want {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}
