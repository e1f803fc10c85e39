package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"matoi/incident/calendar"
	"matoi/incident/calendar/holiday"
	"matoi/incident/calendar/ics"
	"matoi/lang"
)

// Calendar is when a service is kept: business hours and business days are counted in it.
type Calendar struct {
	// Name is what targets and escalations call it by. A calendar called office takes the place of the shipped one.
	Name string `yaml:"name"`
	// Zone is where its times are read; by default the organisation's.
	Zone string `yaml:"zone"`
	// Week is what is open on each day of the week: mon-fri: "09:00-18:00". A span over midnight belongs to the day it begins on.
	Week OpenHours `yaml:"week"`
	// Holidays are countries whose public holidays are closed, by ISO code: jp, us, de-by.
	Holidays []string `yaml:"holidays"`
	// Closed are days of your own: 2026-12-29, 2026-12-29..2027-01-03, or each year 12-29..01-03. A name may follow: 06-01 our anniversary.
	Closed []DaysOff `yaml:"closed"`
	// Open are days with hours of their own, closed or not: 2026-12-31: "09:00-12:00".
	Open map[string]string `yaml:"open"`
	// File is an iCalendar file: the days that its events take as a whole are closed.
	File string `yaml:"file"`

	feed *ics.Feed
}

// DaysOff are days from one to another, of one year or of each.
type DaysOff struct {
	first, last calendar.Date // of a leap year, 2000 or the one after it, where it is of each
	yearly      bool
	name        string // "" where it has none
}

// mostDaysOff is how long a stretch of closed days may be: longer ones are slips of the pen.
const mostDaysOff = 366

// mostName is how many letters the name of days off may have.
const mostName = 60

// daysOff are the days, with spaces around the dots or without, and their name after a space.
var daysOff = regexp.MustCompile(`^\s*([\d-]+)(?:\s*(\.\.)\s*([\d-]+))?(?:\s+(\S.*?))?\s*$`)

// UnmarshalText reads 2026-12-29, 2026-12-29..2027-01-03, 12-29 or 12-29..01-03, each with a name after it or without: 12-29..01-03 New Year.
func (d *DaysOff) UnmarshalText(b []byte) error {
	parts := daysOff.FindStringSubmatch(string(b))
	if parts == nil || len(parts[4]) > 3*mostName {
		return misspelt{"calendar.closed", string(b)}
	}
	first, last, ranges := parts[1], parts[3], parts[2] != ""
	if !ranges {
		last = first
	}
	var out DaysOff
	var err, errLast error
	if out.yearly = len(first) == len("01-02") && len(last) == len("01-02"); out.yearly {
		first, last = "2000-"+first, "2000-"+last
	}
	out.first, err = calendar.ParseDate(first)
	out.last, errLast = calendar.ParseDate(last)
	if out.yearly && out.last < out.first {
		out.last += 366
	}
	if err != nil || errLast != nil || out.last < out.first || out.last-out.first >= mostDaysOff {
		return misspelt{"calendar.closed", string(b)}
	}
	out.name = lang.Clean(parts[4])
	*d = out
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d DaysOff) MarshalText() ([]byte, error) {
	first, last := d.first.String(), d.last.String()
	if d.yearly {
		first, last = first[len("2000-"):], last[len("2000-"):]
	}
	if first != last {
		first += ".." + last
	}
	return []byte(strings.TrimSpace(first + " " + d.name)), nil
}

// in gives the days that lie between two years; one that a year doesn't have, 29 February, is left out.
func (d DaysOff) in(from, to int) (out []calendar.Date) {
	years := []int{0}
	if d.yearly {
		years = years[:0]
		for year := from - 1; year <= to; year++ { // the year before may reach into the first
			years = append(years, year)
		}
	}
	for _, year := range years {
		for day := d.first; day <= d.last; day++ {
			on := day
			if d.yearly {
				on = calendar.DateAt(year+day.Year()-2000, day.Month(), day.Day())
			}
			if on.Day() == day.Day() && from <= on.Year() && on.Year() <= to {
				out = append(out, on)
			}
		}
	}
	return out
}

