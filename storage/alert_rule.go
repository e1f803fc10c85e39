package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

const ruleColumns = `number, name, body, made_by, made_at, why, ended_by, ended_at, matched, matched_at`

func scanRule(r *sql.Rows) (s alert.StoredRule, err error) {
	var name, body string
	var made, ended, last int64
	if err = r.Scan(&s.Number, &name, &body, &s.By, &made, &s.Why, &s.EndedBy, &ended, &s.Matched, &last); err != nil {
		return s, err
	}
	s.At, s.Ended, s.MatchedAt = instant(made), instant(ended), instant(last)
	if s.Rule, err = alert.ParseRule(body); err != nil { // left to alert.Stored, which names it
		s.Rule, err = alert.Rule{Name: name}, nil
	}
	return s, err
}

// AlertRules lists the rules for alerts that people made: those that stand, in the order in which they are asked, then with all those
// that were removed, the last one first.
func (s *Storage) AlertRules(ctx context.Context, all bool) ([]alert.StoredRule, error) {
	found, err := rulesOf(ctx, s.reader, all, "")
	return found, s.wrap(err, "list the rules for alerts")
}

func rulesOf(ctx context.Context, q querier, ended bool, lock string) ([]alert.StoredRule, error) {
	found, err := all(ctx, q, `SELECT `+ruleColumns+` FROM alert_rule WHERE ended_at = 0 ORDER BY pos, number`+lock, nil, scanRule)
	if err != nil || !ended {
		return found, err
	}
	gone, err := all(ctx, q, `SELECT `+ruleColumns+` FROM alert_rule WHERE ended_at > 0 ORDER BY ended_at DESC, number DESC`, nil, scanRule)
	return append(found, gone...), err
}

// MakeAlertRule keeps a rule, which is asked before all that stand, and enters it in the register. A cause seen before makes nothing and
// gives what it made.
func (s *Storage) MakeAlertRule(ctx context.Context, cause string, r alert.StoredRule) (alert.StoredRule, error) {
	body, err := alert.RuleJSON(r.Rule)
	if err != nil {
		return r, s.wrap(err, "make a rule for alerts")
	}
	err = s.write(ctx, false, func(t *tx) error {
		before, again, err := t.doneBefore(cause)
		if again || err != nil {
			if err == nil {
				r, err = t.rule(before)
			}
			return err
		}
		if err := t.lockName("rule", "all"); err != nil {
			return err
		}
		list, err := rulesOf(context.Background(), t.run, false, "")
		if err != nil {
			return t.spoil(err)
		}
		if slices.ContainsFunc(list, func(other alert.StoredRule) bool { return strings.EqualFold(other.Rule.Name, r.Rule.Name) }) {
			return incident.Refuse("inbox_rule_twice", "Rule", r.Rule.Name)
		}
		var first int64
		if err := t.get(`SELECT coalesce(min(pos), 0) FROM alert_rule WHERE ended_at = 0`, nil, &first); err != nil {
			return err
		}
		if r.Number, err = t.next(counterRule, 1); err != nil {
			return err
		}
		r.At = t.s.now()
		_, err = t.exec(`INSERT INTO alert_rule (number, pos, name, body, made_by, made_at, why, ended_by, ended_at, matched, matched_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, 0)`, r.Number, first-1, r.Rule.Name, body, r.By, micro(r.At), r.Why)
		if err != nil {
			return err
		}
		return t.ruleDone(cause, r.Number, &incident.AlertRuleSet{Rule: r.Number, Deed: "made", Text: r.Rule.YAML(), Reason: r.Why}, r.By)
	})
	return r, s.wrap(err, "make a rule for alerts")
}

// RemoveAlertRule takes a rule out. incident.ErrNotFound where none of that number stands.
func (s *Storage) RemoveAlertRule(ctx context.Context, cause string, number int64, by incident.PersonID, why string) (r alert.StoredRule, err error) {
	return s.changeRule(ctx, cause, number, "remove a rule for alerts", func(t *tx, r alert.StoredRule, _ []alert.StoredRule) (*incident.AlertRuleSet, incident.PersonID, error) {
		_, err := t.exec(`UPDATE alert_rule SET ended_by = $2, ended_at = $3 WHERE number = $1`, number, by, micro(t.s.now()))
		return &incident.AlertRuleSet{Rule: number, Deed: "removed", Text: r.Rule.YAML(), Reason: why}, by, err
	})
}

