package bot

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// to are the pages to one person.
func (p *beeper) pagesTo(person string) (out []Page) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.pages {
		if one.Person == person {
			out = append(out, one)
		}
	}
	return out
}

func TestTwentyCallsOfAMomentAreTwoPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, store, mail, _, _ := paging(t)
		defer x.stop()
		var all []incident.Number
		for n := range 20 {
			all = append(all, x.do(0, alarm(), "").Number)
			x.after(time.Duration(n%2) * 100 * time.Millisecond) // some come at one moment
		}
		first := mail.pagesTo("p2")
		if len(first) != 1 {
			t.Fatalf("%d pages at once, want the first alone", len(first))
		}
		x.after(PagePace - 2*time.Second)
		if n := len(mail.pagesTo("p2")); n != 1 {
			t.Errorf("%d pages within a minute", n)
		}
		x.after(10 * time.Second)
		pages := mail.pagesTo("p2")
		if len(pages) != 2 {
			t.Fatalf("%d pages, want 2", len(pages))
		}
		told := 0
		for _, n := range all {
			sent := 0
			for _, e := range x.m.events[n] {
				if f, ok := e.Fact.(*incident.Paged); ok && f.Person == "p2" && f.State == PageSent && f.Way == "mail" {
					sent++
				}
			}
			if sent != 1 {
				t.Errorf("%s: its record tells of %d pages to p2, want 1", n, sent)
			}
			told += sent
		}
		last := pages[1]
		if !strings.Contains(last.Title, " incidents: ") || !strings.Contains(last.Text, "more") || strings.Count(last.Text, "INC-") != partsShown {
			t.Errorf("told %d; the second page is %q\n%s", told, last.Title, last.Text)
		}
		token := strings.TrimPrefix(last.Answers[0].URL, "https://matoi.example.com/a/")
		store.mu.Lock()
		links := 0
		for _, l := range store.hash {
			if l.Person == "p2" {
				links++
			}
		}
		store.mu.Unlock()
		if links != 20 || len(token) != 27 {
			t.Errorf("%d calls can be answered, want all 20", links)
		}
		x.after(10 * time.Minute)
		if n := len(mail.pagesTo("p2")); n != 2 {
			t.Errorf("%d pages in the end", n)
		}
	})
}

func TestAPageOfSeveralThatBrokeOffGoesOutTheSameAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, _, _ := paging(t)
		var all []incident.Number
		x.stop()
		for range 3 {
			all = append(all, x.do(0, alarm(), "").Number)
		}
		mail.fault = func(to string, n int) error {
			if n == 1 && strings.HasPrefix(to, "p2") {
				return &Doubt{errors.New("the process died here")}
			}
			return nil
		}
		x.start()
		defer x.stop()
		x.after(500 * time.Millisecond)
		late := x.do(0, alarm(), "").Number // it was not in the page that may have arrived
		x.after(30 * time.Second)
		pages := mail.pagesTo("p2")
		if len(pages) != 2 || pages[0].Key != pages[1].Key || pages[0].Text != pages[1].Text {
			t.Fatalf("%d pages; the second try must be the same: %+v", len(pages), pages)
		}
		for _, n := range all {
			if !strings.Contains(pages[1].Text, n.String()) {
				t.Errorf("%s is not told: %s", n, pages[1].Text)
			}
		}
		x.after(time.Minute)
		if pages = mail.pagesTo("p2"); len(pages) != 3 || pages[2].Number != late {
			t.Errorf("what came behind is told by itself: %d pages", len(pages))
		}
	})
}

func TestWhatAnAnsweredPageWasToTellGoesOutWithoutIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, _, _ := paging(t)
		x.stop()
		first, second := x.do(0, alarm(), "").Number, x.do(0, alarm(), "").Number
		mail.fault = func(to string, n int) error {
			if strings.HasPrefix(to, "p2") && n <= 2 {
				return errors.New("connection refused")
			}
			return nil
		}
		x.start()
		defer x.stop()
		x.after(500 * time.Millisecond)
		x.do(first, incident.Acknowledge{}, "p2")
		x.after(2 * time.Minute)
		told := slices.ContainsFunc(x.m.events[second], func(e incident.Event) bool {
			f, ok := e.Fact.(*incident.Paged)
			return ok && f.Person == "p2" && f.State == PageSent
		})
		if !told {
			t.Error("a call was lost with the page that was to tell it")
		}
	})
}

