package incident

import "slices"

// The facts of the register: what is done to the store as a whole. It is a chain of its own, with the number 0.
type (
	// PersonErased: the name, the address and the identities of a person are gone. Their id stands on in the record.
	PersonErased struct {
		Person PersonID `json:"person"`
		Reason string   `json:"reason"`
	}
	// HoldSet is a legal hold: nothing of the incident (0: of any) is pruned or erased until it is lifted.
	HoldSet struct {
		Number Number `json:"number,omitempty"`
		Reason string `json:"reason"`
	}
	// HoldLifted ends it.
	HoldLifted struct {
		Number Number `json:"number,omitempty"`
		Reason string `json:"reason"`
	}
	// AlertRuleSet is what was done to a rule for alerts that people make: it was made, moved before another one (0: behind all) or
	// removed. Text is the rule as it is written in the configuration.
	AlertRuleSet struct {
		Rule   int64  `json:"rule"`
		Deed   string `json:"deed"` // made, moved, removed
		Text   string `json:"text,omitempty"`
		Before int64  `json:"before,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
	// RequestDropped: a request of a monitoring system of which nothing could be made is gone, and was not worked off.
	RequestDropped struct {
		Request int64  `json:"request"`
		Source  string `json:"source"`
		Reason  string `json:"reason"`
	}
)

// Kind is the stored name.
func (*PersonErased) Kind() string { return "person_erased" }

// Kind is the stored name.
func (*HoldSet) Kind() string { return "hold_set" }

// Kind is the stored name.
func (*HoldLifted) Kind() string { return "hold_lifted" }

// Kind is the stored name.
func (*AlertRuleSet) Kind() string { return "alert_rule_set" }

// Kind is the stored name.
func (*RequestDropped) Kind() string { return "request_dropped" }

// registered are the kinds of the register's facts.
func registered() map[string]func() Fact {
	return map[string]func() Fact{
		"person_erased": zero[PersonErased], "hold_set": zero[HoldSet], "hold_lifted": zero[HoldLifted],
		"alert_rule_set": zero[AlertRuleSet], "request_dropped": zero[RequestDropped],
	}
}

// Holds are the legal holds that stand.
type Holds []Number

// HoldsOf folds the register.
func HoldsOf(register []Event) (h Holds) {
	for _, e := range register {
		switch f := e.Fact.(type) {
		case *HoldSet:
			if !slices.Contains(h, f.Number) {
				h = append(h, f.Number)
			}
		case *HoldLifted:
			h = slices.DeleteFunc(h, func(n Number) bool { return n == f.Number })
		}
	}
	return h
}

// All reports whether everything is held.
func (h Holds) All() bool { return slices.Contains(h, 0) }

// Holds reports whether an incident is held.
func (h Holds) Holds(n Number) bool { return h.All() || slices.Contains(h, n) }
