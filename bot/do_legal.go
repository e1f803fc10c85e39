package bot

import (
	"context"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// legalDeeds are the words in front of what can be said of a duty to report.
func legalDeeds() []string { return []string{"aware", "filed", "not-required", "revoke"} }

// legalDeed reads such a word in both languages, "" for another one.
func legalDeed(word string) string {
	switch fold(word) {
	case "aware", "start", "began", "認知", "認識", "起算", "開始":
		return "aware"
	case "filed", "file", "sent", "notified", "提出", "提出済", "提出済み", "報告済", "報告済み", "届出済", "届出済み", "通知済", "通知済み":
		return "filed"
	case "not-required", "notrequired", "none", "不要", "対象外", "報告不要":
		return "not-required"
	case "revoke", "withdraw", "take-back", "取り消し", "取消", "取消し", "撤回", "取り下げ":
		return "revoke"
	}
	return ""
}

// legal shows the clocks of further rules, legal and others, and the rules that could apply; or records what becomes of one:
// legal aware RULE facts, legal filed RULE/STAGE receipt, legal not-required RULE[/STAGE] why, legal revoke RULE/STAGE why.
func (b *Bot) legal(ctx context.Context, c *call) (Reply, error) {
	text := c.line.Rest
	if chosen := c.line.Flag("legal"); chosen != "" { // of the form
		text = chosen + " " + text
	}
	word, rest := cutWord(text)
	deed := legalDeed(word)
	if deed == "" && strings.TrimSpace(text) != "" {
		return Reply{}, incident.Refuse("further_deed", "Given", cutRunes(word, 40), "Near", legalDeeds())
	}
	if deed == "" {
		return Reply{Text: c.view.legal(c.inc), Number: c.inc.Number}, nil
	}
	rule, stage, said := c.furtherRef(rest)
	if rule == "" {
		return Reply{}, incident.Refuse("further_rule_needed", "Near", c.furtherRules(deed))
	}
	if c.line.Has("text") {
		said = c.line.Flag("text")
	}
	said, err := b.mentions(ctx, said)
	if err != nil {
		return Reply{}, err
	}
	when, err := c.past("at")
	if err != nil {
		return Reply{}, err
	}
	var cmd incident.Command
	switch deed {
	case "aware":
		cmd = incident.BeginFurther{Rule: rule, Since: when.At, Grounds: said}
	case "filed":
		reason, err := b.mentions(ctx, c.line.Flag("reason"))
		if err != nil {
			return Reply{}, err
		}
		cmd = incident.FileFurther{Rule: rule, Stage: stage, At: when.At, Receipt: said, Link: c.line.Flag("url"), Reason: reason}
	case "not-required":
		cmd = incident.ExcuseFurther{Rule: rule, Stage: stage, Why: said}
	case "revoke":
		cmd = incident.ResumeFurther{Rule: rule, Stage: stage, Why: said}
	}
	by, err := b.actor(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	res, err := b.doBy(ctx, c, cmd, by)
	if err != nil {
		return Reply{}, err
	}
	reply := b.recorded(c, res)
	reply.Heard = false // the deadlines are the answer
	if note := c.afterLegal(b.Name, res); note != "" {
		reply.Text += "\n" + note
	}
	return reply, nil
}

// actor is who did what a line says: whoever typed it, or the person of --by, for whom they write it down.
func (b *Bot) actor(ctx context.Context, c *call) (incident.By, error) {
	by := incident.By{Person: c.By}
	if !c.line.Has("by") {
		return by, nil
	}
	p, err := b.person(ctx, c, c.line.Flag("by"))
	if err == nil && p != c.By {
		by = incident.By{Person: p, Recorder: c.By}
	}
	return by, err
}

// afterLegal says what is still to be thought of: why something was filed late, that counsel is to confirm the rule, and how to
// take back what was wrong.
func (c *call) afterLegal(name string, res incident.Result) string {
	var notes []string
	for _, e := range res.Events {
		switch f := e.Fact.(type) {
		case *incident.FurtherFiled:
			if f.At.After(f.Due) && f.Reason == "" {
				notes = append(notes, c.view.text("legal.why_late", "Command", name+" legal filed "+f.Rule+"/"+f.Stage))
			}
			notes = append(notes, c.view.text("legal.take_back", "Command", name+" legal revoke "+f.Rule+"/"+f.Stage))
		case *incident.FurtherExcused:
			if f.Terms != nil { // nothing had begun, so that nothing else is taken back with it
				notes = append(notes, c.view.text("legal.take_back", "Command", name+" legal revoke "+f.Rule))
				continue
			}
			for _, stage := range f.Stages { // the rule alone would take back what was filed, too
				notes = append(notes, c.view.text("legal.take_back", "Command", name+" legal revoke "+f.Rule+"/"+stage))
			}
		case *incident.FurtherBegan:
			notes = append(notes, Escape(inTongue(c.lang, f.Terms.NoteJA, f.Terms.NoteEN, "")))
		case *incident.FurtherCorrected:
			notes = append(notes, c.view.text("legal.moved"))
		}
	}
	return strings.TrimSpace(strings.Join(notes, "\n"))
}

// furtherRef reads the rule and the stage that are meant, gdpr33/report or gdpr33 alone, and gives what follows. Where one rule
// alone has begun, a line may leave it out.
func (c *call) furtherRef(text string) (rule, stage, rest string) {
	word, rest := cutWord(text)
	typed, part, _ := strings.Cut(word, "/")
	if rule = c.ruleNamed(typed); rule == "" {
		if known := c.inc.Further; len(known) == 1 && !strings.Contains(word, "/") {
			return known[0].Rule, "", text
		}
		return typed, part, rest
	}
	if part != "" {
		part = c.stageNamed(rule, part)
	}
	return rule, part, rest
}

// ruleNamed finds a rule by its id or name, "" where there is none.
func (c *call) ruleNamed(typed string) string {
	is := func(id, ja, en string) bool {
		return slices.Contains([]string{fold(id), fold(ja), fold(en)}, fold(typed))
	}
	for n := range c.inc.Further {
		if f := &c.inc.Further[n]; is(f.Rule, f.JA, f.EN) {
			return f.Rule
		}
	}
	for _, r := range c.policy.Further {
		if is(r.ID, r.JA, r.EN) {
			return r.ID
		}
	}
	return ""
}

// stageNamed finds a stage by its id or name; what is none stands for itself.
func (c *call) stageNamed(rule, typed string) string {
	if f := c.inc.FurtherOf(rule); f != nil {
		for _, s := range f.Stages {
			if slices.Contains([]string{fold(s.ID), fold(s.JA), fold(s.EN)}, fold(typed)) {
				return s.ID
			}
		}
	}
	return typed
}

// furtherRules are those that a deed can be done with.
func (c *call) furtherRules(deed string) []string {
	var out []string
	for _, f := range c.inc.Further {
		out = append(out, f.Rule)
	}
	if deed == "aware" || deed == "not-required" {
		for _, r := range c.policy.Further {
			if !slices.Contains(out, r.ID) {
				out = append(out, r.ID)
			}
		}
	}
	return out
}

// legal words all further clocks of an incident, and the rules that could apply to it.
func (v View) legal(i *incident.Incident) string {
	var lines []string
	for n := range i.Further {
		lines = append(lines, v.furtherLines(&i.Further[n])...)
	}
	meant, others := v.Policy.FurtherRules(i, v.Now)
	idle := func(r incident.FurtherRule) bool { return i.FurtherOf(r.ID) != nil }
	meant, others = slices.DeleteFunc(meant, idle), slices.DeleteFunc(others, idle)
	for _, of := range []struct {
		id    string
		rules []incident.FurtherRule
	}{{"legal.could", meant}, {"legal.others", others}} {
		if len(of.rules) == 0 {
			continue
		}
		lines = append(lines, lang.Text(v.Lang, of.id, nil))
		for _, r := range of.rules {
			lines = append(lines, "- "+v.ruleState(r))
		}
	}
	if len(lines) == 0 {
		return v.text("legal.none", "Number", i.Number.String())
	}
	return v.text("legal.state", "Number", i.Number.String(), "Lines", strings.Join(lines, "\n"))
}

// furtherLines are one clock: the rule, since when it runs, and each stage, with how it is counted while it waits.
func (v View) furtherLines(f *incident.Further) []string {
	head := "**" + Escape(FurtherName(&f.FurtherTerms, v.Lang)) + "** (`" + f.Rule + "`)"
	if f.Authority != "" {
		head += " → " + Escape(f.Authority)
	}
	lines := []string{head, "- " + Escape(v.FurtherState(f))}
	for n := range f.Stages {
		s := &f.Stages[n]
		line := "- " + Escape(v.StageState(f, s))
		if s.Open() {
			line += v.text("legal.counted", "Period", PeriodName(&f.FurtherTerms, s.After, s.Roll, v.Lang))
		}
		lines = append(lines, line)
		for _, more := range s.Filings[min(1, len(s.Filings)):] {
			lines = append(lines, "  - "+Escape(v.text("legal.phase", "When", v.when(more.At), "Receipt", unmention(more.Receipt, v.Names), "Who", v.Names(more.By))))
		}
	}
	if note := inTongue(v.Lang, f.NoteJA, f.NoteEN, ""); note != "" {
		lines = append(lines, "- "+Escape(note))
	}
	return lines
}

// legalForm asks for all that can be said of a duty: what, the words, when, a copy, and why it is late.
func (f *former) legalForm() []Input {
	what := must(f.input("legal", "select"))
	add := func(deed, ref, name string) {
		what.Options = append(what.Options, Option{deed + " " + ref, lang.Text(f.c.lang, "legal.form_"+known(strings.ReplaceAll(deed, "-", "_"), "filed", "not_required", "aware"), lang.Args{"Clock": name})})
	}
	for n := range f.c.inc.Further {
		k := &f.c.inc.Further[n]
		for _, s := range k.Waiting() {
			name := lang.Text(f.c.lang, "legal.clock", lang.Args{"Rule": FurtherName(&k.FurtherTerms, f.c.lang), "Stage": StageName(&s.StageTerms, f.c.lang)})
			add("filed", k.Rule+"/"+s.ID, name)
			add("not-required", k.Rule+"/"+s.ID, name)
		}
	}
	meant, others := f.c.policy.FurtherRules(f.c.inc, f.c.now)
	for _, r := range append(meant, others...) {
		if f.c.inc.FurtherOf(r.ID) == nil {
			add("aware", r.ID, inTongue(f.c.lang, r.JA, r.EN, r.ID))
			add("not-required", r.ID, inTongue(f.c.lang, r.JA, r.EN, r.ID))
		}
	}
	if word, rest := cutWord(f.c.line.Rest); legalDeed(word) != "" {
		ref, _ := cutWord(rest)
		what.Value = strings.TrimSpace(legalDeed(word) + " " + ref)
	}
	text := must(f.input("text", "area"))
	text.Label, text.Max = lang.Text(f.c.lang, "legal.form_text", nil), 4000
	return []Input{what, text, f.time("at"), f.text("url", 500), f.text("reason", 1000)}
}
