package bot

import (
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// inTongue is the one of two texts of the configuration that a reader reads; the other where that is empty.
func inTongue(l lang.Lang, ja, en, otherwise string) string {
	if l == lang.JA {
		ja, en = en, ja
	}
	switch {
	case en != "":
		return en
	case ja != "":
		return ja
	}
	return otherwise
}

// FurtherName is what a further clock is called.
func FurtherName(t *incident.FurtherTerms, l lang.Lang) string {
	return inTongue(l, t.JA, t.EN, t.Rule)
}

// FurtherNote is what is to be remembered of it: confirm with your counsel.
func FurtherNote(t *incident.FurtherTerms, l lang.Lang) string {
	return inTongue(l, t.NoteJA, t.NoteEN, "")
}

// StageName is what one of its stages is called.
func StageName(t *incident.StageTerms, l lang.Lang) string { return inTongue(l, t.JA, t.EN, t.ID) }

// clockName names a deadline: one of a further clock by its rule and stage, as the incident has them.
func (s sayer) clockName(k incident.ClockKind) string {
	if s.i == nil || !k.Further() {
		return clockName(k, s.l)
	}
	f, stage := s.i.FurtherStage(k)
	if f == nil {
		return strings.TrimPrefix(string(k), "further/")
	}
	return s.text("legal.clock", "Rule", FurtherName(&f.FurtherTerms, s.l), "Stage", StageName(&stage.StageTerms, s.l))
}

// DueDay words when a stage ends: an instant, or where days are counted the whole of the last of them, with the rule's zone
// where it is not the reader's.
func DueDay(t *incident.FurtherTerms, s *incident.StageTerms, l lang.Lang, now time.Time, zone *time.Location) string {
	if s.After.Days == 0 && s.After.Business == 0 {
		return lang.DateTime(l, s.Due, now, zone)
	}
	of, err := time.LoadLocation(t.Zone)
	if err != nil {
		of = time.UTC
	}
	args := lang.Args{"Day": lang.Day(l, s.Due.Add(-1), now, of), "Zone": of.String()}
	_, theirs := s.Due.In(of).Zone()
	if _, ours := s.Due.In(zone).Zone(); ours != theirs {
		return lang.Text(l, "legal.end_of_zone", args)
	}
	return lang.Text(l, "legal.end_of", args)
}

// PeriodName words how long a rule gives, and how it is counted.
func PeriodName(t *incident.FurtherTerms, p incident.Period, roll bool, l lang.Lang) string {
	var text string
	switch {
	case p.Days > 0:
		text = lang.Text(l, "legal.days", lang.Args{"N": p.Days})
	case p.Business > 0:
		text = lang.Text(l, "legal.business_days", lang.Args{"N": p.Business, "Hours": t.Hours})
	default:
		return lang.Text(l, "legal.wall", lang.Args{"Span": lang.Hours(l, p.Wall)})
	}
	if t.DayOne {
		text += lang.Text(l, "legal.day_one", nil)
	}
	if roll {
		text += lang.Text(l, "legal.roll", lang.Args{"Hours": t.Hours})
	}
	return text
}

// furthers words what is said of further clocks.
func (s sayer) furthers(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.FurtherBegan:
		return s.furtherBegan("fact.further_began", &f.Terms, f.Grounds)
	case *incident.FurtherCorrected:
		return s.furtherBegan("fact.further_corrected", &f.Terms, f.Grounds, "From", s.time(f.From))
	case *incident.FurtherFiled:
		line := s.text("fact.further_filed", "Clock", s.stages(f.Rule, []string{f.Stage}), "When", s.time(f.At), "Receipt", f.Receipt)
		if f.At.After(f.Due) {
			line = s.with(line, "fact.further_late", "By", lang.Span(s.l, f.At.Sub(f.Due)))
		}
		return s.with(s.with(line, "fact.because", "Reason", f.Reason), "fact.further_copy", "Link", f.Link)
	case *incident.FurtherExcused:
		return s.with(s.text("fact.further_excused", "Clock", s.stages(f.Rule, f.Stages)), "fact.because", "Reason", f.Why)
	case *incident.FurtherResumed:
		return s.with(s.text("fact.further_resumed", "Clock", s.stages(f.Rule, f.Stages)), "fact.because", "Reason", f.Why)
	}
	return ""
}

func (s sayer) furtherBegan(id string, t *incident.FurtherTerms, grounds string, kv ...any) string {
	var dues []string
	for n := range t.Deadlines {
		d := &t.Deadlines[n]
		dues = append(dues, s.text("fact.further_due", "Stage", StageName(d, s.l), "Due", DueDay(t, d, s.l, s.now, s.zone)))
	}
	line := s.text(id, append(kv, "Rule", FurtherName(t, s.l), "Since", s.time(t.Since), "Start", StartName(t.Start, s.l), "Dues", list(dues, s.l))...)
	return s.with(line, "fact.further_grounds", "Grounds", grounds)
}

