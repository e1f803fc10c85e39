package incident

import (
	"slices"
	"strings"
	"time"
)

// The commands of further clocks. They are heard on what is over, too: duties to report outlive an incident.
type (
	// BeginFurther starts the clock of a rule, or corrects since when it runs. Since zero is now. Grounds are the facts on which
	// it was judged.
	BeginFurther struct {
		Rule    string
		Since   time.Time
		Grounds string
	}
	// FileFurther says that a stage was handed in, at At (zero is now). Reason is why it was late.
	FileFurther struct {
		Rule, Stage           string
		At                    time.Time
		Receipt, Link, Reason string
	}
	// ExcuseFurther says that a stage, or a whole rule, need not be filed.
	ExcuseFurther struct{ Rule, Stage, Why string }
	// ResumeFurther takes back that a stage, or all of a rule, was filed or not required.
	ResumeFurther struct{ Rule, Stage, Why string }
)

func (BeginFurther) command()  {}
func (FileFurther) command()   {}
func (ExcuseFurther) command() {}
func (ResumeFurther) command() {}

// decideFurther decides what is said of further clocks.
func (p Policy) decideFurther(i *Incident, cmd Command, now time.Time) (out []Entry, r *Refusal, known bool) {
	switch c := cmd.(type) {
	case BeginFurther:
		out, r = p.beginFurther(i, c, now)
	case FileFurther:
		out, r = i.fileFurther(c, now)
	case ExcuseFurther:
		out, r = p.excuseFurther(i, c, now)
	case ResumeFurther:
		out, r = i.resumeFurther(c)
	default:
		return nil, nil, false
	}
	return out, r, true
}

// textsOfFurther lists the free texts of a command.
func textsOfFurther(cmd Command) []string {
	switch c := cmd.(type) {
	case BeginFurther:
		return []string{c.Grounds}
	case FileFurther:
		return []string{c.Receipt, c.Link, c.Reason}
	case ExcuseFurther:
		return []string{c.Why}
	case ResumeFurther:
		return []string{c.Why}
	}
	return nil
}

func (p Policy) beginFurther(i *Incident, c BeginFurther, now time.Time) ([]Entry, *Refusal) {
	since := firstOf(c.Since, now)
	have := i.FurtherOf(c.Rule)
	switch {
	case since.After(now.Add(time.Minute)):
		return no("future", "At", since)
	case have != nil && !have.Since.IsZero() && c.Since.IsZero():
		return no("further_runs", "Rule", c.Rule, "At", have.Since)
	case have != nil && have.Since.Equal(since):
		return no("already_so")
	case strings.TrimSpace(c.Grounds) == "":
		return no("further_grounds")
	}
	terms, refusal := p.furtherTerms(c.Rule, since)
	if refusal != nil {
		return nil, refusal
	}
	if have == nil {
		return just(&FurtherBegan{Terms: terms, Grounds: c.Grounds})
	}
	return just(&FurtherCorrected{Terms: terms, From: have.Since, Grounds: c.Grounds})
}

// furtherTerms are what a rule comes to when it starts at an instant.
func (p Policy) furtherTerms(rule string, since time.Time) (FurtherTerms, *Refusal) {
	r, ok := p.FurtherRule(rule, since)
	if ok {
		return r.terms(p.Version, since), nil
	}
	var known []string
	for _, r := range p.Further {
		if !slices.Contains(known, r.ID) {
			known = append(known, r.ID)
		}
	}
	switch {
	case len(known) == 0:
		return FurtherTerms{}, refuse("further_none")
	case slices.Contains(known, rule):
		return FurtherTerms{}, refuse("further_before", "Rule", rule, "At", since)
	}
	return FurtherTerms{}, refuse("further_unknown", "Given", rule, "Near", known)
}

// begun finds a further clock for a command; the refusal names those there are.
func (i *Incident) begun(rule string) (*Further, *Refusal) {
	if f := i.FurtherOf(rule); f != nil {
		return f, nil
	}
	var known []string
	for _, f := range i.Further {
		known = append(known, f.Rule)
	}
	if len(known) == 0 {
		return nil, refuse("further_idle", "Given", rule)
	}
	return nil, refuse("further_not_begun", "Given", rule, "Near", known)
}

// stages are those that a command means: the one that it names, or without a name all that meet a condition.
func (f *Further) stages(id string, which func(*Stage) bool) ([]string, *Refusal) {
	var out, all []string
	for n := range f.Stages {
		s := &f.Stages[n]
		all = append(all, f.Rule+"/"+s.ID)
		if which(s) && (id == "" || s.ID == id) {
			out = append(out, s.ID)
		}
	}
	if id != "" && f.Stage(id) == nil {
		return nil, refuse("further_stage", "Given", id, "Near", all)
	}
	if len(out) == 0 {
		return nil, refuse("already_so")
	}
	return out, nil
}

func (i *Incident) fileFurther(c FileFurther, now time.Time) ([]Entry, *Refusal) {
	f, refusal := i.begun(c.Rule)
	if refusal != nil {
		return nil, refusal
	}
	at := firstOf(c.At, now)
	switch {
	case at.After(now.Add(time.Minute)):
		return no("future", "At", at)
	case strings.TrimSpace(c.Receipt) == "":
		return no("further_receipt")
	}
	which := (*Stage).Open
	if c.Stage != "" {
		which = func(*Stage) bool { return true } // filed again: a further phase
	}
	stages, refusal := f.stages(c.Stage, which)
	if refusal != nil {
		return nil, refusal
	}
	if len(stages) > 1 {
		for n := range stages {
			stages[n] = f.Rule + "/" + stages[n]
		}
		return no("further_which", "Near", stages)
	}
	s := f.Stage(stages[0])
	return just(&FurtherFiled{Rule: f.Rule, Stage: s.ID, At: at, Receipt: c.Receipt, Link: c.Link, Reason: c.Reason, Due: s.Due})
}

func (p Policy) excuseFurther(i *Incident, c ExcuseFurther, now time.Time) ([]Entry, *Refusal) {
	if strings.TrimSpace(c.Why) == "" {
		return no("reason_needed")
	}
	f, fresh := i.FurtherOf(c.Rule), (*FurtherTerms)(nil)
	if f == nil { // judged before any clock began
		terms, refusal := p.furtherTerms(c.Rule, now)
		if refusal != nil {
			return nil, refusal
		}
		terms.Since = time.Time{}
		fresh, f = &terms, terms.further()
	}
	if fresh != nil && c.Stage != "" {
		return no("further_idle", "Given", c.Rule) // one of several, while none of them runs
	}
	stages, refusal := f.stages(c.Stage, (*Stage).Open)
	if refusal != nil {
		return nil, refusal
	}
	return just(&FurtherExcused{Rule: c.Rule, Stages: stages, Why: c.Why, Terms: fresh})
}

func (i *Incident) resumeFurther(c ResumeFurther) ([]Entry, *Refusal) {
	if strings.TrimSpace(c.Why) == "" {
		return no("reason_needed")
	}
	f, refusal := i.begun(c.Rule)
	switch {
	case refusal != nil:
		return nil, refusal
	case f.Since.IsZero():
		return no("further_idle", "Given", c.Rule) // nothing ran before: it is begun
	}
	stages, refusal := f.stages(c.Stage, func(s *Stage) bool { return !s.Open() })
	if refusal != nil {
		return nil, refusal
	}
	return just(&FurtherResumed{Rule: c.Rule, Stages: stages, Why: c.Why})
}
