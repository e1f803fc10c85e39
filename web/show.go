package web

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Short names for the templates.
type (
	personID = incident.PersonID
	priority = incident.Priority
	status   = incident.Status
	instant  = time.Time
)

// Ago is how long ago a time was, or how long it is until then.
func (rd *reader) Ago(t time.Time) string { return lang.Ago(rd.Lang, rd.Now.Sub(t)) }

// Exact is a time that can be read in one way only.
func (rd *reader) Exact(t time.Time) string { return lang.Stamp(t, rd.Zone) }

// Clock is the time of day; Day the date above a group of entries.
func (rd *reader) Clock(t time.Time) string { return lang.Clock(rd.Lang, t, rd.Zone) }

// Day is a date with its weekday.
func (rd *reader) Day(t time.Time) string { return lang.Date(rd.Lang, t, rd.Zone) }

// DateTime is day and time, short.
func (rd *reader) DateTime(t time.Time) string { return lang.DateTime(rd.Lang, t, rd.Now, rd.Zone) }

// Span is how long something took.
func (rd *reader) Span(d time.Duration) string { return lang.Span(rd.Lang, d) }

// Soon reports whether a deadline is near: a quarter of an hour.
func (rd *reader) Soon(t time.Time) bool {
	left := t.Sub(rd.Now)
	return left > 0 && left <= 15*time.Minute
}

// initial is what a face shows of a name: its first character that is a letter.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return strings.ToUpper(string(r))
		}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return string(r)
}

// tint gives a person one of eight colours, always the same one.
func tint(id incident.PersonID) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return "tint" + strconv.Itoa(int(h.Sum32()%8))
}

func priorityTitle(rd *reader, p incident.Priority, provisional bool) string {
	text := bot.PriorityName(p, rd.Lang)
	if provisional {
		text = rd.T("web.provisional", "Priority", text)
	}
	return text
}

func noticeIcon(bad bool) string {
	if bad {
		return "warn"
	}
	return "check"
}
