package storagetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/storage"
)

func contacts(t *testing.T, h *house) {
	ann := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ann"}, "Ann", "")).ID
	is := func(want ...bot.Way) {
		t.Helper()
		if got := ok[[]bot.Way](t)(h.Ways(ctx(t), ann)); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	sms, mail := bot.Way{Realm: "gateway:sms", Address: "+819012345678"}, bot.Way{Realm: "mail"}
	is()
	must(t, h.SetWays(ctx(t), ann, []bot.Way{sms, mail}, "c1"))
	is(sms, mail)
	must(t, h.SetWays(ctx(t), ann, []bot.Way{mail, sms}, "c1")) // the same request again
	is(sms, mail)
	must(t, h.SetWays(ctx(t), ann, []bot.Way{mail, sms}, ""))
	is(mail, sms)
	if err := h.SetWays(ctx(t), "p99", []bot.Way{mail}, ""); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("somebody unknown: %v", err)
	}
	must(t, h.SetWays(ctx(t), ann, nil, "c2"))
	is()
	must(t, h.SetWays(ctx(t), ann, []bot.Way{sms}, ""))
	ok[bot.PageState](t)(h.SavePage(ctx(t), bot.PageState{Key: "k", Realm: sms.Realm, Address: sms.Address, Person: ann, State: bot.PageSent, At: h.now()}))
	must(t, h.PutAnswerLink(ctx(t), []byte("hash"), bot.AnswerLink{Page: "k", Person: ann, Made: h.now(), Until: h.now()}))
	must(t, h.Erase(ctx(t), ann, incident.By{}, "asked for"))
	is()
	if left := ok[[]bot.PageState](t)(h.PagesOf(ctx(t), ann, 9)); len(left) > 0 {
		t.Errorf("of an erased person is left: %v", left)
	}
	if _, err := h.AnswerLink(ctx(t), []byte("hash")); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("the link of an erased person: %v", err)
	}
	if err := h.SetWays(ctx(t), ann, []bot.Way{sms}, ""); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("an erased person got ways: %v", err)
	}
}

func pages(t *testing.T, h *house) {
	n := h.opened("x")
	save := func(p bot.PageState) bot.PageState {
		t.Helper()
		p.Key = "step/1/p1/sms"
		return ok[bot.PageState](t)(h.SavePage(ctx(t), p))
	}
	if _, err := h.SavePage(ctx(t), bot.PageState{Key: "never sent", State: bot.PageDelivered, At: h.now()}); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a page that nobody sent: %v", err)
	}
	if _, err := h.PageState(ctx(t), "step/1/p1/sms"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("before it was sent: %v", err)
	}
	begun := h.now()
	trying := bot.PageState{Realm: "gateway:sms", Address: "+81", Person: "p1", Number: n, State: bot.PageTrying, At: begun}
	save(trying)
	h.pass(time.Second)
	failed := trying
	failed.Why, failed.At = "503", h.now()
	equal(t, "tried again", save(failed).Why, "503")
	h.pass(time.Second)
	if _, err := h.SavePage(ctx(t), bot.PageState{Key: "step/1/p1/sms", Realm: "gateway:other", State: bot.PageDelivered, At: h.now()}); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("another gateway's word: %v", err)
	}
	save(bot.PageState{Realm: "gateway:sms", State: bot.PageDelivered, At: h.now()}) // the gateway's word overtakes its answer
	delivered := h.now()
	h.pass(time.Second)
	sent := trying
	sent.State, sent.Ref, sent.At = bot.PageSent, "msg-7", h.now()
	got := save(sent)
	want := bot.PageState{Key: "step/1/p1/sms", Realm: "gateway:sms", Address: "+81", Person: "p1", Number: n, State: bot.PageDelivered, Ref: "msg-7", At: delivered}
	equal(t, "what is known", got, want)
	equal(t, "what is read", ok[bot.PageState](t)(h.PageState(ctx(t), want.Key)), want)
	equal(t, "of the person", ok[[]bot.PageState](t)(h.PagesOf(ctx(t), "p1", 5))[0], want)
}

func answerLinks(t *testing.T, h *house) {
	n := h.opened("x")
	link := bot.AnswerLink{Page: "step/1", Number: n, Person: "p1", Made: h.now(), Until: h.now().Add(24 * time.Hour)}
	first, second, third := []byte("one"), []byte("two"), []byte("three")
	must(t, h.PutAnswerLink(ctx(t), first, link))
	must(t, h.PutAnswerLink(ctx(t), second, link))
	equal(t, "as it was put", ok[bot.AnswerLink](t)(h.AnswerLink(ctx(t), first)), link)
	if _, err := h.AnswerLink(ctx(t), []byte("guessed")); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a token that nobody made: %v", err)
	}
	claim := func(answer string) bool {
		t.Helper()
		return ok[bool](t)(h.ClaimAnswer(ctx(t), link.Page, answer, h.now(), h.now().Add(-time.Minute)))
	}
	equal(t, "taken", claim("ack"), true)
	equal(t, "taken twice", claim("cant"), false)
	must(t, h.PutAnswerLink(ctx(t), third, link))
	link.Answered, link.Answer = h.now(), "ack"
	for _, hash := range [][]byte{first, second, third} {
		equal(t, string(hash), ok[bot.AnswerLink](t)(h.AnswerLink(ctx(t), hash)), link)
	}
	h.pass(2 * time.Minute)
	equal(t, "an old claim that came to nothing", claim("eta:15"), true)
	must(t, h.ReleaseAnswer(ctx(t), link.Page))
	equal(t, "given back", claim("cant"), true)
	h.pass(200 * 24 * time.Hour)
	equal(t, "gone", ok[storage.Pruned](t)(h.Prune(ctx(t), storage.Retention{})), storage.Pruned{Pages: 3})
	if _, err := h.AnswerLink(ctx(t), first); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a link of last year: %v", err)
	}
}