// MoveAlertRule lets a rule be asked so many places later, or earlier below 0; at either end it stays.
func (s *Storage) MoveAlertRule(ctx context.Context, cause string, number int64, by incident.PersonID, places int) (r alert.StoredRule, err error) {
	return s.changeRule(ctx, cause, number, "move a rule for alerts", func(t *tx, r alert.StoredRule, list []alert.StoredRule) (*incident.AlertRuleSet, incident.PersonID, error) {
		at := slices.IndexFunc(list, func(o alert.StoredRule) bool { return o.Number == number })
		to := min(max(at+places, 0), len(list)-1)
		if at == to {
			return nil, by, nil
		}
		list = slices.Insert(slices.Delete(list, at, at+1), to, r)
		for pos, o := range list {
			if _, err := t.exec(`UPDATE alert_rule SET pos = $2 WHERE number = $1`, o.Number, pos); err != nil {
				return nil, by, err
			}
		}
		f := &incident.AlertRuleSet{Rule: number, Deed: "moved"}
		if to+1 < len(list) {
			f.Before = list[to+1].Number
		}
		return f, by, nil
	})
}

// changeRule does something to a rule that stands, once for a cause.
func (s *Storage) changeRule(ctx context.Context, cause string, number int64, what string,
	do func(t *tx, r alert.StoredRule, list []alert.StoredRule) (*incident.AlertRuleSet, incident.PersonID, error),
) (r alert.StoredRule, err error) {
	err = s.write(ctx, false, func(t *tx) error {
		before, again, err := t.doneBefore(cause)
		if again || err != nil {
			if err == nil {
				r, err = t.rule(before)
			}
			return err
		}
		if err := t.lockName("rule", "all"); err != nil {
			return err
		}
		list, err := rulesOf(context.Background(), t.run, false, "")
		if err != nil {
			return t.spoil(err)
		}
		at := slices.IndexFunc(list, func(o alert.StoredRule) bool { return o.Number == number })
		if at < 0 {
			return incident.ErrNotFound
		}
		r = list[at]
		f, by, err := do(t, r, list)
		if err != nil || f == nil {
			return err
		}
		return t.ruleDone(cause, number, f, by)
	})
	return r, s.wrap(err, what)
}

func (t *tx) rule(number int64) (alert.StoredRule, error) {
	found, err := all(context.Background(), t.run, `SELECT `+ruleColumns+` FROM alert_rule WHERE number = $1`, []any{number}, scanRule)
	if err == nil && len(found) == 0 {
		return alert.StoredRule{}, incident.ErrNotFound
	}
	if err != nil {
		return alert.StoredRule{}, t.spoil(err)
	}
	return found[0], nil
}

// ruleDone enters what was done in the register, and keeps its cause.
func (t *tx) ruleDone(cause string, number int64, f *incident.AlertRuleSet, by incident.PersonID) error {
	if err := t.enter(f, incident.By{Person: by}, t.s.now()); err != nil {
		return err
	}
	t.touched |= topicStanding
	return t.shiftCause(incident.Cause{ID: cause}, number)
}

// doneBefore tells what a cause that is about no incident did, if it was seen before.
func (t *tx) doneBefore(cause string) (number int64, again bool, err error) {
	if cause == "" {
		return 0, false, nil
	}
	if err := t.lockName("cause", cause); err != nil {
		return 0, false, err
	}
	err = t.get(`SELECT first_seq FROM cause WHERE id = $1 AND pos = 0`, []any{cause}, &number)
	if err == incident.ErrNotFound { //nolint:errorlint // get returns it bare
		return 0, false, nil
	}
	return number, err == nil, err
}

// RulesMatched counts what stored rules decided on.
func (w *atWork) RulesMatched(_ context.Context, matched map[int64]int64, at time.Time) error {
	for number, n := range matched {
		if _, err := w.t.exec(`UPDATE alert_rule SET matched = matched + $2, matched_at = $3 WHERE number = $1`, number, n, micro(at)); err != nil {
			return fmt.Errorf("count the matches of rule %d: %w", number, err)
		}
	}
	return nil
}
