package holiday

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rickar/cal/v2"

	"matoi/incident/calendar"
)

// Named is a public holiday: the day itself or the one that stands in for it.
type Named struct {
	calendar.Name // in Japanese and in English where the country is Japan, else as the library has it, mostly in English
	Date          calendar.Date
}

// Unknown is a country that there are no holidays of.
type Unknown struct {
	Country   string
	Countries []string // those there are
}

// Error names the countries there are.
func (u *Unknown) Error() string {
	return fmt.Sprintf("no holidays are known of %q; those there are: %s", u.Country, strings.Join(u.Countries, ", "))
}

// Countries are the codes that Days knows, sorted: jp, us, de, and parts of countries as de-by.
func Countries() []string {
	return slices.Sorted(maps.Keys(lists()))
}

// Days are the public holidays of a country in a year, sorted, each day once. A holiday that falls on a weekend is given, and so is the
// day that stands in for it, as the country's rule says, even where that lies in the year before or after the holiday's own.
// Of au and ch, whose parts have laws of their own, they are the days that all parts share. Its error is an *Unknown.
func Days(country string, year int) ([]Named, error) {
	country = strings.ToLower(country)
	list, known := lists()[country]
	if !known {
		return nil, &Unknown{country, Countries()}
	}
	if list == nil {
		return shared(country+"-", year), nil
	}
	found := named{}
	for of := year - 1; of <= year+1; of++ {
		for _, day := range list {
			if day.Type != cal.ObservanceOther && day.Type != cal.ObservanceReligious { // kept by some, no public holiday
				found.add(country, day.Clone(nil), of) // a copy, because some rules write into their own holiday, which everybody shares
			}
		}
	}
	if country == "jp" {
		for date, name := range corrections(year) {
			if found[date] = name; name.Own == "" {
				delete(found, date)
			}
		}
	}
	return found.sorted(year), nil
}

// named are holidays by their day.
type named map[calendar.Date]calendar.Name

// add takes a holiday of a year in, and the day that stands in for it.
func (n named) add(country string, day *cal.Holiday, year int) {
	actual, observed := day.Calc(year)
	if actual.IsZero() {
		return
	}
	name, instead := calendar.Name{Own: day.Name}, calendar.Name{Own: day.Name + " (observed)"}
	if country == "jp" {
		name, instead = japanese(day.Name), calendar.Name{Own: substitute, EN: instead.Own}
	}
	n[calendar.DateAt(actual.Date())] = name
	if on := calendar.DateAt(observed.Date()); n[on].Own == "" {
		n[on] = instead
	}
}

func (n named) sorted(year int) []Named {
	var out []Named
	for _, date := range slices.Sorted(maps.Keys(n)) {
		if date.Year() == year {
			out = append(out, Named{n[date], date})
		}
	}
	return out
}

// shared are the days that all parts of a country have.
func shared(prefix string, year int) []Named {
	count, names, parts := map[calendar.Date]int{}, named{}, 0
	for _, part := range Countries() {
		if !strings.HasPrefix(part, prefix) {
			continue
		}
		parts++
		days, _ := Days(part, year) // it is one of those there are
		for _, day := range days {
			count[day.Date]++
			names[day.Date] = day.Name
		}
	}
	maps.DeleteFunc(names, func(date calendar.Date, _ calendar.Name) bool { return count[date] < parts })
	return names.sorted(year)
}
