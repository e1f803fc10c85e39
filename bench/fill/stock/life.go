package stock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

// life is one incident while it is lived.
type life struct {
	*hand
	plan
	r       *rand.Rand
	policy  *incident.Policy
	people  []incident.PersonID // of the company
	crew    []incident.PersonID // who works on it: manager, tech lead, communications, reporter
	english bool
	service string
	step    time.Duration // between two deeds
}

func newLife(o *Options, people []incident.PersonID, p plan) *life {
	r := rand.New(rand.NewPCG(p.seed, o.Seed))
	l := &life{hand: newHand(&o.Policy, p, r), plan: p, r: r, policy: &o.Policy, people: people, english: r.IntN(3) == 0, service: pick(r, services())}
	for len(l.crew) < 4 {
		if who := pick(r, people); !slices.Contains(l.crew, who) {
			l.crew = append(l.crew, who)
		}
	}
	l.step = min(time.Duration(1+r.IntN(12))*time.Minute, o.Now.Sub(p.opened)/time.Duration(2*p.entries+20))
	return l
}

// record lives it through and gives what is written.
func (l *life) record(o *Options) storage.Record {
	l.begin()
	l.work()
	switch {
	case l.no:
		l.do(l.step, l.crew[0], incident.Cancel{Reason: "誤検知"})
	case !l.plan.open:
		l.end()
	}
	if l.plan.open && !o.Due.IsZero() {
		l.park(o)
	}
	out := storage.Record{Change: l.change, Alerts: l.alertRows()}
	l.room(&out)
	return out
}

// park leaves an incident whose clock would look too early as people leave one over night: it works again, who led goes to
// bed, and everybody was told when they hear the next. Of that time the clock reminds at the half.
func (l *life) park(o *Options) {
	if !o.AtOnce && !l.change.Due.Before(o.Due) {
		return
	}
	due := o.Due
	if !o.AtOnce {
		due = due.Add(time.Duration(l.r.Int64N(int64(12 * time.Hour))))
	}
	l.do(l.step, l.crew[1], incident.Restore{})
	if l.priority == incident.P1 {
		l.do(l.step, l.crew[0], incident.LeaveRole{Role: incident.Manager})
	}
	for _, audience := range []string{"customers", "stakeholders"} {
		l.now = l.now.Truncate(time.Millisecond)
		l.do(time.Millisecond, l.crew[2], incident.Publish{
			Audience: audience, Text: updates()[2].in(l.english), Next: l.now.Add(time.Millisecond + 2*due.Truncate(time.Millisecond).Sub(l.now.Add(time.Millisecond))),
		})
	}
}

// ref is the first alert of it.
func (l *life) ref() incident.AlertRef {
	return incident.AlertRef{
		Source: "alertmanager", Key: key(l.plan, 0), Title: alarm(l.plan), Service: l.service, Host: host(l.plan, 0), Start: l.opened.Add(-time.Minute),
	}
}

func (l *life) begin() {
	levels := map[incident.Priority][2]string{
		incident.P1: {"large", "high"}, incident.P2: {"large", "medium"}, incident.P3: {"medium", "medium"},
		incident.P4: {"small", "medium"}, incident.P5: {"small", "low"},
	}[l.priority]
	open := incident.Open{
		Title: l.title(), Impact: levels[0], Urgency: levels[1], Services: []string{l.service}, Channel: "chat",
		Category: pick(l.r, []string{"software", "software", "network", "hardware", "security", "how-to"}), Private: l.r.IntN(100) == 0,
	}
	by := l.crew[3]
	if l.alerts > 0 {
		ref := l.ref()
		open.Alert, open.Group, open.Channel, by = &ref, "alertname="+ref.Title+",service="+l.service, "alert", ""
	}
	l.do(0, by, open)
	if open.Private {
		l.do(time.Second, "", incident.SetAccess{Private: true, Add: l.crew})
	}
	at := incident.Room{Realm: console.Realm, ID: console.Incidents, Name: console.Incidents, Thread: fmt.Sprint(l.message)}
	if l.own() {
		name := roomName(l.change.After)
		at = incident.Room{Realm: console.Realm, ID: name, Name: name, Link: console.Link(name, 0)}
	}
	l.do(time.Second, "", incident.ReceiveRoom{Room: at})
	if l.alerts > 1 {
		n := int64(l.alerts)
		l.do(time.Second, "", incident.MeetAlerts{More: n - 1, Total: n, Firing: n})
	}
	if l.priority <= incident.P2 || l.r.IntN(2) == 0 && l.hand.entries()+ending(l.plan) < l.plan.entries {
		l.do(l.step, l.crew[0], incident.TakeRole{Role: incident.Manager, Person: l.crew[0]})
	}
}

