package bot

import (
	"context"
	"fmt"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// called words a step of an escalation: why, whom it called, and whom it did not find.
func (s sayer) called(f *incident.Called) string {
	args := []any{"Why", s.trigger(f.Trigger), "People", s.everybody(f.People), "To", f.To, "Step", f.Step, "Of", f.Of, "Round", f.Round}
	var parts []string
	if len(f.People) > 0 {
		id := "fact.called"
		if f.Round > 1 {
			id = "fact.called_round"
		}
		parts = append(parts, s.text(id, args...))
	}
	if f.To != "" {
		parts = append(parts, s.text("fact.called_vendor", args...))
	}
	if f.Room && len(f.People) == 0 {
		parts = append(parts, s.text("fact.called_room", args...))
	}
	if len(parts) == 0 {
		parts = append(parts, s.text("fact.called_nobody", args...))
	}
	if len(f.Missing) > 0 {
		missing := make([]string, len(f.Missing))
		for n, word := range f.Missing {
			missing[n] = s.target(word)
		}
		parts = append(parts, s.text("fact.called_missing", "Targets", list(missing, s.l)))
	}
	if len(f.Asleep) > 0 {
		parts = append(parts, s.text("fact.called_asleep", "People", s.everybody(f.Asleep)))
	}
	if f.Slow && len(f.People) > 0 {
		parts = append(parts, s.text("fact.called_slow"))
	}
	return strings.Join(parts, s.text("bot.sentence"))
}

func (s sayer) everybody(people []incident.PersonID) string {
	names := make([]string, len(people))
	for n, id := range people {
		names[n] = s.names(id)
	}
	return list(names, s.l)
}

// trigger words why an escalation goes on, by incident.Trigger.Key.
func (s sayer) trigger(key string) string {
	t := incident.ParseTrigger(key)
	on := string(t.On)
	switch t.On {
	case incident.OnUnacknowledged, incident.OnUnanswered, incident.OnVacant, incident.OnSilent, incident.OnShare, incident.OnMissed, incident.OnRaised, incident.OnNoUpdate:
	default:
		on = string(incident.OnCommand)
	}
	args := []any{"Share", t.Share, "Priority", t.To.String()}
	if t.Clock != "" {
		args = append(args, "Clock", clockName(t.Clock, s.l))
	}
	if t.Role != "" {
		args = append(args, "Role", s.role(t.Role))
	}
	return s.text("call.on_"+on, args...)
}

// target words one that gave nobody, as the fact keeps it: "on_call:payments".
func (s sayer) target(word string) string {
	kind, name, _ := strings.Cut(word, ":")
	switch incident.TargetKind(kind) {
	case incident.ToPerson:
		return s.names(incident.PersonID(name))
	case incident.ToRole:
		return s.text("call.to_role", "Name", s.role(incident.RoleID(name)))
	case incident.ToOnCall:
		if name == "" {
			return s.text("call.to_duty")
		}
		return s.text("call.to_on_call", "Name", name)
	case incident.ToGroup:
		return s.text("call.to_group", "Name", name)
	case incident.ToManagers:
		return s.text("call.to_managers")
	}
	return s.text("call.to_next")
}

// paged words what became of a call over a way beside the chat.
func (s sayer) paged(f *incident.Paged) string {
	way := WayName(Way{Realm: RealmOf(f.Way)}, s.l)
	if f.State == PageFailed {
		return s.text("fact.paged_failed", "Person", s.names(f.Person), "Way", way, "Why", f.Why)
	}
	return s.text("fact.paged", "Person", s.names(f.Person), "Way", way)
}

// PolicyName is what an escalation is called.
func PolicyName(p incident.Policy, id string, l lang.Lang) string {
	e, ok := p.Escalation(id)
	switch {
	case ok && l == lang.JA && e.JA != "":
		return e.JA
	case ok && e.EN != "":
		return e.EN
	}
	return id
}

// calls are the lines of the card on whom escalations call now, and who is next when.
func (v View) calls(i *incident.Incident) []string {
	if len(i.Calls) == 0 {
		return nil
	}
	var out []string
	for _, a := range v.Policy.Ahead(i) {
		if a.Call != nil && a.Call.Step > 0 {
			out = append(out, v.ahead(i, a))
		}
	}
	return out[:min(len(out), 4)]
}

// ahead is where one escalation stands, and what it does next.
func (v View) ahead(i *incident.Incident, a incident.Ahead) string {
	s := sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now, policy: v.Policy}
	next := s.text("call.next_nobody")
	switch {
	case len(a.People) > 0:
		next = s.everybody(a.People)
	case a.Words != "":
		next = a.Words
	case a.Room:
		next = s.text("call.next_room")
	}
	args := []any{
		"Why", s.trigger(a.Trigger), "Name", PolicyName(v.Policy, a.Escalation, v.Lang), "Next", next, "At", v.when(a.At), "Step", a.Step, "Of", a.Of,
	}
	id := "call.begins"
	if c := a.Call; c != nil {
		args = append(args, "People", s.everybody(c.Waiting), "Now", c.Step, "All", c.Of, "By", s.names(c.By), "Until", v.when(c.Until))
		switch {
		case !c.Until.IsZero():
			id = "call.on_the_way"
		case len(c.Waiting) > 0:
			id = "call.calling"
		default:
			id = "call.goes_on"
		}
	}
	line := s.text(id, args...)
	if a.Waits {
		line += s.text("call.waits")
	}
	return Escape(line)
}

