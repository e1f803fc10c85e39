package incident

import (
	"slices"
	"strings"
	"time"
)

// decideWork decides entries, deeds, tasks, updates and escalations.
func (p Policy) decideWork(i *Incident, cmd Command, by By, now time.Time) (out []Entry, r *Refusal, known bool) {
	switch c := cmd.(type) {
	case Note:
		out, r = i.note(c, by, now)
	case Revise:
		out, r = i.revise(c, by)
	case AnnounceDeed:
		out, r = i.announce(c, by)
	case CloseDeed:
		out, r = i.closeDeed(c, by)
	case AddTask:
		if strings.TrimSpace(c.Text) == "" {
			return nil, refuse("text_needed"), true
		}
		out, r = just(&TaskAdded{ID: len(i.Tasks) + 1, Text: c.Text, Owner: c.Owner})
	case ClaimTask, FinishTask, DropTask:
		out, r = i.moveTask(cmd, by)
	case Publish:
		out, r = p.publish(i, c, now)
	case Escalate:
		out, r = p.escalate(i, c, by, now)
	default:
		return nil, nil, false
	}
	return out, r, true
}

var sorts = []string{"note", "finding", "theory", "decision", "action"}

// SeenBySender is the sort of a note that says who acknowledged an alert in the system that sent it. The room is not told: that system has.
const SeenBySender = "acknowledged"

func (i *Incident) note(c Note, by By, now time.Time) ([]Entry, *Refusal) {
	if c.Sort == "" {
		c.Sort = "note"
	}
	if !slices.Contains(sorts, c.Sort) && (c.Sort != SeenBySender || by.hand() != "") {
		return no("sort_unknown", "Given", c.Sort)
	}
	if c.Message != nil {
		if _, pinned := i.Pins[PinKey(c.Message.Place)]; pinned {
			return nil, nil // a second 📌 changes nothing
		}
		if c.Happened.IsZero() {
			c.Happened = Moment{At: notAfter(c.Message.At, now)}
		}
	}
	if strings.TrimSpace(c.Text) == "" && (c.Message == nil || len(c.Message.Files) == 0) {
		return no("text_needed")
	}
	if c.Happened.At.After(now.Add(time.Minute)) {
		return no("future", "At", c.Happened.At)
	}
	e := Entry{Fact: &Noted{Sort: c.Sort, Text: c.Text, Message: c.Message}, Occurred: said(c.Happened, now)}
	if c.Message != nil && c.Message.Author != "" && c.Message.Author != by.Person {
		e.By, e.Recorder = &c.Message.Author, by.hand() // the author's words, written down by whoever pinned them
	}
	return []Entry{e}, nil
}

// revise: an edited or deleted chat message becomes a revision; a 📌 is taken back by whoever gave it only.
func (i *Incident) revise(c Revise, by By) ([]Entry, *Refusal) {
	seq := c.Seq
	if c.Message != nil {
		pin, ok := i.Pins[PinKey(*c.Message)]
		if !ok || c.Why == "unpinned" && pin.By != by.Person {
			return nil, nil
		}
		seq = pin.Seq
	} else if seq < 1 || seq > i.Version {
		return no("entry_unknown", "Seq", seq)
	}
	if c.Why == "" {
		c.Why = "corrected"
	}
	if c.Why == "corrected" && strings.TrimSpace(c.Text) == "" {
		return no("text_needed")
	}
	return just(&Revised{Seq: seq, Text: c.Text, Why: c.Why})
}

func (i *Incident) announce(c AnnounceDeed, by By) ([]Entry, *Refusal) {
	if strings.TrimSpace(c.Text) == "" {
		return no("text_needed")
	}
	f := &DeedAnnounced{Text: c.Text}
	for _, d := range i.Deeds {
		if d.Person != by.Person {
			f.Clash = d.Seq // two hands on production at once: everybody is warned
		}
	}
	return just(f)
}

