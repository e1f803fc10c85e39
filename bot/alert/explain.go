package alert

import (
	"errors"
	"net/http"
	"time"

	"matoi/lang"
)

// Explanation is what Matoi would make of a request: the answer of `matoi alert explain`.
type Explanation struct {
	Alerts      []Explained `json:"alerts"`
	GroupKey    string      `json:"group_key,omitempty"`
	GroupStatus string      `json:"group_status,omitempty"`
	Truncated   int         `json:"truncated"`
	DeliveryID  string      `json:"delivery_id,omitempty"`
	// Error says why nothing could be decoded; it is empty if something was.
	Error  string  `json:"error,omitempty"`
	Reason *Reason `json:"reason,omitempty"`
}

// Explained is one alert of a request with the rule that applies and what it does.
type Explained struct {
	Alert
	Group    string `json:"group"`
	Rule     string `json:"rule"`
	Do       string `json:"do"`
	Priority string `json:"priority,omitempty"`
	Why      string `json:"why"`
	Reason   Reason `json:"reason"`
}

// Explain decodes a request and judges it without keeping or sending anything, and without asking for a secret. Its
// reasons are in their stored form until In puts them in a language.
func Explain(source string, m *Mapping, rules Rules, header http.Header, body []byte, now time.Time) Explanation {
	d, err := Decode(source, m, header, body, now)
	return explained(d, err, rules)
}

// Explain does the same for a source of the configuration.
func (s Source) Explain(rules Rules, header http.Header, body []byte, now time.Time) Explanation {
	d, err := s.Decode(header, body, now)
	return explained(d, err, rules)
}

func explained(d Delivery, err error, rules Rules) Explanation {
	e := Explanation{
		Alerts: []Explained{}, GroupKey: d.GroupKey, GroupStatus: d.GroupStatus, Truncated: d.Truncated, DeliveryID: d.DeliveryID,
	}
	if err != nil {
		e.Error = err.Error()
		if u := (*Undecoded)(nil); errors.As(err, &u) {
			e.Reason = &u.Reason
		}
		return e
	}
	for _, a := range d.Alerts {
		o := rules.For(a)
		e.Alerts = append(e.Alerts, Explained{
			Alert: a, Group: GroupKey(a), Rule: o.Rule, Do: o.Do, Priority: o.Priority, Why: o.Why.String(), Reason: o.Why,
		})
	}
	return e
}

// In gives the explanation with its reasons worded in a language.
func (e Explanation) In(l lang.Lang) Explanation {
	alerts := make([]Explained, len(e.Alerts))
	for i, a := range e.Alerts {
		a.Why = a.Reason.Text(l)
		alerts[i] = a
	}
	if e.Alerts = alerts; e.Reason != nil {
		e.Error = e.Reason.Text(l)
	}
	return e
}