// StartName words what starts a clock.
func StartName(start incident.Start, l lang.Lang) string {
	return words(l, "legal.start_", string(start))
}

// stages names stages of a rule: the rule alone where they are all of it.
func (s sayer) stages(rule string, ids []string) string {
	if s.i == nil || s.i.FurtherOf(rule) == nil {
		return rule
	}
	f := s.i.FurtherOf(rule)
	if len(ids) == len(f.Stages) && len(ids) > 1 {
		return FurtherName(&f.FurtherTerms, s.l)
	}
	var names []string
	for _, id := range ids {
		if stage := f.Stage(id); stage != nil {
			id = StageName(&stage.StageTerms, s.l)
		}
		names = append(names, id)
	}
	return s.text("legal.clock", "Rule", FurtherName(&f.FurtherTerms, s.l), "Stage", list(names, s.l))
}

// furtherReminded words a reminder of a stage, in the record.
func (s sayer) furtherReminded(k incident.ClockKind, step int, due time.Time) string {
	at := s.time(due)
	if s.i != nil {
		if f, stage := s.i.FurtherStage(k); f != nil && stage.Due.Equal(due) {
			at = DueDay(&f.FurtherTerms, &stage.StageTerms, s.l, s.now, s.zone)
		}
	}
	id := "fact.further_reminded"
	switch {
	case step == 100:
		id = "fact.further_missed"
	case step > 100:
		id = "fact.further_overdue"
	}
	return s.text(id, "Clock", s.clockName(k), "Due", at, "Ago", lang.Ago(s.l, s.now.Sub(due)))
}

// StageState words where a stage stands: due when, filed, or not required. It is plain text.
func (v View) StageState(f *incident.Further, s *incident.Stage) string {
	args := []any{"Stage", StageName(&s.StageTerms, v.Lang), "Due", DueDay(&f.FurtherTerms, &s.StageTerms, v.Lang, v.Now, v.Zone), "Ago", lang.Ago(v.Lang, v.Now.Sub(s.Due)), "Person", v.Names(s.By), "Why", unmention(s.Why, v.Names)}
	switch {
	case len(s.Filings) > 0:
		first := s.Filings[0]
		args = append(args, "When", v.when(first.At), "Receipt", unmention(first.Receipt, v.Names), "By", lang.Span(v.Lang, s.Late()), "Who", v.Names(first.By))
		if s.Late() > 0 {
			return v.text("legal.filed_late", args...)
		}
		return v.text("legal.filed", args...)
	case !s.Dropped.IsZero():
		return v.text("legal.excused", args...)
	case s.Due.After(v.Now):
		return v.text("legal.due", args...)
	}
	return v.text("legal.overdue", args...)
}

// FurtherState words since when a clock runs, who judged it and by which version of the rule. It is plain text.
func (v View) FurtherState(f *incident.Further) string {
	say := sayer{i: nil, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now}
	if f.Since.IsZero() {
		return v.text("legal.never", "Version", f.Version.String())
	}
	id := "legal.since"
	args := []any{"Start", StartName(f.Start, v.Lang), "Since", v.when(f.Since), "Version", f.Version.String(), "Person", v.Names(f.By), "Grounds", unmention(f.Grounds, v.Names)}
	if f.By != "" {
		id = "legal.since_by"
	}
	return say.with(v.text(id, args...), "fact.further_grounds", "Grounds", unmention(f.Grounds, v.Names))
}

// nextLegal are the stages that wait, the most pressing first: the card's field.
func (v View) nextLegal(i *incident.Incident) (lines []string, next time.Time) {
	type waits struct {
		f *incident.Further
		s *incident.Stage
	}
	var all []waits
	for n := range i.Further {
		for _, s := range i.Further[n].Waiting() {
			all = append(all, waits{&i.Further[n], s})
		}
	}
	slices.SortStableFunc(all, func(a, b waits) int { return a.s.Due.Compare(b.s.Due) })
	for _, w := range all {
		lines = append(lines, Escape(v.text("legal.field", "Rule", FurtherName(&w.f.FurtherTerms, v.Lang), "State", v.StageState(w.f, w.s))))
	}
	if len(all) > 0 {
		next = all[0].s.Due
	}
	return lines, next
}