// escalation shows where the calls of an incident stand: who was called when and how, who answered what, who is next.
func (b *Bot) escalation(ctx context.Context, c *call) (Reply, error) {
	var lines []string
	for _, a := range c.policy.Ahead(c.inc) {
		lines = append(lines, "- "+c.view.ahead(c.inc, a))
	}
	if len(lines) == 0 {
		lines = append(lines, lang.Text(c.lang, "call.none", nil))
	}
	events, err := b.Store.Timeline(ctx, c.inc.Number, 0, timelineMax)
	if err != nil {
		return Reply{}, fmt.Errorf("read the calls of %s: %w", c.inc.Number, err)
	}
	var said []string
	for k, e := range events {
		if ofCalls(e) && (k == 0 || !saysAsked(events[k-1], e)) {
			said = append(said, "- "+c.view.when(e.At)+" "+c.view.say(e, c.inc))
		}
	}
	if len(said) > 0 {
		lines = append(lines, "", lang.Text(c.lang, "call.so_far", nil))
		lines = append(lines, said[max(0, len(said)-20):]...)
	}
	return Reply{Text: lang.Text(c.lang, "call.list", lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")}), Number: c.inc.Number}, nil
}

// ofCalls reports whether an entry tells of calls and answers. Who was asked by a step stands in the step.
func ofCalls(e incident.Event) bool {
	switch f := e.Fact.(type) {
	case *incident.Called, *incident.Paged, *incident.Escalated, *incident.Acknowledged, *incident.Declined, *incident.ETAGiven:
		return true
	case *incident.Asked:
		return f.Call == ""
	case *incident.DeliveryFailed:
		return f.Person != ""
	}
	return false
}

// saysAsked reports whether an entry asks whom the one before it escalated to: one line tells both.
func saysAsked(before, e incident.Event) bool {
	up, ok := before.Fact.(*incident.Escalated)
	f, asks := e.Fact.(*incident.Asked)
	return ok && asks && up.Person == f.Person && before.Seq+1 == e.Seq && before.At.Equal(e.At)
}

// policyOf is the escalation that is meant by "to NAME …", known or not, or by a target of that name; "" where none is.
func policyOf(c *call) string {
	if name := strings.TrimSpace(c.line.Flag("target")); name != "" {
		if e, ok := c.policy.Escalation(name); ok {
			return e.ID
		}
		return ""
	}
	word, rest := cutWord(c.line.Rest)
	if w := fold(word); w != "to" && w != "先" {
		return ""
	}
	name, reason := cutWord(rest)
	c.line.Rest = reason
	return name
}
