package bot_test

import (
	"strings"
	"testing"

	"matoi/bot"
	"matoi/incident"
)

// together pages a person about several incidents with one page and gives the token of its links.
func (r *reached) together(name string, all ...*incident.Incident) (token string, page bot.Page) {
	r.t.Helper()
	who := r.person(name)
	call := bot.Call{Key: "step/1/" + string(who), Person: who, Incident: all[0], Text: "一つ目"}
	w := bot.Way{Realm: "mail", Address: "sato@example.com"}
	var parts []bot.PagePart
	for _, i := range all[1:] {
		key := "step/" + i.Number.String() + "/" + string(who)
		call.With = append(call.With, bot.Call{Key: key, Person: who, Incident: i, Text: "理由"})
		parts = append(parts, bot.PagePart{Key: key + "/mail", Number: i.Number, Seq: 1})
	}
	begun := bot.PageState{Key: call.Key + "/mail", Realm: w.Realm, Address: w.Address, Person: who, Number: all[0].Number, State: bot.PageTrying, At: r.now}
	taken, next, err := r.store.LeadPage(r.t.Context(), begun, parts)
	if err != nil || len(taken) != len(parts) || !next.IsZero() {
		r.t.Fatalf("%v %v %v", taken, next, err)
	}
	call.Begun = true
	if _, err := r.pagers.Call(r.t.Context(), call, w); err != nil {
		r.t.Fatal(err)
	}
	page = r.mail.pages[len(r.mail.pages)-1]
	token, _, _ = strings.Cut(strings.TrimPrefix(page.Answers[0].URL, "https://matoi.example.com/a/"), "?")
	return token, page
}

func TestOnePressAnswersAllThatAPageTellsOrEachByItself(t *testing.T) {
	r := newReached(t)
	var all []*incident.Incident
	for _, title := range []string{"決済が遅い", "配送が止まった", "顧客情報が漏れた --private"} {
		i := r.opens("鈴木", "open P1 "+title)
		r.says("鈴木", "ask @佐藤 --in "+i.Number.String())
		all = append(all, r.load(i.Number))
	}
	token, page := r.together("佐藤", all...)
	if !strings.Contains(page.Title, "3件のインシデント") || strings.Contains(page.Title+page.Text, "漏れた") || !strings.Contains(page.Text, "配送が止まった: 理由") {
		t.Errorf("%s\n%s", page.Title, page.Text)
	}
	a := r.looks(token)
	if len(a.Others) != 2 || a.Open() != 3 {
		t.Fatalf("%+v", a)
	}
	who := r.person("佐藤")
	state := func(n int) string {
		i, err := r.store.Load(t.Context(), all[n].Number)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := i.Responder(who)
		return p.State
	}
	a, err := r.bot.Answer(t.Context(), token, "cant", all[1].Number)
	if err != nil || a.Open() != 2 || state(0) == "declined" || state(1) != "declined" || a.Others[0].Answer+a.Others[1].Answer != "cant" {
		t.Errorf("one by itself: %v %+v %q %q", err, a, state(0), state(1))
	}
	a, err = r.bot.Answer(t.Context(), token, "ack", 0)
	if err != nil || a.Open() != 0 || state(0) != "acknowledged" || state(1) != "declined" || state(2) != "acknowledged" {
		t.Errorf("the others with one press: %v %+v %q %q %q", err, a, state(0), state(1), state(2))
	}
	if a, err = r.bot.Answer(t.Context(), token, "cant", 0); err != nil || state(0) != "acknowledged" || a.Answer != "ack" {
		t.Errorf("a second press changes nothing: %v %+v", err, a)
	}
	if a, err = r.bot.AnswerLink(t.Context(), token+"/x"); err == nil {
		t.Errorf("a token with something behind it is none: %+v", a)
	}
}