func (l *life) title() string {
	about := pick(l.r, symptoms())
	if l.english {
		return l.service + " " + about.en
	}
	return l.service + " " + about.ja
}

// own is true for what has a room and no thread: every private one does.
func (l *life) own() bool { return roomy(l.plan) || l.change.After.Private }

// work does what people do, in their order, then writes notes until it is as long as planned.
func (l *life) work() {
	say := func(from []saying) string { return pick(l.r, from).in(l.english) }
	steps := []incident.Command{
		incident.Assign{Person: l.crew[1]},
		incident.SetStatus{To: incident.Investigating},
		incident.TakeRole{Role: incident.TechLead, Person: l.crew[1]},
		incident.Note{Sort: "note", Text: say(notes())},
		incident.Publish{Text: say(updates())},
		incident.TakeRole{Role: incident.Communications, Person: l.crew[2]},
		incident.AddTask{Text: say(notes()), Owner: l.crew[2]},
		incident.SetStatus{To: incident.Identified, Text: say(causes())},
		incident.RecordImpact{Text: say(notes())},
		incident.TakeRole{Role: incident.Scribe, Person: l.crew[3]},
		incident.AnnounceDeed{Text: say(fixes())},
		incident.RecordCause{Direct: say(causes())},
		incident.SetStatus{To: incident.Mitigated, Text: say(fixes())},
	}
	want := l.plan.entries - ending(l.plan)
	for k := 0; l.hand.entries() < want && k < 4*want; k++ {
		by, cmd := l.crew[k%2], incident.Command(incident.Note{Sort: "note", Text: say(notes())})
		if k < len(steps) {
			cmd = steps[k]
		}
		l.do(l.step, by, cmd)
	}
}

func (l *life) end() {
	if n := int64(l.alerts); n > 0 {
		l.do(l.step, "", incident.MeetAlerts{Cleared: []incident.AlertRef{l.ref()}, More: n - 1, Total: n})
	}
	how := ""
	if l.mended() {
		how = pick(l.r, fixes()).in(l.english)
	}
	for _, task := range l.change.After.Tasks { // what somebody still had would be asked about years later
		if task.State == "claimed" {
			l.do(0, task.Owner, incident.FinishTask{ID: task.ID})
		}
	}
	l.do(l.step, l.crew[0], incident.Resolve{Text: how})
	l.do(l.step, l.crew[3], incident.Confirm{Fixed: true})
	l.do(l.step, l.crew[0], incident.Close{Pending: "–"})
}

// key, alarm and host name the k-th alert of an incident.
func key(p plan, k int) string { return fmt.Sprintf("%016x", p.seed+uint64(k)*0x9e3779b97f4a7c15) }

func alarm(p plan) string {
	return []string{"HighErrorRate", "HighLatency", "DiskAlmostFull", "InstanceDown", "CertificateExpires", "QueueGrows"}[p.seed%6]
}

func host(p plan, k int) string {
	return fmt.Sprintf("10.%d.%d.%d:9100", p.seed>>8&15, p.seed>>16&31, (int(p.seed>>24)+k)&127)
}

// alertRows are the alerts of the incident, then those of its hour that opened nothing.
func (l *life) alertRows() []alert.Row {
	var out []alert.Row
	for k := range l.alerts + l.loose {
		a := alert.Row{
			Source: "alertmanager", Key: key(l.plan, k), Start: l.opened.Add(-time.Minute), Status: alert.Firing, Incident: l.plan.number,
			Count: int64(1 + k%3), FirstSeen: l.opened, LastSeen: l.opened.Add(time.Minute), Title: alarm(l.plan), Service: l.service,
			Host: host(l.plan, k), Severity: "critical", Link: "http://prometheus.example/graph", Group: l.change.After.Alerts.Group, Outcome: "incident",
		}
		if k >= l.alerts {
			a.Incident, a.Severity, a.Outcome = 0, "info", "drop"
		}
		if !l.plan.open || a.Incident == 0 {
			a.Status, a.ResolvedAt = alert.Resolved, l.change.After.Changed
		}
		out = append(out, a)
	}
	return out
}