// tellFurther words what a person is told in private of a further clock; further is false where an entry speaks of none. It is
// told also to those whom the rule names and who may not see the incident.
func (v View) tellFurther(i *incident.Incident, e incident.Event, to incident.PersonID) (m Message, ok, further bool) {
	rule := ""
	switch f := e.Fact.(type) {
	case *incident.FurtherBegan:
		rule = f.Terms.Rule
	case *incident.FurtherCorrected:
		rule = f.Terms.Rule
	case *incident.Reminded, *incident.TargetMissed:
		if k, _ := i.FurtherStage(incident.Clocked(e.Fact)); k != nil {
			rule = k.Rule
		}
		if rule == "" {
			return Message{}, false, incident.Clocked(e.Fact).Further()
		}
	default:
		return Message{}, false, false
	}
	of := i.FurtherOf(rule)
	if of == nil || !incident.MaySee(i, incident.Viewer{Person: to}) && !slices.Contains(of.People, to) {
		return Message{}, false, true
	}
	if incident.Clocked(e.Fact) != "" {
		m, ok = v.remindedFurther(i, e, to)
	} else {
		m, ok = v.furtherTold(i, e, rule, to)
	}
	return m, ok, true
}

// remindedFurther is the private reminder of a stage: what is due, to whom and when, with the buttons that settle it. ok is false
// where it was filed, or is not required, since. Who may not see the incident reads its number and the rule, no more.
func (v View) remindedFurther(i *incident.Incident, e incident.Event, to incident.PersonID) (Message, bool) {
	f, s := i.FurtherStage(incident.Clocked(e.Fact))
	if f == nil || !s.Open() {
		return Message{}, false
	}
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: Warning, Text: v.say(e, i)}
	c.Fields = []Field{{Name: v.text("card.field_due"), Value: Escape(v.StageState(f, s)), Time: s.Due}}
	if !s.Due.After(v.Now) {
		c.Tone, c.Fields[0].Tone = Burning, Burning
	}
	v.furtherNote(c, f)
	return v.furtherFor(c, i, f, s, to), true
}

// furtherTold tells somebody that a clock has begun, or runs since another time.
func (v View) furtherTold(i *incident.Incident, e incident.Event, rule string, to incident.PersonID) (Message, bool) {
	f := i.FurtherOf(rule)
	if f == nil || len(f.Waiting()) == 0 {
		return Message{}, false
	}
	s := f.Waiting()[0]
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: Warning, Text: v.say(e, i)}
	if !incident.MaySee(i, incident.Viewer{Person: to}) {
		c.Text = Escape(v.text("legal.begun_unseen", "Rule", FurtherName(&f.FurtherTerms, v.Lang)))
	}
	v.furtherNote(c, f)
	return v.furtherFor(c, i, f, s, to), true
}

func (v View) furtherNote(c *Card, f *incident.Further) {
	if f.Authority != "" {
		c.Text += "\n" + Escape(v.text("legal.authority", "Authority", f.Authority))
	}
	if note := inTongue(v.Lang, f.NoteJA, f.NoteEN, ""); note != "" {
		c.Text += "\n" + Escape(note)
	}
}

// furtherFor ends such a message for its reader.
func (v View) furtherFor(c *Card, i *incident.Incident, f *incident.Further, s *incident.Stage, to incident.PersonID) Message {
	m := Message{Card: c, Pings: []incident.PersonID{to}}
	if !incident.MaySee(i, incident.Viewer{Person: to}) {
		c.Title, c.Link = i.Number.String(), ""
		c.Text += "\n" + v.text("legal.unseen")
		return m
	}
	if i.Status == incident.StatusMerged {
		c.Text += "\n" + v.text("legal.of_merged", "Into", i.Into.String())
	}
	c.Buttons = []Button{
		v.form(i.Number, v.text("legal.button_filed"), "legal filed "+f.Rule+"/"+s.ID), v.form(i.Number, v.text("legal.button_excused"), "legal not-required "+f.Rule+"/"+s.ID),
		v.button(i.Number, v.text("legal.button_state"), "legal"),
	}
	c.Buttons[0].Style = "primary"
	return m
}

// ruleState words a rule that is in force: what it gives, from when on, and how it starts.
func (v View) ruleState(r incident.FurtherRule) string {
	t := incident.FurtherTerms{Rule: r.ID, JA: r.JA, EN: r.EN, DayOne: r.DayOne}
	if r.Hours != nil {
		t.Hours = r.Hours.Name
	}
	var stages []string
	for _, s := range r.Stages {
		stages = append(stages, inTongue(v.Lang, s.JA, s.EN, s.ID)+" "+PeriodName(&t, s.After, s.Roll, v.Lang))
	}
	return v.text("legal.rule", "ID", r.ID, "Rule", Escape(FurtherName(&t, v.Lang)), "Start", StartName(r.Start, v.Lang), "Stages", Escape(list(stages, v.Lang)), "Version", r.From.String())
}
