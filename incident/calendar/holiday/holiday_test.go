package holiday_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"matoi/incident/calendar"
	"matoi/incident/calendar/holiday"
)

var update = flag.Bool("update", false, "write the golden files")

// The golden file has the dates of the package holiday_jp, which follows the Cabinet Office's list; that list itself was not read.
func TestJapansHolidaysAreThoseOfTheGolden(t *testing.T) {
	const golden = "testdata/jp.txt"
	var out strings.Builder
	for year := 2019; year <= 2030; year++ {
		days, err := holiday.Days("jp", year)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range days {
			fmt.Fprintf(&out, "%s %s %s\n", day.Date, day.Name.Own, day.Name.EN)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("Japan's holidays (-list +ours):\n%s", diff)
	}
}

func TestJapansOddYears(t *testing.T) {
	for day, is := range map[string]bool{
		"2019-04-30": true, "2019-05-01": true, "2019-05-02": true, "2019-05-06": true, "2019-10-22": true, "2019-12-23": false, // the reign changes
		"2020-07-20": false, "2020-07-23": true, "2020-07-24": true, "2020-08-10": true, "2020-08-11": false, "2020-10-12": false, // the Olympics
		"2021-07-22": true, "2021-07-23": true, "2021-08-09": true, "2021-08-11": false, "2021-10-11": false, // once more
		"2026-05-06": true, "2026-09-22": true, "2026-11-23": true, "2026-11-24": false, // a substitute after three days, one between two
		"2027-03-22": true, "2029-04-30": true,
	} {
		if got := slices.Contains(dates(t, "jp", day[:4]), day); got != is {
			t.Errorf("%s is a holiday: %v", day, got)
		}
	}
}

func TestOtherCountriesKnownDays(t *testing.T) {
	for _, c := range []struct{ rule, country, day string }{
		{"the fourth Thursday of November", "us", "2026-11-26"},
		{"Independence Day on a Saturday is kept on Friday", "us", "2026-07-03"},
		{"a New Year's Day on a Saturday is kept in the year before", "us", "2027-12-31"},
		{"Good Friday", "gb", "2027-03-26"},
		{"Boxing Day on a Sunday is kept on Tuesday", "gb", "2027-12-28"},
		{"Unity Day", "de", "2026-10-03"},
		{"a part has days of its own", "de-by", "2026-06-04"},
		{"the fourteenth of July", "fr", "2026-07-14"},
		{"Canada Day", "ca", "2026-07-01"},
		{"what all states share", "au", "2026-01-26"},
		{"what all cantons share", "ch", "2026-08-01"},
	} {
		if !slices.Contains(dates(t, c.country, c.day[:4]), c.day) {
			t.Errorf("%s: %s is no holiday of %s", c.rule, c.day, c.country)
		}
	}
	if slices.Contains(dates(t, "de", "2026"), "2026-06-04") || slices.Contains(dates(t, "ch", "2026"), "2026-03-19") {
		t.Error("a holiday of one part is one of the whole country")
	}
}

func TestEveryCountryHasDaysSortedAndOnce(t *testing.T) {
	for _, country := range holiday.Countries() {
		for year := 2019; year <= 2035; year++ {
			days, err := holiday.Days(country, year)
			if err != nil || len(days) < 4 {
				t.Errorf("%s %d has %d holidays, %v", country, year, len(days), err)
			}
			for n, day := range days {
				if day.Date.Year() != year || day.Name.Own == "" || n > 0 && days[n-1].Date >= day.Date {
					t.Errorf("%s %d: %v", country, year, day)
				}
			}
		}
	}
}

func TestUnknownCountryNamesThoseThereAre(t *testing.T) {
	_, err := holiday.Days("xx", 2026)
	var unknown *holiday.Unknown
	if !errors.As(err, &unknown) || unknown.Country != "xx" || !slices.Contains(unknown.Countries, "jp") || !strings.Contains(err.Error(), "jp") {
		t.Errorf("xx: %v", err)
	}
	if days, err := holiday.Days("JP", 2026); err != nil || len(days) == 0 {
		t.Errorf("a code in capitals: %v", err)
	}
}

func TestDaysMayBeAskedAtTheSameTime(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for year := 2019; year <= 2030; year++ {
				if days, err := holiday.Days("jp", year); err != nil || len(days) < 15 {
					t.Errorf("%d: %d, %v", year, len(days), err)
				}
			}
		})
	}
	all.Wait()
}

func dates(t *testing.T, country, year string) (out []string) {
	t.Helper()
	first, err := calendar.ParseDate(year + "-01-01")
	if err != nil {
		t.Fatal(err)
	}
	days, err := holiday.Days(country, first.Year())
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range days {
		out = append(out, day.Date.String())
	}
	return out
}
