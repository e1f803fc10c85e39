package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// builder holds what all items need.
type builder struct {
	Source
	i       *incident.Incident
	l       lang.Lang
	now     time.Time
	outages []outage
	course  []row
	omitted omitted
}

func newBuilder(s Source, l lang.Lang, now time.Time) *builder {
	if s.Names == nil {
		s.Names = func(p incident.PersonID) string { return string(p) }
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	b := &builder{Source: s, i: s.Incident, l: l, now: now}
	b.outages = b.findOutages()
	b.course, b.omitted = b.findCourse()
	return b
}

// say words an id of this package.
func (b *builder) say(id string, args lang.Args) string { return lang.Text(b.l, id, args) }

// word looks value up in a table of text ids; a value that is not in it (configuration, a newer record) stands for itself.
func (b *builder) word(table map[string]string, value string) string {
	if id, ok := table[value]; ok {
		return b.say(id, nil)
	}
	return b.plain(value)
}

// with puts a reason or a result behind a line, where there is one.
func (b *builder) with(line, id, text string) string {
	if text = b.plain(text); text == "" {
		return line
	}
	return line + b.say(id, lang.Args{"Text": text})
}

func (b *builder) list(items []string) string {
	var out []string
	for _, s := range items {
		if s = oneLine(b.plain(s)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, b.say("report.comma", nil))
}

// mention is how stored texts name a person.
var mention = regexp.MustCompile(`<@([A-Za-z0-9_.:-]{1,64})>`)

// plain makes a text of the record fit to stand in the report: control characters gone, mentions turned into names,
// lines trimmed and empty ones dropped.
func (b *builder) plain(s string) string {
	s = strings.NewReplacer("\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(lang.Clean(s))
	s = mention.ReplaceAllStringFunc(s, func(m string) string { return b.name(incident.PersonID(m[2 : len(m)-1])) })
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// paragraphs splits a text of the record into its lines.
func (b *builder) paragraphs(s string) []string { return strings.Split(b.plain(s), "\n") }

// oneLine joins the lines of a text where only one fits.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " / ") }

// name gives a person's name on one line; Matoi itself for the empty id.
func (b *builder) name(p incident.PersonID) string {
	if p == "" {
		return b.say("report.matoi", nil)
	}
	name := strings.Join(strings.Fields(lang.Clean(b.Names(p))), " ")
	if name == "" {
		return b.say("report.unknown_person", nil)
	}
	return name
}

// member is a name with the department, if that is known.
func (b *builder) member(p incident.PersonID) string {
	if b.Department != nil && p != "" {
		if d := oneLine(b.plain(b.Department(p))); d != "" {
			return b.say("report.member", lang.Args{"Name": b.name(p), "Department": d})
		}
	}
	return b.name(p)
}

func (b *builder) role(id incident.RoleID) string {
	if r, ok := b.i.Role(id); ok && r.Name != "" {
		return oneLine(b.plain(r.Name))
	}
	if lang.Has(b.l, "role."+string(id)) {
		return lang.Text(b.l, "role."+string(id), nil)
	}
	return string(id)
}

func (b *builder) status(s incident.Status) string { return lang.Text(b.l, "status."+string(s), nil) }

func (b *builder) priority(p incident.Priority, provisional bool) string {
	if p == 0 {
		return b.say("report.unknown_level", nil)
	}
	text := lang.Text(b.l, "priority."+p.String(), nil)
	if provisional {
		return b.say("report.provisional", lang.Args{"Priority": text})
	}
	return text
}

// level words an impact or urgency in the words of the matrix.
func (b *builder) level(of []incident.Level, id string) string {
	for _, v := range of {
		if v.ID != id {
			continue
		}
		if b.l == lang.EN && v.EN != "" {
			return b.plain(v.EN)
		}
		if v.JA != "" {
			return b.plain(v.JA)
		}
	}
	if id == "" || id == incident.Unknown {
		return b.say("report.unknown_level", nil)
	}
	return b.plain(id)
}

// stamp writes an instant with its date, year included.
func (b *builder) stamp(t time.Time) string {
	return lang.Date(b.l, t, b.Zone) + " " + lang.Clock(b.l, t, b.Zone)
}

// moment is stamp with 頃 where it is approximate.
func (b *builder) moment(m incident.Moment) string {
	return lang.Date(b.l, m.At, b.Zone) + " " + b.clockTime(m)
}

// clockTime writes the time of day, with 頃 where it is approximate.
func (b *builder) clockTime(m incident.Moment) string {
	if m.Approx {
		return lang.About(b.l, lang.Clock(b.l, m.At, b.Zone))
	}
	return lang.Clock(b.l, m.At, b.Zone)
}

// period writes from and to, the date of to only where it is another day; a zero to is still going on.
func (b *builder) period(from, to incident.Moment) string {
	args := lang.Args{"From": b.moment(from)}
	switch {
	case to.IsZero():
		return b.say("report.period_open", args)
	case incident.Day(from.At, b.Zone) != incident.Day(to.At, b.Zone):
		args["To"] = b.moment(to)
	default:
		args["To"] = b.clockTime(to)
	}
	return b.say("report.period", args)
}

// zoneName tells which clock the times are read from: Asia/Tokyo (UTC+09:00).
func (b *builder) zoneName() string {
	name := b.Zone.String()
	return fmt.Sprintf("%s (UTC%s)", name, b.now.In(b.Zone).Format("-07:00"))
}