// shippedOffice is the calendar that is there without being configured: office hours, with Japan's holidays where the organisation is there.
func (c *Config) shippedOffice() Calendar {
	office := Calendar{Name: "office", Week: OpenHours{"mon-fri": "09:00-18:00"}}
	if c.Zone == "Asia/Tokyo" {
		office.Holidays = []string{"jp"}
	}
	return office
}

// kept are the calendars there are: the configured ones, and the shipped one where none of them has its name.
func (c *Config) kept() []Calendar {
	if slices.ContainsFunc(c.Calendars, func(k Calendar) bool { return k.Name == "office" }) {
		return c.Calendars
	}
	return append([]Calendar{c.shippedOffice()}, c.Calendars...)
}

// calendarNames are the names that targets may use.
func (c *Config) calendarNames() []string {
	var out []string
	for _, k := range c.kept() {
		out = append(out, k.Name)
	}
	slices.Sort(out)
	return out
}

// calendars are the hours by their names, with the closed days of the year before now to the third after it. Live counts them anew when
// a year begins.
func (c *Config) calendars(now time.Time) map[string]*calendar.Hours {
	out := map[string]*calendar.Hours{}
	for _, k := range c.kept() {
		out[k.Name] = k.hours(c, now)
	}
	return out
}

// dayNames are what the closed days of all calendars are called, for explanations.
func (c *Config) dayNames(now time.Time) calendar.Names {
	out := calendar.Names{}
	for _, k := range c.kept() {
		days := map[calendar.Date]calendar.Name{}
		for _, day := range k.off(c, now) {
			if day.Name.Own != "" {
				days[day.Date] = day.Name
			}
		}
		out[k.Name] = days
	}
	return out
}

// hours are a calendar as the rules know it.
func (k *Calendar) hours(c *Config, now time.Time) *calendar.Hours {
	zone := zoneOr(k.Zone, c.zone())
	out := c.hours(k.Week, zone)
	if out == nil {
		out = &calendar.Hours{Zone: zone.String()}
	}
	out.Name = k.Name
	for _, day := range k.off(c, now) {
		out.Closed = append(out.Closed, day.Date)
	}
	for _, text := range sortedNames(k.Open) {
		date, err := calendar.ParseDate(text)
		spans, errSpans := calendar.ParseSpans(k.Open[text])
		if err == nil && errSpans == nil { // checkCalendars has complained about the others
			out.Except = append(out.Except, calendar.Exception{Date: date, Spans: spans})
		}
	}
	return out
}

// off are the closed days from the year before now to the third after it, each once, with the names that are known.
func (k *Calendar) off(c *Config, now time.Time) []holiday.Named {
	zone := zoneOr(k.Zone, c.zone())
	year := now.In(zone).Year()
	names := map[calendar.Date]calendar.Name{}
	add := func(day calendar.Date, name calendar.Name) {
		if names[day].Own == "" {
			names[day] = name
		}
	}
	for of := year - 1; of <= year+3; of++ {
		for _, country := range k.Holidays {
			days, _ := holiday.Days(country, of) // checkCalendars has complained about unknown ones
			for _, day := range days {
				add(day.Date, day.Name)
			}
		}
	}
	for _, days := range k.Closed {
		for _, day := range days.in(year-1, year+3) {
			add(day, calendar.Name{Own: days.name})
		}
	}
	for _, day := range k.filed(zone, year-1, year+3) {
		add(day.Date, day.Name)
	}
	out := make([]holiday.Named, 0, len(names))
	for _, day := range slices.Sorted(maps.Keys(names)) {
		out = append(out, holiday.Named{Date: day, Name: names[day]})
	}
	return out
}

