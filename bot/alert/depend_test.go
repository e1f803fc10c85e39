package alert_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// shop is a house in which forty services stand on one database, which stands on a disk.
func shop(t *testing.T, rules ...alert.Rule) *house {
	h := newHouse(t, rules...)
	h.config.Depends = map[string][]string{"db": {"disk"}}
	for k := range 40 {
		h.config.Depends[fmt.Sprintf("svc%02d", k)] = []string{"db"}
	}
	return h
}

// fails posts a critical alert of each service.
func (h *house) fails(services ...string) {
	h.t.Helper()
	for _, s := range services {
		h.post("generic", fmt.Sprintf(`{"title":"%s fails","dedup_key":%q,"severity":"critical","service":%q}`, s, s, s))
	}
}

// forty are the services that stand on the database.
func forty() []string {
	var out []string
	for k := range 40 {
		out = append(out, fmt.Sprintf("svc%02d", k))
	}
	return out
}

// open gives the incidents that are open.
func (h *house) open() []*incident.Incident {
	return slices.DeleteFunc(h.incidents(), func(i *incident.Incident) bool { return !i.Open() })
}

// one checks that one incident is open, on this service, with so many alerts.
func (h *house) one(service string, alerts int64) *incident.Incident {
	h.t.Helper()
	all := h.open()
	if len(all) != 1 || !slices.Equal(all[0].Services, []string{service}) || all[0].Alerts.Total != alerts || all[0].Alerts.Firing != alerts {
		h.t.Fatalf("%d open, the first on %v with %+v", len(all), all[0].Services, all[0].Alerts)
	}
	return all[0]
}

func TestDeadDatabaseIsOneIncident(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(h *house)
	}{
		{"it comes first", func(h *house) { h.fails("db"); h.work(); h.fails(forty()...); h.work() }},
		{"it comes first, in one batch", func(h *house) { h.fails("db"); h.fails(forty()...); h.work() }},
		{"it comes in the midst", func(h *house) { h.fails(forty()[:12]...); h.fails("db"); h.fails(forty()[12:]...); h.work() }},
		{"it comes last", func(h *house) { h.fails(forty()...); h.work(); h.later(20 * time.Second); h.fails("db"); h.work() }},
		{"it comes last, in one batch", func(h *house) { h.fails(forty()...); h.fails("db"); h.work() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := shop(t)
			c.do(h)
			h.one("db", 41)
			h.later(time.Minute)
			h.fails(forty()[3:5]...) // sent again
			h.work()
			i := h.one("db", 41)
			for _, s := range forty() {
				h.post("generic", fmt.Sprintf(`{"title":"%s fails","dedup_key":%q,"status":"ok","service":%q}`, s, s, s))
			}
			h.work()
			if i = h.incidents()[slices.IndexFunc(h.incidents(), func(o *incident.Incident) bool { return o.Number == i.Number })]; i.Alerts.Firing != 1 {
				t.Errorf("%+v", i.Alerts)
			}
		})
	}
}

func TestTroubleFurtherDownIsFoundToo(t *testing.T) {
	h := shop(t)
	h.fails("disk")
	h.work()
	h.fails("svc00")
	h.work()
	h.one("disk", 2)
	rows := h.rows(h.only().Number)
	k := slices.IndexFunc(rows, func(r alert.Row) bool { return r.Service == "svc00" })
	if why := alert.ParseReason(rows[k].Reason); why.ID != "alert.reason_depends" || why.Args["Below"] != "disk" || why.Args["Service"] != "svc00" {
		t.Errorf("%+v", why)
	}
}

func TestWhatIsNoneOfItStaysAlone(t *testing.T) {
	touch := func(h *house) { h.do(h.incidents()[0].Number, incident.Note{Text: "I am on it"}) }
	for _, c := range []struct {
		name  string
		rules []alert.Rule
		do    func(h *house)
	}{
		{"another service", nil, func(h *house) { h.fails("db", "mail") }},
		{"what the database depends on not", nil, func(h *house) { h.fails("svc00", "svc01") }},
		{"much later", nil, func(h *house) { h.fails("db"); h.work(); h.later(16 * time.Minute); h.fails("svc00") }},
		{"the database much later", nil, func(h *house) { h.fails("svc00"); h.work(); h.later(16 * time.Minute); h.fails("db") }},
		{"somebody works on it", nil, func(h *house) { h.fails("svc00"); h.work(); touch(h); h.fails("db") }},
		{
			"a rule wants it alone",
			[]alert.Rule{{Name: "alone", Match: map[string]alert.Patterns{"service": {"svc00"}}, Do: alert.Open, Priority: "P2", Alone: true}},
			func(h *house) { h.fails("db"); h.work(); h.fails("svc00") },
		},
		{
			"a rule wants it alone, the database later",
			[]alert.Rule{{Name: "alone", Match: map[string]alert.Patterns{"service": {"svc00"}}, Do: alert.Open, Priority: "P2", Alone: true}},
			func(h *house) { h.fails("svc00"); h.work(); h.fails("db") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := shop(t, c.rules...)
			c.do(h)
			h.work()
			if n := len(h.open()); n != 2 {
				t.Errorf("%d incidents are open, want 2", n)
			}
		})
	}
}

