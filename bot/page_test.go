package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// pages is a small PageStore.
type pages struct {
	mu    sync.Mutex
	ways  map[incident.PersonID][]Way
	state map[string]PageState
	made  map[string]time.Time
	parts map[string]PagePart // by their keys
	leads map[string]string
	hash  map[string]AnswerLink
	links int
}

func (s *pages) Ways(_ context.Context, person incident.PersonID) ([]Way, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ways[person]), nil
}

func (s *pages) SetWays(context.Context, incident.PersonID, []Way, string) error { return nil }

func (s *pages) SavePage(_ context.Context, state PageState) (PageState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state[state.Key] = state.After(s.state[state.Key])
	return s.state[state.Key], nil
}

func (s *pages) PageState(_ context.Context, key string) (PageState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state, ok := s.state[key]; ok {
		return state, nil
	}
	if lead, ok := s.leads[key]; ok {
		return s.state[lead], nil
	}
	return PageState{}, incident.ErrNotFound
}

func (s *pages) paced(person incident.PersonID, realm string, now time.Time) time.Time {
	for key, state := range s.state {
		if made := s.made[key]; state.Person == person && state.Realm == realm && state.Number != 0 && state.State != PageFailed && made.After(now.Add(-PagePace)) {
			return made.Add(PagePace)
		}
	}
	return time.Time{}
}

func (s *pages) PagePaced(_ context.Context, person incident.PersonID, realm string, now time.Time) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paced(person, realm, now), nil
}

func (s *pages) LeadPage(_ context.Context, state PageState, parts []PagePart) (taken []PagePart, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, begun := s.state[state.Key]; begun {
		for key, lead := range s.leads {
			if lead == state.Key {
				taken = append(taken, s.parts[key])
			}
		}
		slices.SortFunc(taken, func(a, b PagePart) int { return strings.Compare(a.Key, b.Key) })
		return taken, next, nil
	}
	if s.leads[state.Key] != "" {
		return nil, state.At.Add(time.Second), nil
	}
	if next = s.paced(state.Person, state.Realm, state.At); !next.IsZero() {
		return nil, next, nil
	}
	s.state[state.Key], s.made[state.Key] = state, state.At
	for _, part := range parts {
		if _, begun := s.state[part.Key]; !begun && s.leads[part.Key] == "" {
			s.leads[part.Key], s.parts[part.Key] = state.Key, part
			taken = append(taken, part)
		}
	}
	return taken, next, nil
}

func (s *pages) PageParts(_ context.Context, lead string) (out []PagePart, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, of := range s.leads {
		if of == lead {
			out = append(out, s.parts[key])
		}
	}
	return out, nil
}

func (s *pages) ReleaseParts(_ context.Context, lead string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, of := range s.leads {
		if of == lead {
			delete(s.leads, key)
		}
	}
	return nil
}

func (s *pages) PagesOf(context.Context, incident.PersonID, int) ([]PageState, error) {
	return nil, nil
}

func (s *pages) PutAnswerLink(_ context.Context, hash []byte, l AnswerLink) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links++
	s.hash[string(hash)] = l
	return nil
}

func (s *pages) AnswerLink(_ context.Context, hash []byte) (AnswerLink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.hash[string(hash)]; ok {
		return l, nil
	}
	return AnswerLink{}, incident.ErrNotFound
}

func (s *pages) ClaimAnswer(context.Context, string, string, time.Time, time.Time) (bool, error) {
	return true, nil
}
func (s *pages) ReleaseAnswer(context.Context, string) error { return nil }

// beeper is a pager that writes down whom it called, and fails as it is told to.
type beeper struct {
	realm string
	mu    sync.Mutex
	to    []string
	pages []Page
	fault func(to string, n int) error // n counts the calls to that address from 1
}

func (p *beeper) Realm() string { return p.realm }

func (p *beeper) Page(_ context.Context, to string, page Page) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to, p.pages = append(p.to, to), append(p.pages, page)
	n := len(slices.DeleteFunc(slices.Clone(p.to), func(t string) bool { return t != to }))
	if p.fault != nil {
		return "", p.fault(to, n)
	}
	return "ref", nil
}

func (p *beeper) called() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.to, " ")
}