func pagesTogether(t *testing.T, h *house) {
	first, second, third := h.opened("a"), h.opened("b"), h.opened("c")
	begin := func(n incident.Number, person incident.PersonID, realm string, parts ...bot.PagePart) (taken []bot.PagePart, next time.Time) {
		t.Helper()
		taken, next, err := h.LeadPage(ctx(t), bot.PageState{
			Key: n.String() + "/" + string(person) + realm, Realm: realm, Address: "a", Person: person, Number: n, State: bot.PageTrying, At: h.now(),
		}, parts)
		must(t, err)
		return taken, next
	}
	part := bot.PagePart{Key: second.String() + "/p1mail", Number: second, Seq: 4}
	own := bot.PagePart{Key: first.String() + "/p1mail", Number: first, Seq: 1}
	taken, next := begin(first, "p1", "mail", part, own) // what it is itself it does not tell beside
	equal(t, "what it tells", slices.Equal(taken, []bot.PagePart{part}) && next.IsZero(), true)
	equal(t, "of a call that another page tells", ok[bot.PageState](t)(h.PageState(ctx(t), part.Key)).Key, own.Key)
	equal(t, "parts", ok[[]bot.PagePart](t)(h.PageParts(ctx(t), own.Key))[0], part)
	paced := h.now().Add(bot.PagePace)
	h.pass(20 * time.Second)
	taken, next = begin(third, "p1", "mail", part)
	equal(t, "within a minute", len(taken) == 0 && next.Equal(paced), true)
	equal(t, "says when", ok[time.Time](t)(h.PagePaced(ctx(t), "p1", "mail", h.now())).Equal(paced), true)
	if _, err := h.PageState(ctx(t), third.String()+"/p1mail"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("nothing was begun: %v", err)
	}
	taken, _ = begin(first, "p1", "mail") // after a crash
	equal(t, "the same again", slices.Equal(taken, []bot.PagePart{part}), true)
	_, next = begin(third, "p1", "gateway:sms")
	equal(t, "another way", next.IsZero(), true)
	_, next = begin(third, "p2", "mail")
	equal(t, "another person", next.IsZero(), true)
	h.pass(time.Minute)
	_, next = begin(second, "p1", "mail")
	equal(t, "what another page tells", next.IsZero(), false)
	must(t, h.ReleaseParts(ctx(t), own.Key))
	_, next = begin(second, "p1", "mail")
	equal(t, "given back, after a minute", next.IsZero(), true)
	ok[bot.PageState](t)(h.SavePage(ctx(t), bot.PageState{Key: second.String() + "/p1mail", Realm: "mail", Person: "p1", State: bot.PageFailed, At: h.now()}))
	equal(t, "what failed was no call", ok[time.Time](t)(h.PagePaced(ctx(t), "p1", "mail", h.now())).IsZero(), true)
	ann := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ann"}, "Ann", "")).ID
	begin(first, ann, "mail", bot.PagePart{Key: "x", Number: third, Seq: 1})
	must(t, h.Erase(ctx(t), ann, incident.By{}, "asked for"))
	equal(t, "of an erased person", len(ok[[]bot.PagePart](t)(h.PageParts(ctx(t), first.String()+"/"+string(ann)+"mail"))), 0)
}

func inForce(t *testing.T, h *house) {
	ask := func(words ...string) map[string]time.Time {
		t.Helper()
		return ok[map[string]time.Time](t)(h.InForce(ctx(t), words, h.now()))
	}
	first := ask("a", "b")
	equal(t, "at first all always were", len(first) == 2 && first["a"].IsZero() && first["b"].IsZero(), true)
	h.pass(time.Hour)
	came := h.now()
	second := ask("b", "c")
	equal(t, "what came later", len(second) == 2 && second["b"].IsZero() && second["c"].Equal(came), true)
	h.pass(time.Hour)
	equal(t, "the same after a restart", ask("b", "c")["c"].Equal(came), true)
	equal(t, "what comes again is new", ask("a", "b", "c")["a"].Equal(h.now()), true)
	ask()
	h.pass(time.Hour)
	equal(t, "after there was none", ask("a")["a"].Equal(h.now()), true)
}