func TestServicesThatDependOnEachOtherInARingEnd(t *testing.T) {
	h := shop(t)
	h.config.Depends["disk"] = []string{"svc00"}
	h.fails("svc01", "disk", "db")
	h.work()
	if n := len(h.open()); n != 1 {
		t.Errorf("%d open", n)
	}
}

// lowAndHigh are rules by which the database opens the lowest incident, and one service that stands on it the highest.
func lowAndHigh() []alert.Rule {
	return []alert.Rule{
		{Name: "heart", Match: map[string]alert.Patterns{"service": {"svc00"}}, Do: alert.Open, Priority: "P1"},
		{Name: "db", Match: map[string]alert.Patterns{"service": {"db"}}, Do: alert.Open, Priority: "P5"},
	}
}

func TestDatabaseIsAsPressingAsWhatDependsOnIt(t *testing.T) {
	note := func(h *house) { h.do(h.incidents()[0].Number, incident.Note{Text: "I am on it"}) }
	for _, c := range []struct {
		name string
		do   func(h *house)
		all  int64
	}{
		{"it comes last", func(h *house) { h.fails("svc00"); h.work(); h.fails("db") }, 2},
		{"it comes last, in one batch with others", func(h *house) { h.fails("svc01", "svc00", "svc02", "db") }, 4},
		{"it comes first", func(h *house) { h.fails("db"); h.work(); h.fails("svc00") }, 2},
		{"it comes first, in one batch with others", func(h *house) { h.fails("db", "svc01", "svc00", "svc02") }, 4},
		{"somebody works on it", func(h *house) { h.fails("db"); h.work(); note(h); h.fails("svc00") }, 2},
		{"somebody works on it when it fires anew", func(h *house) {
			h.fails("db")
			h.work()
			note(h)
			h.later(16 * time.Minute)
			h.fails("svc00")
			h.work()
			h.later(time.Minute)
			h.post("generic", `{"title":"db fails","dedup_key":"db","status":"ok","service":"db"}`)
			h.later(time.Minute)
			h.fails("db")
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := shop(t, lowAndHigh()...)
			c.do(h)
			h.work()
			i := h.one("db", c.all)
			if i.Priority != incident.P1 || i.Title != "db fails" {
				t.Errorf("%s %q", i.Priority, i.Title)
			}
			var raised []incident.Prioritised
			for _, e := range h.events(i.Number) {
				if f, is := e.Fact.(*incident.Prioritised); is {
					raised = append(raised, *f)
				}
			}
			if len(raised) != 1 || raised[0].From != incident.P5 || raised[0].Why != incident.PriorityDependency || raised[0].Service != "svc00" || raised[0].Reason+raised[0].Override != "" {
				t.Errorf("%+v", raised)
			}
		})
	}
}

func TestWhatAPersonSaysOfADatabaseStands(t *testing.T) {
	for _, c := range []struct {
		name     string
		say      func(h *house, n incident.Number)
		priority incident.Priority
	}{
		{"set", func(h *house, n incident.Number) { h.do(n, incident.SetPriority{Priority: incident.P4}) }, incident.P4},
		{"a raise undone", func(h *house, n incident.Number) {
			h.fails("svc00")
			h.work()
			h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
			h.do(n, incident.Undo{})
		}, incident.P5},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := shop(t, append(lowAndHigh(), alert.Rule{Name: "heart too", Match: map[string]alert.Patterns{"service": {"svc01"}}, Do: alert.Open, Priority: "P1"})...)
			h.fails("db")
			h.work()
			n := h.only().Number
			c.say(h, n)
			h.fails("svc01") // which it would hide
			h.work()
			all := h.open()
			if len(all) != 2 || all[0].Priority != c.priority || all[1].Priority != incident.P1 {
				t.Fatalf("%q", h.story())
			}
			h.later(time.Minute)
			h.post("generic", `{"title":"db fails","dedup_key":"db","status":"ok","service":"db"}`)
			h.later(time.Minute)
			h.fails("db")
			h.work()
			if all = h.open(); len(all) != 2 || all[0].Priority != c.priority {
				t.Errorf("%q", h.story())
			}
		})
	}
}

func TestDatabaseNeverBecomesLessPressing(t *testing.T) {
	h := shop(t, alert.Rule{Name: "db", Match: map[string]alert.Patterns{"service": {"db"}}, Do: alert.Open, Priority: "P1"})
	h.fails("svc00", "db", "svc01")
	h.work()
	if i := h.one("db", 3); i.Priority != incident.P1 {
		t.Errorf("%s", i.Priority)
	}
}

func TestMatrixOfAServiceKeepsNoDatabaseFromBeingRaised(t *testing.T) {
	rules := lowAndHigh()
	rules[1].Impact, rules[1].Urgency = "small", "low"
	h := shop(t, rules...)
	h.fails("db")
	h.work()
	h.fails("svc00")
	h.work()
	if i := h.one("db", 2); i.Priority != incident.P1 || !i.Provisional {
		t.Errorf("%s, provisional %v", i.Priority, i.Provisional)
	}
}

