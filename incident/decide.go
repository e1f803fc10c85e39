package incident

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what one fact may carry, in characters. Longer texts are refused, never cut in silence.
const (
	MaxTitle = 300
	MaxText  = 20_000
)

func just(facts ...Fact) ([]Entry, *Refusal) {
	out := make([]Entry, len(facts))
	for k, f := range facts {
		out[k].Fact = f
	}
	return out, nil
}

func no(code string, kv ...any) ([]Entry, *Refusal) { return nil, refuse(code, kv...) }

// Open decides an opening. The reporter defaults to the actor; unknown levels make the priority provisional.
func (p Policy) Open(c Open, by By, now time.Time) ([]Entry, *Refusal) {
	title := strings.TrimSpace(c.Title)
	switch {
	case title == "":
		return no("title_needed")
	case utf8.RuneCountInString(title) > MaxTitle:
		return no("title_long", "Max", MaxTitle)
	case utf8.RuneCountInString(c.Summary) > MaxText:
		return no("text_long", "Max", MaxText)
	case c.Happened.At.After(now.Add(time.Minute)):
		return no("future", "At", c.Happened.At)
	}
	f := &Opened{
		Title: title, Summary: c.Summary, Category: c.Category, Services: c.Services, Team: c.Team, Reporter: c.Reporter, Channel: c.Channel,
		Happened: c.Happened, Detected: c.Detected, Reported: c.Reported, Private: c.Private, Source: c.Source,
		Alert: c.Alert, Group: c.Group, Storm: c.Storm, Previous: c.Previous, Links: c.Links,
	}
	impact, urgency, priority, provisional, refusal := p.judge(c.Impact, c.Urgency, c.Priority)
	if refusal != nil {
		return nil, refusal
	}
	f.Impact, f.Urgency, f.Priority, f.Provisional = impact, urgency, priority, provisional
	if byMatrix, unsure, _ := p.Matrix.Priority(impact, urgency); !unsure && byMatrix != priority {
		f.Override = c.Reason
	}
	if f.Alert == nil && f.Reporter == (Reporter{}) {
		f.Reporter = Reporter{Person: by.Person}
	}
	if f.Team == "" {
		f.Team = p.teamOf(f.Category, f.Services)
	}
	f.Links = append(f.Links, p.linksOf(f.Services)...)
	f.Targets, f.Restore = p.targets(priority), p.restoreFrom(f.Happened, f.Detected, f.Reported, now)
	if !priority.Higher(p.RoomsFrom) && priority != p.RoomsFrom {
		return just(f)
	}
	f.Checklist = p.Checklist
	return append([]Entry{{Fact: f}}, p.askAtOpening(f, by)...), nil
}

// askAtOpening asks the opener, or whoever is on call, to be or name the manager; a major incident goes up at once.
func (p Policy) askAtOpening(f *Opened, by By) []Entry {
	var out []Entry
	if by.Person != "" {
		out = append(out, Entry{Fact: &Asked{Person: by.Person, Why: "manager", Role: Manager}, By: matoi})
	} else if len(p.OnCall) > 0 {
		out = append(out, Entry{Fact: &Asked{Person: p.OnCall[0], Why: "manager", Role: Manager}, By: matoi})
	}
	if f.Priority == P1 {
		out = append(out, p.major(by.Person)...)
	}
	return out
}

var matoi = new(PersonID) // Matoi itself as the actor of an entry

func (p Policy) major(not PersonID) []Entry {
	for _, m := range p.Managers {
		if m != not {
			return []Entry{{Fact: &Escalated{How: "hierarchical", Person: m, Reason: "major"}, By: matoi}, {Fact: &Asked{Person: m, Why: "escalation"}, By: matoi}}
		}
	}
	return nil
}

// judge resolves levels and priority; a priority given with an unknown level is provisional.
func (p Policy) judge(impact, urgency string, given Priority) (i, u string, out Priority, provisional bool, refusal *Refusal) {
	i, u = p.Matrix.Level(p.Matrix.Impacts, impact), p.Matrix.Level(p.Matrix.Urgencies, urgency)
	if i == "" {
		return "", "", 0, false, refuse("impact_unknown", "Given", impact, "Known", ids(p.Matrix.Impacts))
	}
	if u == "" {
		return "", "", 0, false, refuse("urgency_unknown", "Given", urgency, "Known", ids(p.Matrix.Urgencies))
	}
	out, provisional, _ = p.Matrix.Priority(i, u)
	if given != 0 {
		out = given
	}
	return i, u, out, provisional, nil
}

func ids(levels []Level) string {
	var out []string
	for _, l := range levels {
		out = append(out, l.ID)
	}
	return strings.Join(append(out, Unknown), ", ")
}

