package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	ical "github.com/arran4/golang-ical"
)

// Write writes occurrences as a calendar to subscribe to. Stamp is when they were known to be so; the same occurrences of the same stamp are the
// same bytes. One without a UID gets one of what it is, so that readers see tomorrow that it is still the same.
func Write(w io.Writer, name string, stamp time.Time, occurrences []Occurrence) error {
	out := ical.NewCalendarFor("")
	out.SetProductId("-//Matoi//Matoi//EN")
	out.SetMethod(ical.MethodPublish)
	out.SetXWRCalName(plain(name))
	out.SetRefreshInterval("PT15M") // its name in the library says already that it is a duration
	out.SetXPublishedTTL("PT15M")
	for _, o := range occurrences {
		event := out.AddEvent(word(o.id()))
		event.SetDtStampTime(stamp)
		event.SetSummary(plain(o.Summary))
		if o.AllDay {
			event.SetProperty(ical.ComponentPropertyDtStart, o.Start.Format("20060102"), ical.WithValue("DATE"))
			event.SetProperty(ical.ComponentPropertyDtEnd, o.End.Format("20060102"), ical.WithValue("DATE"))
		} else {
			event.SetStartAt(o.Start)
			event.SetEndAt(o.End)
		}
		if o.Status != "" {
			event.SetStatus(ical.ObjectStatus(strings.ToUpper(word(o.Status))))
		}
		for _, who := range o.Attendees {
			event.AddAttendee("mailto:" + word(who))
		}
	}
	if err := out.SerializeTo(w, ical.WithNewLineWindows); err != nil {
		return fmt.Errorf("write a calendar: %w", err)
	}
	return nil
}

// id is the UID, or one made of what the occurrence is.
func (o Occurrence) id() string {
	if o.UID != "" {
		return o.UID
	}
	sum := sha256.Sum256([]byte(strings.Join(append([]string{o.Summary, o.Start.UTC().Format(time.RFC3339), o.End.UTC().Format(time.RFC3339)}, o.Attendees...), "\x00")))
	return hex.EncodeToString(sum[:16]) + "@matoi"
}

// plain keeps a text in its line: no control characters but line breaks of one kind, which are escaped.
func plain(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, s)
}

// word is plain on one line, for what the writer does not escape.
func word(s string) string { return strings.ReplaceAll(plain(s), "\n", " ") }