// paging is a pump whose people are reached by mail and two gateways, too: p2 and p3 are on call, p4 is the manager.
func paging(t *testing.T) (x *pumped, store *pages, mail, sms, phone *beeper) {
	t.Helper()
	x = pumping(t, "console")
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms, policy.Paging = []string{"console"}, true
	policy.OnCall, policy.Managers = []incident.PersonID{"p2", "p3"}, []incident.PersonID{"p4"}
	of := func() incident.Policy { return policy }
	x.b.Policy, x.b.Desk.Policy = of, of
	store = &pages{
		ways: map[incident.PersonID][]Way{}, state: map[string]PageState{}, made: map[string]time.Time{}, parts: map[string]PagePart{}, leads: map[string]string{},
		hash: map[string]AnswerLink{},
	}
	mail, sms, phone = &beeper{realm: MailRealm}, &beeper{realm: "gateway:sms"}, &beeper{realm: "gateway:phone"}
	for _, id := range []incident.PersonID{"p2", "p3", "p4"} {
		x.m.people[id] = incident.Person{ID: id, Name: string(id), Email: string(id) + "@example.com", Lang: "en"}
		store.ways[id] = []Way{{Realm: ChatRealm}, {Realm: MailRealm}, {Realm: "gateway:sms", Address: "+81" + string(id)}, {Realm: "gateway:phone", Address: "+81" + string(id)}}
	}
	x.b.Pagers = NewPagers(PagersOptions{
		Store: store, People: x.m, Realms: func() []Pager { return []Pager{mail, sms, phone} }, BaseURL: "https://matoi.example.com", Lang: lang.EN, Now: time.Now,
	})
	return x, store, mail, sms, phone
}

// ticking lets time pass, with the sweep at every instant that is due.
func (x *pumped) ticking(n incident.Number, d time.Duration) {
	for end := time.Now().Add(d); ; {
		x.m.mu.Lock()
		due := x.b.Policy().NextDue(x.m.incidents[n])
		x.m.mu.Unlock()
		if due.IsZero() || due.After(end) {
			x.after(time.Until(end))
			return
		}
		x.after(max(0, time.Until(due)))
		x.do(n, incident.Tick{}, "")
		synctest.Wait()
	}
}

func alarm() incident.Open {
	return incident.Open{Title: "payments are slow", Priority: incident.P1, Alert: &incident.AlertRef{Source: "s", Key: "k"}}
}

func TestAnUnansweredP1WalksUpOverMoreAndMoreWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, store, mail, sms, phone := paging(t)
		defer x.stop()
		i := x.do(0, alarm(), "") // p2 is asked to lead, p4 as the first manager
		x.after(time.Second)
		if mail.called() != "p2@example.com p4@example.com" && mail.called() != "p4@example.com p2@example.com" || sms.called() != "" {
			t.Errorf("at first by one way: mail %s, sms %s", mail.called(), sms.called())
		}
		x.ticking(i.Number, 5*time.Minute) // p3, whose turn it is; the manager is not called beside them
		if !strings.HasSuffix(mail.called(), "p3@example.com") || strings.Count(mail.called(), "p4") != 1 || sms.called() != "" {
			t.Errorf("the next person: mail %s, sms %q", mail.called(), sms.called())
		}
		x.ticking(i.Number, 10*time.Minute) // p2 and p4 again
		if sms.called() != "+81p2 +81p4" || phone.called() != "" {
			t.Errorf("the second call of a person takes a second way: sms %q, phone %q", sms.called(), phone.called())
		}
		x.ticking(i.Number, 10*time.Minute) // p3 and p2
		if phone.called() != "+81p2" {
			t.Errorf("the third one a third: sms %q, phone %q", sms.called(), phone.called())
		}
		page := sms.pages[0]
		if len(page.Answers) != 3 || !strings.HasPrefix(page.Answers[0].URL, "https://matoi.example.com/a/") || !page.Urgent || page.Text == "" {
			t.Errorf("page %+v", page)
		}
		x.do(i.Number, incident.Acknowledge{}, "p4")
		before := mail.called() + sms.called() + phone.called()
		x.ticking(i.Number, time.Hour)
		if after := mail.called() + sms.called() + phone.called(); after != before {
			t.Errorf("called after the answer: %s", after)
		}
		if store.links == 0 {
			t.Error("no links to answer by")
		}
		sent := 0
		for _, e := range x.m.events[i.Number] {
			if f, ok := e.Fact.(*incident.Paged); ok && f.State == PageSent {
				sent++
			}
		}
		if want := len(mail.to) + len(sms.to) + len(phone.to); sent != want {
			t.Errorf("%d pages are in the record, %d went out", sent, want)
		}
	})
}

