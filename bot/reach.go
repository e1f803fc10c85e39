package bot

import (
	"strings"

	"matoi/lang"
)

// ReachName words how somebody is reached, in their order and without addresses, which are nobody else's business: chat → e-mail → sms.
// What leads nowhere now is left out, and of what failed last time that is said. It is "" where nothing leads anywhere.
func ReachName(list []WayView, l lang.Lang) string {
	var out []string
	for _, v := range list {
		if !v.Usable {
			continue
		}
		name := WayName(v.Way, l)
		if v.Last.State == PageFailed {
			name = lang.Text(l, "way.reach_failed", lang.Args{"Way": name})
		}
		if len(out) == 0 || out[len(out)-1] != name { // two numbers are one way to others
			out = append(out, name)
		}
	}
	return strings.Join(out, lang.Text(l, "way.reach_then", nil))
}