// filed are the whole days that events of the file take.
func (k *Calendar) filed(zone *time.Location, from, to int) (out []holiday.Named) {
	if k.feed == nil {
		return nil
	}
	first, last := calendar.DateAt(from, time.January, 1), calendar.DateAt(to, time.December, 31)
	all, _ := k.feed.Between(first.At(0, zone), (last+1).At(0, zone), zone) // checkCalendars has asked for the same
	for _, o := range all {
		for day := max(first, calendar.DateOf(o.Start.In(zone))); o.AllDay && day <= last && day.At(0, zone).Before(o.End); day++ {
			out = append(out, holiday.Named{Date: day, Name: calendar.Name{Own: o.Summary}})
		}
	}
	return out
}

// word is what may be typed as one word in a command. Its length is counted beside it (oneWord): a bound in the expression is compiled into
// as many copies, which take megabytes.
var word = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_-]*$`)

// oneWord reports whether a name can be typed so, and has at most that many characters.
func oneWord(name string, most int) bool {
	return word.MatchString(name) && utf8.RuneCountInString(name) <= most
}

// mostWord is how many characters the name of a calendar, a schedule or an escalation has at most: targets and commands name it.
const mostWord = 40

// checkCalendars looks at the calendars, and reads their files.
func (c *Config) checkCalendars(t *tree) {
	names := map[string]bool{}
	for i := range c.Calendars {
		k, key := &c.Calendars[i], fmt.Sprintf("calendars[%d]", i)
		before := len(t.mistakes)
		t.named(key, map[string]string{"name": k.Name})
		t.once(key+".name", k.Name, names)
		if k.Name != "" && (!oneWord(k.Name, mostWord) || k.Name == "24x7" || k.Name == "always") { // which are none
			t.wrong(key+".name", "calendar.name", lang.Args{"Word": k.Name})
		}
		if _, err := time.LoadLocation(k.Zone); err != nil {
			t.wrong(key+".zone", "config.zone", lang.Args{"Word": k.Zone})
		}
		for n, country := range k.Holidays {
			t.oneOf(fmt.Sprintf("%s.holidays[%d]", key, n), strings.ToLower(country), holiday.Countries()...)
		}
		for _, day := range sortedNames(k.Open) {
			if _, err := calendar.ParseDate(day); err != nil {
				t.wrong(join(key+".open", day), "calendar.day", lang.Args{"Word": day})
			}
			if _, err := calendar.ParseSpans(k.Open[day]); err != nil {
				t.wrong(join(key+".open", day), "calendar.spans", lang.Args{"Word": k.Open[day]})
			}
		}
		c.checkHours(t, key+".week", k.Week)
		k.read(t, key+".file")
		if len(t.mistakes) == before {
			c.checkOpen(t, key, k)
		}
	}
}

// checkOpen finds what is wrong with a calendar as a whole.
func (c *Config) checkOpen(t *tree, key string, k *Calendar) {
	invalid, wrong := errors.AsType[*calendar.Invalid](k.hours(c, time.Now()).Validate())
	if !wrong {
		return
	}
	where := key + ".week"
	if day, ok := strings.CutPrefix(invalid.Where, "except."); ok {
		where = join(key+".open", day)
	}
	t.wrong(where, "oncall.config_hours_"+invalid.Why, lang.Args{"Word": invalid.Word})
}

// read reads the file of a calendar.
func (k *Calendar) read(t *tree, key string) {
	if k.File == "" || t.env.Read == nil {
		return
	}
	text, err := t.env.Read(k.File)
	if err == nil {
		k.feed, err = ics.Parse(strings.NewReader(string(text)), ics.Limits{})
	}
	if err == nil {
		now := time.Now()
		_, err = k.feed.Between(now.AddDate(-2, 0, 0), now.AddDate(5, 0, 0), time.UTC)
	}
	if err != nil {
		t.wrong(key, "calendar.file", lang.Args{"Name": k.File, "Detail": err.Error()})
	}
}