func (i *Incident) closeDeed(c CloseDeed, by By) ([]Entry, *Refusal) {
	for _, d := range slices.Backward(i.Deeds) {
		if c.Seq == d.Seq || c.Seq == 0 && d.Person == by.Person {
			return just(&DeedClosed{Seq: d.Seq, Result: c.Result})
		}
	}
	return no("no_deed")
}

func (i *Incident) moveTask(cmd Command, by By) ([]Entry, *Refusal) {
	var id int
	switch c := cmd.(type) {
	case ClaimTask:
		id = c.ID
	case FinishTask:
		id = c.ID
	case DropTask:
		id = c.ID
	}
	at := slices.IndexFunc(i.Tasks, func(t Task) bool { return t.ID == id })
	if at < 0 {
		return no("task_unknown", "ID", id)
	}
	t := i.Tasks[at]
	switch c := cmd.(type) {
	case ClaimTask:
		person := c.Person
		if person == "" {
			person = by.Person
		}
		if t.State == "done" || t.State == "claimed" && t.Owner == person {
			return no("already_so")
		}
		if t.State == "claimed" && person == by.Person {
			return no("task_taken", "ID", id, "Owner", t.Owner)
		}
		return just(&TaskClaimed{ID: id, Person: person})
	case FinishTask:
		if t.State == "done" {
			return no("already_so")
		}
		return just(&TaskDone{ID: id, Result: c.Result})
	case DropTask:
		if t.State == "dropped" {
			return no("already_so")
		}
		return just(&TaskDropped{ID: id, Reason: c.Reason})
	}
	return nil, nil
}

// publish: what a person promised is the next deadline, else the cadence of the priority.
func (p Policy) publish(i *Incident, c Publish, now time.Time) ([]Entry, *Refusal) {
	if strings.TrimSpace(c.Text) == "" {
		return no("text_needed")
	}
	if !c.Next.IsZero() && !c.Next.After(now) {
		return no("past", "At", c.Next)
	}
	f := &Published{Sort: c.Sort, Audience: c.Audience, Text: c.Text, Next: c.Next, Promised: !c.Next.IsZero()}
	if f.Audience == "" {
		f.Audience = "stakeholders"
	}
	if f.Sort == "" {
		f.Sort = i.nextSort(f.Audience)
	}
	if every := i.every(); f.Next.IsZero() && !every.IsZero() && i.Open() {
		f.Next = every.From(i.hours(), now)
	}
	return just(f)
}

// nextSort: customers and whoever is inside each have their first notice, and hear each once that it is restored.
func (i *Incident) nextSort(audience string) string {
	switch last := i.heard(audience == "customers"); {
	case !i.Open():
		return "final"
	case last.IsZero():
		return "first"
	case !i.Restored.IsZero() && last.Before(i.Restored.At):
		return "restored"
	}
	return "update"
}

func (p Policy) escalate(i *Incident, c Escalate, by By, now time.Time) ([]Entry, *Refusal) {
	if i.Over() {
		return no("over", "Status", string(i.Status))
	}
	f := &Escalated{How: c.How, Person: c.Person, To: c.To, Reason: c.Reason}
	switch c.How {
	case "policy":
		return p.escalateTo(i, c, by, now)
	case "functional":
		f.Line = min(max(i.Line, 1)+1, 3)
	case "hierarchical":
		if f.Person == "" {
			f.Person = p.above(i, by)
		}
		if f.Person == "" && f.To == "" {
			return no("nobody_to_escalate_to")
		}
	default:
		return no("escalation_unknown", "Given", c.How)
	}
	out := []Entry{{Fact: f}}
	if f.Person != "" {
		out = append(out, Entry{Fact: &Asked{Person: f.Person, Why: "escalation", Text: c.Reason}})
	}
	return out, nil
}

// above is to whom an escalation goes: the next manager to ask, else the first who has answered before. Nobody
// escalates to themself.
func (p Policy) above(i *Incident, by By) PersonID {
	if next := p.next(i, "escalation", by.Person); next != "" {
		return next
	}
	for _, m := range p.Managers {
		if r, _ := i.Responder(m); m != by.Person && r.State != "declined" && !slices.Contains(i.Recused, m) {
			return m
		}
	}
	return ""
}
