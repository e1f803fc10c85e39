package alert

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Decode reads a request of a source that isn't configured. A name that is no format is read as generic if a mapping is
// given. See Source.Decode.
func Decode(source string, m *Mapping, header http.Header, body []byte, received time.Time) (Delivery, error) {
	s := Source{Name: source, Format: source, Mapping: m}
	if m != nil && decoderOf(source) == nil {
		s.Format = Generic
	}
	return s.Decode(header, body, received)
}

// Decode reads a request. Its error is always an *Undecoded, with the reason that a person can be told. It never
// panics, and gives at most 20,000 alerts, whatever the body. Decoding the same request twice gives the same.
func (s Source) Decode(header http.Header, body []byte, received time.Time) (Delivery, error) {
	decode := decoderOf(s.format())
	if decode == nil {
		return Delivery{}, undecoded("alert.error_unknown_source", "Source", line(s.Name, maxName))
	}
	return s.read(decode, header, body, received)
}

// read unpacks a body, has it decoded, and cleans what was read.
func (s Source) read(decode decoder, header http.Header, body []byte, received time.Time) (Delivery, error) {
	body, err := unpacked(header, body)
	if err != nil {
		return Delivery{}, err
	}
	body = utf8Body(header, bytes.TrimPrefix(body, []byte("\ufeff")))
	if _, form := isForm(header); (!form || looksJSON(body)) && s.format() != Generic && tooDeep(body) { // which looks itself, where it has to
		return Delivery{}, undecoded("alert.error_too_deep")
	}
	d, err := decode(s, header, body)
	if err != nil {
		return Delivery{}, err
	}
	d.GroupKey = bound(line(d.GroupKey, len(d.GroupKey)+1))
	if name := s.Auth.number(); name != "" { // signed, so that nobody can give what they send again another one
		d.DeliveryID = first(header.Get(name), d.DeliveryID)
	}
	d.DeliveryID = line(d.DeliveryID, maxName)
	for i := range d.Alerts {
		d.Alerts[i].Source = line(s.Name, maxName)
		d.Alerts[i].SenderGroup = d.GroupKey
		d.Alerts[i].finish(received.UTC().Truncate(time.Microsecond))
	}
	return d, nil
}

// format is the format of a source: by default the one that is named like it.
func (s Source) format() string { return cmp.Or(s.Format, s.Name) }

// finish cleans what a decoder read, and fills what can be derived: a title, the key,
// the start and the severity in our own words.
func (a *Alert) finish(received time.Time) {
	if a.Status != Resolved { // what a decoder could make nothing of fires
		a.Status = Firing
	}
	a.Event = cmp.Or(a.Event, eventOf(a.Status))
	a.Title = line(a.Title, maxTitle)
	a.Service, a.Host = line(a.Service, maxName), line(a.Host, maxName)
	a.Actor, a.Comment = line(a.Actor, maxName), text(a.Comment, maxValue)
	a.Description = text(a.Description, maxDescription)
	a.Link, a.Runbook = link(a.Link), runbook(a.Runbook)
	a.Labels = labels(a.Labels)
	a.Severity = severity(a.Severity)
	key := line(a.DedupeKey, len(a.DedupeKey)+1)
	if a.Title == "" && (key == "" || !a.follows()) {
		a.Title = line(first(firstLine(a.Description), a.Service, a.Host, key, a.Source), maxTitle)
	}
	if key == "" {
		key = digest(a.Source, a.Title, a.Service, a.Host)
	}
	a.DedupeKey = bound(a.Source + ":" + key)
	start, undated := sane(a.StartsAt, received)
	a.StartsAt, a.Undated, a.Timed = start, undated || a.Undated, a.Timed && !undated
	if a.EndsAt = a.EndsAt.UTC().Truncate(time.Microsecond); a.Status != Resolved || a.EndsAt.Before(a.StartsAt) || a.EndsAt.After(received) {
		a.EndsAt = time.Time{}
	}
}

// sane gives a start that can be believed: not before 2000, not more than a day ahead. Else the time of receipt, and
// true, for it says nothing about the occurrence.
func sane(start, received time.Time) (time.Time, bool) {
	start = start.UTC().Truncate(time.Microsecond)
	if start.Year() < 2000 || start.After(received.Add(24*time.Hour)) {
		return received, true
	}
	return start, false
}

// tooDeep reports whether JSON is nested deeper than anything a monitoring system means. Decoders recurse, so this is
// looked at first, without recursion.
func tooDeep(body []byte) bool {
	const most = 100
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > most {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// Undecoded says why a request gives no alerts. The reason is for people, the error below it for the log.
type Undecoded struct {
	Reason Reason
	Err    error
	// Idle says that the request is of a kind that its sender sends all day and that means nothing to anybody here (a build
	// that has begun): it is said in the log and kept nowhere.
	Idle bool
}

// Error gives the reason's code and the error below it, for logs.
func (u *Undecoded) Error() string {
	if u.Err != nil {
		return "decode alert: " + u.Reason.String() + ": " + u.Err.Error()
	}
	return "decode alert: " + u.Reason.String()
}

// Unwrap gives the error below.
func (u *Undecoded) Unwrap() error { return u.Err }

// undecoded makes an error with a reason, the arguments being names and values in turn.
func undecoded(id string, args ...string) *Undecoded {
	return &Undecoded{Reason: because(id, args...)}
}

// idle makes the error of a request that is well understood and means nothing to anybody here. What is the sender's own name of
// its kind.
func idle(what string) *Undecoded {
	u := undecoded("alert.error_idle", "What", line(what, maxName))
	u.Idle = true
	return u
}

// tested makes the error of what a sender's button "send a test" sends.
func tested(sender string) *Undecoded { return undecoded("alert.error_test", "Sender", sender) }

// unmarshal reads a JSON object and forgives fields of the wrong kind, which stay empty: encoding/json reads on after
// them, and an odd field must not cost the alert.
func unmarshal(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return nil
	}
	if err != nil {
		return notJSON(err)
	}
	return nil
}

// notJSON words what encoding/json found, without quoting the body.
func notJSON(err error) *Undecoded {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return &Undecoded{Reason: because("alert.error_no_object", "Found", kind.Value), Err: err}
	case errors.As(err, &syntax):
		return &Undecoded{Reason: because("alert.error_not_json", "Detail", syntax.Error()), Err: err}
	}
	return &Undecoded{Reason: because("alert.error_not_json", "Detail", "…"), Err: err}
}

// word is a text in a sender's JSON that may as well come as a number or a truth value; anything else is kept as JSON.
// It never makes decoding fail: a field of the wrong kind must not cost the alert.
type word string

// UnmarshalJSON reads any JSON value.
func (w *word) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*w = word(s)
		return nil
	}
	if *w = ""; !bytes.Equal(raw, []byte("null")) {
		*w = word(raw)
	}
	if bytes.IndexByte(raw, '\\') >= 0 { // a list or an object with escapes in it
		var v any
		d := json.NewDecoder(bytes.NewReader(raw))
		if d.UseNumber(); d.Decode(&v) == nil {
			*w = word(asJSON(v))
		}
	}
	return nil
}

// asJSON writes what was decoded from JSON with the letters that stand in it, and not their escapes.
func asJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // never fails: it was decoded from JSON
	return strings.TrimSuffix(b.String(), "\n")
}

// words turns a map of lenient texts into plain ones.
func words(m map[string]word) map[string]string {
	plain := make(map[string]string, len(m))
	for name, value := range m {
		plain[name] = string(value)
	}
	return plain
}

// sortedNames gives a map's keys in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
