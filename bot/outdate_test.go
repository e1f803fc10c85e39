package bot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// met gives a command by which one alert of an incident fires or is over.
func met(fires bool) incident.MeetAlerts {
	ref := []incident.AlertRef{{Source: "s", Key: "k", Title: "payments are slow"}}
	if fires {
		return incident.MeetAlerts{Refired: ref, Total: 1, Firing: 1}
	}
	return incident.MeetAlerts{Cleared: ref, Total: 1}
}

func TestOneQuestionWhetherToResolveIsOpenAtATime(t *testing.T) {
	for _, realm := range []string{"chat", "console"} {
		t.Run(realm, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := pumping(t, realm)
				defer x.stop()
				i := x.do(0, alarm(), "")
				asked := func() (open, before int) {
					r, _ := x.m.incidents[i.Number].Room(realm)
					for _, p := range x.chats[realm].in(r.ID) {
						if p.m.Card != nil && p.m.Card.Question && strings.HasPrefix(p.m.Card.Buttons[0].Command, "resolve") {
							open++
						}
						if p.m.Card == nil && strings.Contains(p.m.Text, "いったんすべてのアラートが解消しました") {
							before++
						}
					}
					return open, before
				}
				x.after(time.Minute)
				for k := range 3 {
					x.do(i.Number, met(false), "")
					x.after(10 * time.Second)
					if open, before := asked(); open != 1 || before != k {
						t.Errorf("all is over: %d questions are open and %d were, want 1 and %d", open, before, k)
					}
					x.do(i.Number, incident.MeetAlerts{Hushed: met(true).Refired, Total: 1, Firing: 1}, "")
					x.after(10 * time.Second)
					x.do(i.Number, met(false), "")
					x.after(10 * time.Second)
					if open, before := asked(); open != 1 || before != k {
						t.Errorf("one fired under a silence: %d questions are open and %d were, want 1 and %d", open, before, k)
					}
					x.do(i.Number, met(true), "")
					x.after(10 * time.Second)
					if open, before := asked(); open != 0 || before != k+1 {
						t.Errorf("it fires again: %d questions are open and %d were, want none and %d", open, before, k+1)
					}
				}
				x.do(i.Number, met(false), "") // to and fro at once
				x.do(i.Number, met(true), "")
				x.do(i.Number, met(false), "")
				x.after(10 * time.Second)
				x.do(i.Number, met(false), "") // another one that says so
				x.after(10 * time.Second)
				if open, _ := asked(); open != 1 {
					t.Errorf("%d questions are open, want 1", open)
				}
			})
		})
	}
}

func TestWhoWasAskedToComeReadsThatItWasMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, sms, phone := paging(t)
		defer x.stop()
		from := x.do(0, alarm(), "") // p2 and p4 are paged
		x.after(2 * time.Minute)
		called := mail.called()
		into := x.do(0, alarm(), "")
		x.do(from.Number, incident.Merge{Into: into.Number, Why: "dependency"}, "")
		x.after(5 * time.Second)
		if len(mail.to) != 2 || mail.called() != called || sms.called()+phone.called() != "" {
			t.Errorf("called %s, then %s %s %s", called, mail.called(), sms.called(), phone.called())
		}
		for _, p := range []incident.PersonID{"p2", "p4"} {
			open, merged := 0, 0
			for _, m := range x.chats["console"].heard(p) {
				if len(buttons(m)) > 0 {
					open++
				}
				if m.Card != nil && strings.Contains(m.Card.Text, "merged into "+into.Number.String()) && strings.HasPrefix(m.Key, keyOf(from.Number)) {
					merged++
				}
			}
			if open != 1 || merged != 1 {
				t.Errorf("%s: %d messages ask, %d say that it was merged, want one each", p, open, merged)
			}
		}
		// an answer to the page of what was merged is one here
		url := mail.pages[0].Answers[0].URL
		token := url[strings.LastIndex(url, "/")+1:]
		token, _, _ = strings.Cut(token, "?")
		a, err := x.b.Answer(t.Context(), token, "ack", 0)
		if err != nil || a.Number != into.Number {
			t.Errorf("%+v, %v", a, err)
		}
		x.m.mu.Lock()
		r, _ := x.m.incidents[into.Number].Responder(a.Person)
		x.m.mu.Unlock()
		if r.State != "acknowledged" {
			t.Errorf("%s is %q", a.Person, r.State)
		}
	})
}

func TestWhoWasNotPagedForWhatWasMergedIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, _, _ := paging(t)
		x.stop() // nothing goes out yet
		from := x.do(0, alarm(), "")
		into := x.do(0, alarm(), "")
		x.do(from.Number, incident.Merge{Into: into.Number, Why: "dependency"}, "")
		x.start()
		defer x.stop()
		x.after(5 * time.Second)
		if len(mail.to) != 2 {
			t.Errorf("mail %s", mail.called())
		}
	})
}
