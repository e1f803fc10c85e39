package alert

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"matoi/lang"
)

// Reason says why something was decided or refused, as the id of a text and its arguments, so that everybody reads it in
// a language of their own.
type Reason struct {
	ID   string            `json:"id"`
	Args map[string]string `json:"args,omitempty"`
}

// because makes a reason, the arguments being names and values in turn.
func because(id string, args ...string) Reason {
	r := Reason{ID: id}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = make(map[string]string, len(args)/2)
		}
		r.Args[args[i]] = args[i+1]
	}
	return r
}

// byRule is the reason of what a rule decided. Do says what follows; older ones lack it.
const byRule = "alert.reason_rule"

// rulesDo are the words behind byRule.
func rulesDo() []string { return []string{Open, "open_as", "open_provisional", Attach, Ignore, Inbox} }

// Text words the reason.
func (r Reason) Text(l lang.Lang) string {
	args := make(lang.Args, len(r.Args))
	for name, value := range r.Args {
		args[name] = value
		var long Span
		if (name == "For" || name == "Within") && long.UnmarshalText([]byte(value)) == nil {
			args[name] = lang.Span(l, time.Duration(long))
		}
	}
	id := r.ID
	if do := r.Args["Do"]; id == byRule && slices.Contains(rulesDo(), do) {
		id += "_" + do
	}
	return lang.Text(l, id, args)
}

// String gives the stored form, which ParseReason reads: the id, then the arguments as in a web address.
func (r Reason) String() string {
	if len(r.Args) == 0 {
		return r.ID
	}
	values := url.Values{}
	for name, value := range r.Args {
		values.Set(name, value)
	}
	return r.ID + "?" + values.Encode()
}

// ParseReason reads what String wrote. What it can't read becomes a reason without arguments.
func ParseReason(s string) Reason {
	address, err := url.Parse(s)
	if err != nil {
		return Reason{ID: s}
	}
	r := Reason{ID: address.Path}
	for name, value := range address.Query() {
		if r.Args == nil {
			r.Args = make(map[string]string)
		}
		r.Args[name] = value[0]
	}
	return r
}

// Mistake is what is wrong with a value of the configuration. As an error it is worded in English; Text words it for people.
type Mistake struct{ Reason }

// Error words the mistake in English.
func (m Mistake) Error() string { return m.Text(lang.EN) }

// mistaken makes a mistake, the arguments being names and values in turn.
func mistaken(id string, args ...string) error { return Mistake{because(id, args...)} }

// Equal reports whether two reasons say the same.
func (r Reason) Equal(other Reason) bool {
	return r.ID == other.ID && maps.Equal(r.Args, other.Args)
}