func (p Policy) restoreFrom(happened Moment, detected, reported, now time.Time) time.Time {
	from := happened.At
	if p.RestoreFrom == "reported" && !reported.IsZero() {
		from = reported
	}
	for _, t := range []time.Time{detected, reported, now} {
		if from.IsZero() {
			from = t
		}
	}
	return from
}

func (p Policy) service(name string) (ServiceOf, bool) {
	for _, s := range p.Services {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return ServiceOf{}, false
}

func (p Policy) linksOf(services []string) []Link {
	var out []Link
	for _, name := range services {
		s, ok := p.service(name)
		if ok && s.Runbook != "" {
			out = append(out, Link{Kind: "runbook", URL: s.Runbook, Title: s.Name})
		}
		if ok && s.Dashboard != "" {
			out = append(out, Link{Kind: "dashboard", URL: s.Dashboard, Title: s.Name})
		}
	}
	return out
}

func (p Policy) teamOf(category string, services []string) string {
	for _, c := range p.Categories {
		if c.Team != "" && (strings.EqualFold(c.ID, category) || c.JA == category || strings.EqualFold(c.EN, category)) {
			return c.Team
		}
	}
	for _, name := range services {
		if s, ok := p.service(name); ok && s.Team != "" {
			return s.Team
		}
	}
	return ""
}

// commands says whether person may do what only the incident manager of a P1 or P2 may.
func (i *Incident) commands(person PersonID) bool {
	return i.Priority > P2 || person != "" && person == i.Leads()
}

func (i *Incident) onlyManager() *Refusal {
	if i.Leads() == "" {
		return refuse("no_manager_yet", "Priority", i.Priority.String())
	}
	return refuse("only_manager", "Priority", i.Priority.String(), "Manager", i.Leads())
}

// senior says who may take a role over: the on-call and manager lists; everybody where neither is kept.
func (p Policy) senior(person PersonID) bool {
	if len(p.OnCall)+len(p.Managers) == 0 {
		return person != ""
	}
	return slices.Contains(p.OnCall, person) || slices.Contains(p.Managers, person)
}

// Decide answers a command on an existing incident with the facts it makes true. No facts and no refusal
// means that it is already so and says nothing new (a second 📌, a tick with nothing due).
func (p Policy) Decide(i *Incident, cmd Command, by By, now time.Time) ([]Entry, *Refusal) {
	switch cmd.(type) {
	case Tick:
		return p.tick(i, now), nil
	case MeetAlerts, ReceiveRoom, FailDelivery:
		return p.decideMachine(i, cmd)
	}
	if i.Status == StatusMerged {
		switch cmd.(type) {
		case Note, Revise, Undo, Enter, Leave, Speak, AddLink:
		default:
			return no("merged", "Into", i.Into.String())
		}
	}
	entries, refusal, known := p.decideLife(i, cmd, by, now)
	if !known {
		entries, refusal, known = p.decidePeople(i, cmd, by, now)
	}
	if !known {
		entries, refusal, known = p.decideWork(i, cmd, by, now)
	}
	if !known {
		entries, refusal = p.decideSettings(i, cmd, by, now)
	}
	return entries, refusal
}

func (p Policy) decideMachine(i *Incident, cmd Command) ([]Entry, *Refusal) {
	switch c := cmd.(type) {
	case MeetAlerts:
		if len(c.Attached)+len(c.Refired)+len(c.Cleared) == 0 && c.More == 0 {
			return nil, nil
		}
		return just(&AlertsMet{Attached: c.Attached, Refired: c.Refired, Cleared: c.Cleared, More: c.More, Total: c.Total, Firing: c.Firing})
	case ReceiveRoom:
		if r, ok := i.Room(c.Room.Realm); ok && r == c.Room {
			return nil, nil
		}
		return just(&RoomOpened{Room: c.Room})
	case FailDelivery:
		return just(&DeliveryFailed{Effect: c.Effect, Realm: c.Realm, Why: c.Why})
	}
	return nil, nil
}

// decideSettings sets one thing each; what is already so is said, not recorded twice.
func (p Policy) decideSettings(i *Incident, cmd Command, by By, now time.Time) ([]Entry, *Refusal) {
	if r := tooLong(cmd); r != nil {
		return nil, r
	}
	switch c := cmd.(type) {
	case SetTitle:
		if t := strings.TrimSpace(c.Title); t == "" {
			return no("title_needed")
		} else if utf8.RuneCountInString(t) > MaxTitle {
			return no("title_long", "Max", MaxTitle)
		}
		return just(&Titled{Title: strings.TrimSpace(c.Title)})
	case SetSummary:
		return needText(c.Text, &Summarised{Text: c.Text})
	case SetCategory:
		if c.Category == "" {
			return no("category_needed")
		}
		return just(&Categorised{Category: c.Category, Team: p.teamOf(c.Category, nil)})
	case SetServices:
		list := c.Services
		if c.Add {
			list = append(slices.Clone(i.Services), list...)
		}
		list = slices.Compact(list)
		if len(list) == 0 {
			return no("service_needed")
		}
		return just(&ServicesNamed{Services: list})
	case SetTeam:
		return needText(c.Team, &Teamed{Team: c.Team})
	case Assign:
		if c.Person == i.Assignee {
			return no("already_so")
		}
		return just(&Assigned{Person: c.Person})
	case SetOccurred:
		if c.Happened.At.After(now.Add(time.Minute)) {
			return no("future", "At", c.Happened.At)
		}
		f := &OccurrenceSet{Happened: c.Happened}
		if p.RestoreFrom != "reported" || i.Reported.IsZero() {
			f.Restore = c.Happened.At
		}
		return just(f)
	case RecordWorkaround:
		return needText(c.Text, &WorkaroundRecorded{Text: c.Text})
	case RecordFix:
		return needText(c.Text, &FixRecorded{Text: c.Text})
	case RecordCause:
		return needText(c.Direct+c.Root, &CauseRecorded{Direct: c.Direct, Root: c.Root})
	case RecordImpact:
		return needText(c.Text, &ImpactRecorded{Text: c.Text})
	case AddMeasure:
		return p.addMeasure(c, now)
	case AddReporter:
		return just(&ReporterAdded{Reporter: c.Reporter})
	case AddLink:
		if c.Link.To == i.Number {
			return no("link_self")
		}
		for _, l := range i.Links {
			if l.To == c.Link.To && l.URL == c.Link.URL {
				return no("already_so")
			}
		}
		return just(&Linked{Link: c.Link})
	case SetAccess:
		return i.setAccess(c, by)
	case IssueReport:
		return just(&ReportIssued{Version: i.Report.Version + 1})
	}
	return no("unknown_command")
}

func (i *Incident) setAccess(c SetAccess, by By) ([]Entry, *Refusal) {
	if i.Private && !MaySee(i, Viewer{Person: by.Person}) {
		return no("not_found")
	}
	members := append(slices.Clone(i.Members), c.Add...)
	if c.Private && !i.Private {
		members = append(members, by.Person)
	}
	slices.Sort(members)
	members = slices.DeleteFunc(slices.Compact(members), func(m PersonID) bool { return slices.Contains(c.Remove, m) || m == "" })
	if c.Private == i.Private && slices.Equal(members, i.Members) {
		return no("already_so")
	}
	return just(&AccessSet{Private: c.Private, Members: members})
}

func (p Policy) addMeasure(c AddMeasure, now time.Time) ([]Entry, *Refusal) {
	m := c.Measure
	m.At = now
	if strings.TrimSpace(m.Text) == "" {
		return no("text_needed")
	}
	for _, vague := range []string{"注意する", "気をつける", "気を付ける", "注意喚起", "be careful", "pay attention", "be more careful", "take care"} {
		if rest := strings.ReplaceAll(strings.ToLower(m.Text), vague, ""); rest != strings.ToLower(m.Text) && utf8.RuneCountInString(strings.TrimSpace(rest)) < 12 {
			return no("measure_vague", "Text", m.Text)
		}
	}
	if m.Owner == "" || m.Due == "" {
		return no("measure_incomplete")
	}
	return just(&MeasureAdded{Measure: m})
}

func needText(text string, f Fact) ([]Entry, *Refusal) {
	if strings.TrimSpace(text) == "" {
		return no("text_needed")
	}
	return just(f)
}

// tooLong refuses texts past MaxText in whatever command carries them.
func tooLong(cmd Command) *Refusal {
	texts := []string{}
	switch c := cmd.(type) {
	case Note:
		texts = append(texts, c.Text)
	case Revise:
		texts = append(texts, c.Text)
	case AnnounceDeed:
		texts = append(texts, c.Text)
	case CloseDeed:
		texts = append(texts, c.Result)
	case Publish:
		texts = append(texts, c.Text)
	case SetSummary:
		texts = append(texts, c.Text)
	case RecordWorkaround:
		texts = append(texts, c.Text)
	case RecordFix:
		texts = append(texts, c.Text)
	case RecordCause:
		texts = append(texts, c.Direct, c.Root)
	case RecordImpact:
		texts = append(texts, c.Text)
	case AddTask:
		texts = append(texts, c.Text)
	case FinishTask:
		texts = append(texts, c.Result)
	case Resolve:
		texts = append(texts, c.Text)
	case SetStatus:
		texts = append(texts, c.Text)
	}
	for _, t := range texts {
		if utf8.RuneCountInString(t) > MaxText {
			return refuse("text_long", "Max", MaxText)
		}
	}
	return nil
}
