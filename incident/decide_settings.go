package incident

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// decideSettings sets one thing each; what is already so is said, not recorded twice.
func (p Policy) decideSettings(i *Incident, cmd Command, by By, now time.Time) ([]Entry, *Refusal) {
	switch c := cmd.(type) {
	case SetTitle:
		return i.setTitle(strings.TrimSpace(c.Title))
	case SetLanguage:
		if c.Lang == i.Lang {
			return no("already_so")
		}
		return just(&LanguageChosen{Lang: c.Lang})
	case SetSummary:
		return needText(c.Text, i.Summary, &Summarised{Text: c.Text})
	case SetCategory:
		if c.Category == "" {
			return no("category_needed")
		}
		out, refusal := needText(c.Category, i.Category, &Categorised{Category: c.Category, Team: p.teamOf(c.Category, nil)})
		if refusal == nil {
			after := i.Clone()
			after.Category = c.Category
			out = append(out, p.follow(after, "category", now)...)
		}
		return out, refusal
	case SetServices:
		return p.setServices(i, c, now)
	case SetTeam:
		return needText(c.Team, i.Team, &Teamed{Team: c.Team})
	case Assign:
		if c.Person == i.Assignee {
			return no("already_so")
		}
		return just(&Assigned{Person: c.Person})
	case SetOccurred:
		return p.setOccurred(i, c, now)
	case RecordWorkaround:
		return needText(c.Text, i.Workaround, &WorkaroundRecorded{Text: c.Text})
	case RecordFix:
		return needText(c.Text, i.Fix, &FixRecorded{Text: c.Text})
	case RecordCause:
		return needText(c.Direct+c.Root, "", &CauseRecorded{Direct: c.Direct, Root: c.Root})
	case RecordImpact:
		return needText(c.Text, i.ImpactText, &ImpactRecorded{Text: c.Text})
	case AddReporter:
		switch r := c.Reporter; {
		case r.Person == "" && strings.TrimSpace(r.Contact) == "":
			return no("person_needed")
		case i.knows(r):
			return no("already_so")
		}
		return just(&ReporterAdded{Reporter: c.Reporter})
	case AddLink:
		return i.addLink(c.Link)
	case SetAccess:
		return i.setAccess(c, by)
	case IssueReport:
		return just(&ReportIssued{Version: i.Report.Version + 1})
	}
	return no("unknown_command")
}

func (i *Incident) setTitle(title string) ([]Entry, *Refusal) {
	switch {
	case title == "":
		return no("title_needed")
	case utf8.RuneCountInString(title) > MaxTitle:
		return no("title_long", "Max", MaxTitle)
	}
	return needText(title, i.Title, &Titled{Title: title})
}

// setServices brings the runbooks and dashboards of what is newly named along.
func (p Policy) setServices(i *Incident, c SetServices, now time.Time) ([]Entry, *Refusal) {
	list := p.canonical(c.Services)
	if c.Add {
		list = distinct(slices.Concat(i.Services, list))
	}
	switch {
	case len(list) == 0:
		return no("service_needed")
	case slices.Equal(list, i.Services):
		return no("already_so")
	}
	out := []Entry{{Fact: &ServicesNamed{Services: list}}}
	for _, link := range p.linksOf(list) {
		if !i.linked(link) {
			out = append(out, Entry{Fact: &Linked{Link: link}, By: matoi})
		}
	}
	after := i.Clone()
	after.Services = list
	return append(out, p.follow(after, "service", now)...), nil
}

func (p Policy) setOccurred(i *Incident, c SetOccurred, now time.Time) ([]Entry, *Refusal) {
	at := c.Happened.At
	switch {
	case at.IsZero():
		return no("text_needed")
	case at.After(now.Add(time.Minute)):
		return no("future", "At", at)
	case !i.Restored.IsZero() && at.After(i.Restored.At):
		return no("restored_before_occurred", "Occurred", at)
	case at.Equal(i.Occurred.At) && c.Happened.Approx == i.Occurred.Approx:
		return no("already_so")
	}
	f := &OccurrenceSet{Happened: c.Happened}
	if p.RestoreFrom != "reported" || i.Reported.IsZero() {
		f.Restore = at
	}
	return just(f)
}

func (i *Incident) addLink(l Link) ([]Entry, *Refusal) {
	switch {
	case l.To == 0 && strings.TrimSpace(l.URL) == "":
		return no("text_needed")
	case l.To == i.Number:
		return no("link_self")
	case i.linked(l):
		return no("already_so")
	}
	return just(&Linked{Link: l})
}

func (i *Incident) linked(l Link) bool {
	return slices.ContainsFunc(i.Links, func(known Link) bool { return known.To == l.To && known.URL == l.URL })
}

// setAccess: whoever is taken out sees it no more, even if they were asked or had joined; who holds a role hands
// it over first.
// Who leads makes it public again, or whoever opened it.
func (i *Incident) setAccess(c SetAccess, by By) ([]Entry, *Refusal) {
	if leads := i.Leads(); i.Private && !c.Private && leads+i.Opener != "" && by.hand() != leads && by.hand() != i.Opener {
		return no("only_opener")
	}
	members := slices.Concat(i.Members, c.Add)
	if c.Private && !i.Private {
		members = append(members, by.Person)
	}
	slices.Sort(members)
	members = slices.DeleteFunc(slices.Compact(members), func(m PersonID) bool { return slices.Contains(c.Remove, m) || m == "" })
	var removed []PersonID
	for _, p := range c.Remove {
		for _, h := range i.Holders {
			if h.Person == p {
				return no("role_held", "Role", string(h.Role), "Holder", p)
			}
		}
		if p == i.Acting {
			return no("role_held", "Role", string(Manager), "Holder", p)
		}
		if slices.Contains(i.Insiders(), p) {
			removed = append(removed, p)
		}
	}
	if c.Private == i.Private && slices.Equal(members, i.Members) && len(removed) == 0 {
		return no("already_so")
	}
	return just(&AccessSet{Private: c.Private, Members: members, Removed: removed})
}