func TestAPersonIsReachedWhenAWayToldThemNotWhenOneIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, sms, _ := paging(t)
		defer x.stop()
		mail.fault = func(string, int) error { return errors.New("connection refused") }
		n := x.do(0, alarm(), "").Number
		x.after(30 * time.Second)
		if strings.Contains(sms.called(), "p2") {
			t.Error("the second way is not tried at once")
		}
		x.after(2 * time.Minute)
		if strings.Count(sms.called(), "p2") != 1 {
			t.Errorf("the second way after a minute: %s", sms.called())
		}
		failed := 0
		for _, e := range x.m.events[n] {
			switch f := e.Fact.(type) {
			case *incident.Paged:
				if f.Person == "p2" && f.State == PageFailed && f.Way == "mail" {
					failed++
				}
			case *incident.DeliveryFailed:
				if f.Effect == string(incident.Page) && f.Person == "p2" {
					t.Errorf("they were reached: %+v", f)
				}
			}
		}
		if failed != 1 {
			t.Errorf("that the first way failed stands %d times in the record", failed)
		}
		tries := strings.Count(mail.called(), "p2")
		x.after(10 * time.Minute)
		if strings.Count(mail.called(), "p2") > tries {
			t.Error("the way that fails is tried on though they were reached")
		}
	})
}

// TestAPageWhoseEntryWasNotWrittenIsNotSentAgain: the process ends after the page went out, and before the record knows.
func TestAPageWhoseEntryWasNotWrittenIsNotSentAgain(t *testing.T) {
	for name, answered := range map[string]bool{"nobody answers": false, "they answer by the link meanwhile": true} {
		synctest.Test(t, func(t *testing.T) {
			x, store, mail, sms, _ := paging(t)
			x.stop()
			n := x.do(0, alarm(), "").Number
			// What the process before this one did: the page is out, and known as such; its delivery comes again, doubtful.
			key := ""
			for _, w := range x.m.outbox {
				if w.d.Effect.Kind == incident.Page && w.d.Effect.Person == "p2" {
					key, w.d.Doubtful = callKey(w.d.Effect)+"/mail", true
				}
			}
			store.state[key] = PageState{Key: key, Realm: MailRealm, Person: "p2", Number: n, State: PageSent, At: time.Now()}
			store.made[key] = time.Now()
			if answered {
				x.do(n, incident.Acknowledge{}, "p2")
			}
			for range 3 { // and it ends again and again
				x.start()
				x.after(2 * time.Second)
				x.stop()
			}
			if strings.Contains(mail.called(), "p2") || strings.Contains(sms.called(), "p2") {
				t.Errorf("%s: sent again: mail %s, sms %s", name, mail.called(), sms.called())
			}
			entries := 0
			for _, e := range x.m.events[n] {
				if f, ok := e.Fact.(*incident.Paged); ok && f.Person == "p2" {
					entries++
				}
			}
			if want := map[bool]int{false: 1, true: 0}[answered]; entries != want {
				t.Errorf("%s: %d entries, want %d", name, entries, want)
			}
		})
	}
}

func TestNobodyIsPagedToNameAManagerOnceThereIsOne(t *testing.T) {
	i := &incident.Incident{Status: incident.New, People: []incident.Responder{{Person: "p1", State: "asked", Why: "manager"}, {Person: "p2", State: "asked", Why: "unacknowledged"}}}
	for person, want := range map[incident.PersonID]bool{"p1": true, "p2": true, "p3": false} {
		if _, waits := waitsFor(i, person); waits != want {
			t.Errorf("%s before: %v", person, waits)
		}
	}
	i.Holders = []incident.Holder{{Role: incident.Manager, Person: "p9"}}
	for person, want := range map[incident.PersonID]bool{"p1": false, "p2": true} {
		if _, waits := waitsFor(i, person); waits != want {
			t.Errorf("%s once p9 leads: %v", person, waits)
		}
	}
}