func TestRuleOfWhatJoinsADatabaseCallsToo(t *testing.T) {
	h := shop(t, alert.Rule{Name: "heart", Match: map[string]alert.Patterns{"service": {"svc00"}}, Do: alert.Open, Priority: "P2", Escalation: "night"})
	policy := h.desk.Policy()
	policy.Escalations = []incident.Escalation{{ID: "night", Steps: []incident.Step{{Wait: 5 * time.Minute, Targets: []incident.Target{{Kind: incident.ToPerson, People: []incident.PersonID{"p2"}}}}}}}
	h.desk.Policy = func() incident.Policy { return policy }
	h.fails("db")
	h.work()
	h.fails("svc00")
	h.work()
	i := h.one("db", 2)
	if len(i.Calls) != 1 || !slices.Equal(i.Calls[0].Called, []incident.PersonID{"p2"}) {
		t.Errorf("%+v", i.Calls)
	}
}

func TestWhoWasCalledForWhatADatabaseTakesInIsStillCalled(t *testing.T) {
	h := shop(t, alert.Rule{Name: "heart", Match: map[string]alert.Patterns{"service": {"svc00", "svc01"}}, Do: alert.Open, Priority: "P2", Escalation: "night"})
	policy := h.desk.Policy()
	policy.Escalations = []incident.Escalation{{ID: "night", Steps: []incident.Step{{Wait: 5 * time.Minute, Targets: []incident.Target{{Kind: incident.ToPerson, People: []incident.PersonID{"p2"}}}}}}}
	h.desk.Policy = func() incident.Policy { return policy }
	h.fails("svc00", "svc01")
	h.work()
	h.fails("db")
	h.work()
	i := h.one("db", 3)
	if len(i.Calls) != 1 || i.Calls[0].Escalation != "night" || !slices.Equal(i.Calls[0].Called, []incident.PersonID{"p2"}) {
		t.Errorf("%+v", i.Calls)
	}
	begun := 0
	for _, e := range h.events(i.Number) {
		if _, is := e.Fact.(*incident.Escalated); is {
			begun++
		}
	}
	if begun != 1 {
		t.Errorf("it is begun %d times", begun)
	}
}

func TestStormWithTroubleOfOthersIsNotTakenIn(t *testing.T) {
	h := shop(t)
	h.fails(forty()...)
	h.fails("mail")
	h.work()
	h.fails("db")
	h.work()
	all := h.open()
	if len(all) != 2 || !all[0].Alerts.Storm || !slices.Equal(all[1].Services, []string{"db"}) || all[1].Alerts.Total != 21 {
		t.Errorf("%d open: %q", len(all), h.story())
	}
}

// A backup that did not run says nothing of whether its database works, nor is its silence what the database's own trouble does.
func TestAHeartbeatTakesNoPartInWhatDependsOnWhat(t *testing.T) {
	of := func(service string) *house {
		h := shop(t)
		h.config.Heartbeats = []alert.Heartbeat{{Name: "backup", Every: alert.Span(10 * time.Minute), Grace: alert.Span(time.Minute), Priority: "P3", Service: service}}
		if err := h.config.Compile(); err != nil {
			t.Fatal(err)
		}
		h.call("backup", false)
		return h
	}
	titles := func(h *house) (out []string) {
		for _, i := range h.open() {
			out = append(out, fmt.Sprintf("%s: %d", i.Title, i.Alerts.Total))
		}
		slices.Sort(out)
		return out
	}
	const silent = "backup からの応答が11分ありません: 1"
	for _, c := range []struct {
		name, service string
		do            func(h *house)
		want          []string
	}{
		{"silent after its dependants' alerts", "db", func(h *house) { h.passes(9 * time.Minute); h.fails("svc00", "svc01"); h.passes(2 * time.Minute) }, []string{silent, "svc00 fails: 1", "svc01 fails: 1"}},
		{"failed after its dependants' alerts", "db", func(h *house) { h.fails("svc00"); h.work(); h.call("backup", true) }, []string{"backup が失敗を報告しました: 1", "svc00 fails: 1"}},
		{"silent before a dependant's alert", "db", func(h *house) { h.passes(11 * time.Minute); h.fails("svc00"); h.work() }, []string{silent, "svc00 fails: 1"}},
		{"newer than the database's own", "db", func(h *house) {
			h.passes(10 * time.Minute)
			h.fails("db")
			h.passes(time.Minute)
			h.fails("svc00")
			h.work()
		}, []string{silent, "db fails: 2"}},
		{"silent on what depends on the database, first", "svc00", func(h *house) { h.passes(11 * time.Minute); h.fails("db"); h.work() }, []string{silent, "db fails: 1"}},
		{"silent on what depends on the database, then", "svc00", func(h *house) { h.passes(10 * time.Minute); h.fails("db"); h.passes(time.Minute) }, []string{silent, "db fails: 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := of(c.service)
			c.do(h)
			h.passes(10 * time.Second) // what waited is worked off: now it is nobody's sign of life
			if got := titles(h); !slices.Equal(got, c.want) {
				t.Errorf("open are %q, want %q", got, c.want)
			}
		})
	}
}
