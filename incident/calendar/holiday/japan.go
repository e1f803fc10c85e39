package holiday

import (
	"strings"

	"matoi/incident/calendar"
)

// The names of the two kinds of days that the Act on National Holidays makes of others: art. 3, 2 and 3, 3.
const (
	substitute = "休日（振替休日）"
	between    = "休日（国民の休日）"
)

// japanese is what the Act on National Holidays calls a day, with its English name.
func japanese(name string) calendar.Name {
	if strings.HasPrefix(strings.ToLower(name), "national holiday between") {
		return calendar.Name{Own: between, EN: "Citizens' Holiday"}
	}
	if own, known := map[string]string{
		"New Year's Day":                        "元日",
		"Coming of Age Day":                     "成人の日",
		"National Foundation Day":               "建国記念の日",
		"The Emperor's Birthday":                "天皇誕生日",
		"Vernal Equinox Day":                    "春分の日",
		"Showa Day":                             "昭和の日",
		"Constitution Memorial Day":             "憲法記念日",
		"Greenery Day":                          "みどりの日",
		"Children's Day":                        "こどもの日",
		"Marine Day":                            "海の日",
		"Mountain Day":                          "山の日",
		"Respect for the Aged Day":              "敬老の日",
		"Autumnal Equinox Day":                  "秋分の日",
		"Sports Day":                            "スポーツの日",
		"Culture Day":                           "文化の日",
		"Labor Thanksgiving Day":                "勤労感謝の日",
		"New Emperor Enthronement Day":          "天皇の即位の日",
		"The New Emperor Enthronement Ceremony": "即位礼正殿の儀の行われる日",
	}[name]; known {
		return calendar.Name{Own: own, EN: name}
	}
	return calendar.Name{Own: name}
}

// corrections are the days of Japan that rickar/cal v2.1.13 has wrong: an empty name takes one away. 2019 had no Emperor's Birthday,
// because the reign changed between the two dates, and its Sports Day still had its older name; for the Olympics a law of their own
// moved Mountain Day in 2020 and 2021. The source is the Holidays Act as amended for these years; the goldens hold
// every day from 2019 to 2030.
func corrections(year int) map[calendar.Date]calendar.Name {
	switch year {
	case 2019:
		return map[calendar.Date]calendar.Name{
			calendar.DateAt(2019, 10, 14): {Own: "体育の日（スポーツの日）", EN: "Health and Sports Day"},
			calendar.DateAt(2019, 12, 23): {},
		}
	case 2020:
		return map[calendar.Date]calendar.Name{
			calendar.DateAt(2020, 8, 10): {Own: "山の日", EN: "Mountain Day"},
			calendar.DateAt(2020, 8, 11): {},
		}
	case 2021:
		return map[calendar.Date]calendar.Name{
			calendar.DateAt(2021, 8, 8):  {Own: "山の日", EN: "Mountain Day"},
			calendar.DateAt(2021, 8, 9):  {Own: substitute, EN: "Mountain Day (observed)"},
			calendar.DateAt(2021, 8, 11): {},
		}
	}
	return nil
}