func TestAWayThatWillNeverWorkIsFollowedByTheNextAndNoWayByTheNextPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, sms, phone := paging(t)
		defer x.stop()
		never := func(to string, _ int) error {
			if strings.Contains(to, "p3") {
				return &Permanent{errors.New("unknown recipient")}
			}
			return nil
		}
		mail.fault = never
		x.chats["console"].fault = func(call string, _ int) error { return nil }
		i := x.do(0, alarm(), "")
		x.ticking(i.Number, 5*time.Minute+time.Second) // p3 is called
		if !strings.Contains(sms.called(), "+81p3") {
			t.Errorf("the next way at once: sms %q", sms.called())
		}
		failed := slices.ContainsFunc(x.m.events[i.Number], func(e incident.Event) bool {
			f, ok := e.Fact.(*incident.Paged)
			return ok && f.State == PageFailed && f.Way == "mail" && f.Person == "p3" && strings.Contains(f.Why, "unknown recipient")
		})
		if !failed {
			t.Error("the failure is not in the record")
		}

		sms.fault, phone.fault = never, never
		x.chats["console"].fault = func(call string, _ int) error {
			if call == "tell" {
				return &Permanent{errors.New("the chat does not know them")}
			}
			return nil
		}
		i = x.do(0, alarm(), "")
		x.ticking(i.Number, 5*time.Minute+2*time.Second)
		var who []incident.PersonID
		for _, e := range x.m.events[i.Number] {
			if f, ok := e.Fact.(*incident.Asked); ok && f.Trigger == "unacknowledged" {
				who = append(who, f.Person)
			}
		}
		if len(who) < 2 || who[0] != "p3" {
			t.Errorf("called %v: nobody reaches p3, so the next comes at once", who)
		}
	})
}

func TestAPageThatFailedForAWhileGoesOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, sms, _ := paging(t)
		defer x.stop()
		mail.fault = func(_ string, n int) error {
			if n <= 2 {
				return errors.New("connection refused")
			}
			return nil
		}
		x.do(0, alarm(), "")
		x.after(time.Minute)
		if got := strings.Count(mail.called(), "p2@example.com"); got != 3 {
			t.Errorf("%d tries, want 3: two that failed and one that went out", got)
		}
		if sms.called() != "" {
			t.Errorf("a way that fails for a while is tried again, not left: %s", sms.called())
		}
		keys := map[string]bool{}
		for _, p := range mail.pages {
			if p.Person == "p2" {
				keys[p.Key] = true
			}
		}
		if len(keys) != 1 {
			t.Errorf("the same page has one key: %v", keys)
		}
	})
}

func TestAWayThatStaysBrokenKeepsNoLaterCallFromThoseThatWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, sms, phone := paging(t)
		defer x.stop()
		broken := func(string, int) error { return errors.New("the gateway answered 500") }
		sms.fault, phone.fault = broken, broken
		i := x.do(0, alarm(), "")
		x.ticking(i.Number, 5*time.Hour)
		x.m.mu.Lock()
		defer x.m.mu.Unlock()
		asked, told := 0, strings.Count(mail.called(), "p3@example.com")
		for _, e := range x.m.events[i.Number] {
			if f, ok := e.Fact.(*incident.Asked); ok && f.Person == "p3" {
				asked++
			}
		}
		if asked < 4 || told < asked {
			t.Errorf("p3 was asked %d times, and got %d mails", asked, told)
		}
	})
}

func TestWhoAnsweredMeanwhileIsNotPaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, mail, _, _ := paging(t)
		x.stop() // nothing goes out yet
		i := x.do(0, alarm(), "")
		x.do(i.Number, incident.Acknowledge{}, "p2")
		x.start()
		defer x.stop()
		x.after(time.Second)
		if strings.Contains(mail.called(), "p2@") {
			t.Errorf("mail %s", mail.called())
		}
	})
}
