package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

func audiences() map[string]string {
	return map[string]string{
		"responders": "report.audience_responders", "stakeholders": "report.audience_stakeholders",
		"executives": "report.audience_executives", "reporters": "report.audience_reporters", "support": "report.audience_support",
		"pr": "report.audience_pr", "customers": "report.audience_customers",
	}
}

func updateNames() map[string]string {
	return map[string]string{"first": "report.update_first", "update": "report.update_update", "restored": "report.update_restored", "final": "report.update_final"}
}

// term is a time in which somebody held a role. A zero Until is up to now.
type term struct {
	role        incident.RoleID
	person      incident.PersonID
	stream      string
	since, till time.Time
	acting      bool
}

// people is item 12: who held which role, who else worked on it, who reported it and who was told.
func (b *builder) people() []Block {
	var out []Block
	terms := b.terms()
	if len(terms) > 0 {
		t := &Table{Head: []string{b.say("report.col_role", nil), b.say("report.col_name", nil), b.say("report.col_period", nil)}}
		for _, m := range terms {
			role := b.streamed(m.role, m.stream)
			if m.acting {
				role = b.say("report.acting", lang.Args{"Role": role})
			}
			till := m.till
			if till.IsZero() && b.i.Over() {
				till = b.i.Closed
			}
			t.Rows = append(t.Rows, []string{role, b.member(m.person), b.period(incident.Moment{At: m.since}, incident.Moment{At: till})})
		}
		out = append(out, Block{Table: t})
	}
	if pairs := b.others(terms); len(pairs) > 0 {
		out = append(out, Block{Pairs: pairs})
	}
	if t := b.told(); t != nil {
		out = append(out, Block{Label: b.say("report.told", nil), Table: t})
	}
	if len(out) == 0 {
		return []Block{lines(b.say("report.nobody", nil))}
	}
	return out
}

// terms follows the roles through the record, so that those who handed over stay named.
func (b *builder) terms() []term {
	var out []term
	end := func(role incident.RoleID, person incident.PersonID, at time.Time) {
		for k := range out {
			if t := &out[k]; t.role == role && t.person == person && t.till.IsZero() {
				t.till = at
			}
		}
	}
	begin := func(role incident.RoleID, person incident.PersonID, stream string, at time.Time) {
		for k := range out {
			if t := &out[k]; t.till.IsZero() && t.role == role && (t.acting || t.person == person) {
				t.till = at
				if t.person == person && !t.acting {
					t.till = time.Time{} // holds it already
					return
				}
			}
		}
		out = append(out, term{role: role, person: person, stream: stream, since: at})
	}
	for _, e := range b.Entries {
		switch f := e.Fact.(type) {
		case *incident.RoleTaken:
			end(f.Role, f.From, e.At)
			begin(f.Role, f.Person, f.Stream, e.At)
		case *incident.RoleLeft:
			end(f.Role, f.Person, e.At)
		case *incident.HandoverAnswered:
			if f.Answer == "accepted" {
				end(f.Role, f.From, e.At)
				begin(f.Role, f.To, "", e.At)
			}
		case *incident.TakenOver:
			end(f.Role, f.From, e.At)
			begin(f.Role, f.To, "", e.At)
		case *incident.ActingBegan:
			out = append(out, term{role: incident.Manager, person: f.Person, since: e.At, acting: true})
		case *incident.Declined:
			end(incident.Manager, f.Person, e.At)
		}
	}
	return byRole(out)
}

// byRole keeps those who held the same role together, in the order of time.
func byRole(terms []term) []term {
	first := func(t term) int { return slices.IndexFunc(terms, func(o term) bool { return o.role == t.role }) }
	out := slices.Clone(terms)
	slices.SortStableFunc(out, func(x, y term) int { return cmp.Compare(first(x), first(y)) })
	return out
}

// others names everybody else: queue, assignee, who acknowledged or did something, reporters, whom it was escalated to.
func (b *builder) others(terms []term) []Pair {
	i := b.i
	pairs := add(nil, b.say("report.team", nil), b.plain(i.Team))
	if i.Assignee != "" {
		pairs = add(pairs, b.say("report.assignee", nil), b.member(i.Assignee))
	}
	listed := map[incident.PersonID]bool{"": true, i.Assignee: true}
	for _, t := range terms {
		listed[t.person] = true
	}
	var reporters []string
	for _, r := range i.Reporters {
		reporters = append(reporters, b.reporter(r))
		listed[r.Person] = true
	}
	var responders []string
	respond := func(p incident.PersonID) {
		if !listed[p] {
			listed[p] = true
			responders = append(responders, b.member(p))
		}
	}
	for _, e := range b.Entries {
		for _, p := range doers(e) {
			respond(p)
		}
	}
	pairs = add(pairs, b.say("report.responders", nil), b.list(responders))
	pairs = add(pairs, b.say("report.reporters", nil), b.list(reporters))
	return add(pairs, b.say("report.escalated_to", nil), b.list(b.escalations()))
}

// doers are the people an entry shows at work. Being in the room, asked or unable to come is not work.
func doers(e incident.Event) []incident.PersonID {
	switch f := e.Fact.(type) {
	case *incident.Joined, *incident.Left, *incident.Asked, *incident.Declined, *incident.Spoke, *incident.RoomOpened, *incident.Confirmed, *incident.Revised:
		return nil
	case *incident.TaskClaimed:
		return []incident.PersonID{e.By, f.Person}
	case *incident.Noted:
		if f.Message != nil {
			return []incident.PersonID{e.By, f.Message.Author}
		}
	}
	return []incident.PersonID{e.By, e.Recorder}
}

func (b *builder) reporter(r incident.Reporter) string {
	contact := oneLine(b.plain(r.Contact))
	switch {
	case r.Person == "":
		return contact
	case contact == "":
		return b.member(r.Person)
	}
	return b.say("report.member", lang.Args{"Name": b.name(r.Person), "Department": contact})
}

func (b *builder) escalations() (out []string) {
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.Escalated); ok {
			to := b.escalatedTo(f)
			if to == "" {
				to = b.say("report.line", lang.Args{"Line": f.Line})
			}
			if !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	}
	return out
}

// told lists, per audience, which updates went out and when.
func (b *builder) told() *Table {
	var order []string
	sent := map[string][]string{}
	for _, e := range b.Entries {
		f, ok := e.Fact.(*incident.Published)
		if !ok {
			continue
		}
		if !slices.Contains(order, f.Audience) {
			order = append(order, f.Audience)
		}
		sent[f.Audience] = append(sent[f.Audience], b.say("report.update_at", lang.Args{"Kind": b.word(updateNames(), f.Sort), "When": b.stamp(e.At)}))
	}
	if len(order) == 0 {
		return nil
	}
	t := &Table{Head: []string{b.say("report.col_audience", nil), b.say("report.col_updates", nil)}}
	for _, a := range order {
		t.Rows = append(t.Rows, []string{b.word(audiences(), a), strings.Join(sent[a], "\n")})
	}
	return t
}
