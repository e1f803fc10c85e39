package bot

import (
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// post tells the room about an entry: one line with who did it, and buttons where the entry is a question.
func (v View) post(i *incident.Incident, e incident.Event) Message {
	m := Message{Text: v.signed(i, e), Pings: pings(e)}
	n := i.Number
	b := func(id, command string) Button { return v.button(n, lang.Text(v.Lang, id, nil), command) }
	// a question stands below the line it belongs to; without words of its own the line is the card.
	ask := func(tone Tone, question string, buttons ...Button) Message {
		c := &Card{Tone: tone, Buttons: buttons, Question: true}
		c.Buttons[0].Style = "primary"
		if question == "" {
			line, _, _ := strings.Cut(v.bare(i, e), "\n")
			if mentioned.MatchString(line) { // which titles cannot show
				c.Text = Escape(line)
			} else {
				c.Title = plain(line)
			}
			return Message{Card: c, Pings: m.Pings}
		}
		c.Text = lang.Text(v.Lang, question, nil)
		return Message{Text: m.Text, Card: c, Pings: m.Pings}
	}
	switch f := e.Fact.(type) {
	case *incident.StatusChanged:
		if f.To == incident.Mitigated && i.Status == incident.Mitigated && i.Restored.IsZero() {
			return ask(Calm, "card.ask_restored", b("card.button_usable", "restored"), b("card.button_partly", "mitigate --restored partly"))
		}
	case *incident.AlertsMet:
		if f.Firing == 0 && i.Open() {
			if i.Alerts.Ending.Tell || i.Alerts.Firing > 0 || !i.Alerts.Quiet.Equal(e.At) { // else it is over since, or asked already
				return m
			}
			m := ask(Calm, "card.ask_resolve", v.form(n, v.text("card.button_resolve"), "resolve"), v.form(n, v.text("card.button_restored"), "restored"))
			m.Passes = true
			if at := i.EndsAt(); !at.IsZero() {
				m.Card.Text = v.text("card.ends_at", "Time", v.when(at))
			}
			return m
		}
		if len(f.Refired) > 0 && !i.Open() {
			return ask(Warning, "card.ask_reopen", b("card.button_reopen", "reopen"))
		}
	case *incident.Resolved:
		if i.Status == incident.StatusResolved && i.Priority <= incident.P2 {
			return ask(Done, "card.ask_close", v.form(n, v.text("card.button_close"), "close"), b("card.button_notfixed", "reopen --never"))
		}
	case *incident.Confirmed:
		if !f.Fixed && !i.Open() {
			return ask(Warning, "card.ask_reopen", b("card.button_reopen", "reopen --never"))
		}
	case *incident.TargetMissed:
		if c := i.Clock(f.Clock); c.Running() {
			return ask(Burning, "", v.dueButton(i, f.Clock))
		}
	case *incident.Reminded:
		if c := i.Clock(f.Clock); c.Running() {
			return ask(Warning, "", v.dueButton(i, f.Clock))
		}
	case *incident.Called:
		if (f.Room || f.To != "") && i.AsksAnybody(f) {
			return ask(Burning, "", b("card.button_ack", "ack"))
		}
	case *incident.Cancelled, *incident.MergedInto:
		return ask(Done, "card.ask_undo", b("card.button_undo", "undo"))
	}
	return m
}

// bare is the entry's own text with its time where that differs, not escaped.
func (v View) bare(i *incident.Incident, e incident.Event) string {
	line := sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now, policy: v.Policy}.shown(e)
	if _, restored := e.Fact.(*incident.RestorationDeclared); !e.Occurred.IsZero() && !restored {
		line = v.moment(e.Occurred) + " " + line
	}
	return line
}

// postMax bounds one post, in characters; the timeline keeps the whole text.
const postMax = 3000

// signed is the entry with who did it and who wrote it down.
func (v View) signed(i *incident.Incident, e incident.Event) string {
	line := Escape(cutRunes(v.bare(i, e), postMax))
	switch {
	case e.By == "":
	case e.Recorder != "" && e.Recorder != e.By:
		line += v.text("card.signed_recorded", "Person", Escape(v.Names(e.By)), "Recorder", Escape(v.Names(e.Recorder)))
	case !strings.Contains(line, Escape(v.Names(e.By))):
		line += v.text("card.signed", "Person", Escape(v.Names(e.By)))
	}
	return line
}

// pings lists whom an entry in the room may wake: those it concerns, never those it merely names.
func pings(e incident.Event) []incident.PersonID {
	var p incident.PersonID
	switch f := e.Fact.(type) {
	case *incident.Called:
		return f.People
	case *incident.Asked:
		p = f.Person
	case *incident.RoleTaken:
		p = f.Person
	case *incident.HandoverOffered:
		p = f.To
	case *incident.TakenOver:
		p = f.From
	case *incident.Assigned:
		p = f.Person
	}
	if p == "" || p == e.By {
		return nil
	}
	return []incident.PersonID{p}
}

func itoa(n int) string { return strconv.Itoa(n) }
