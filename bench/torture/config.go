package main

import (
	"fmt"
	"os"
)

// house is a configuration whose targets come within seconds, and all else within the minute that is the shortest to be
// configured: a run of a minute sees the first, a longer one both. relief changes with every reload, and with it the policy's
// version, so that deadlines are set anew.
const house = `lang: en
targets:
  P1: {response: 2s, restore: 6s, first_notice: 3s, customer_notice: 4s, update: 2s, after_restored: 3s}
  P2: {response: 2s, restore: 6s, first_notice: 3s, customer_notice: 4s, update: 3s, after_restored: 3s}
  P3: {response: 2s, restore: 5s, first_notice: 3s, customer_notice: 0, update: 3s, after_restored: 0, hours: 24x7}
  P4: {response: 3s, restore: 6s, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0, hours: 24x7}
  P5: {response: 4s, restore: 8s, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0, hours: 24x7}
reminders:
  at: [50, 80]
  every: 1m
  ask_next_after: 1m
  offer_expires_after: 1m
  delegate_after: 1m
  relief_after: %ds
hold: {review_after: 1m}
confirm_after: 1m
people: [{name: anna}, {name: bert}, {name: carla}, {name: dora}, {name: emil}, {name: fritz}]
on_call: [anna, bert]
managers: [carla]
`

// configure writes the configuration with the given variation; a broken one must change nothing.
func (t *torture) configure(variant int, broken bool) error {
	text := fmt.Sprintf(house, 60+variant%3) + t.place.setting()
	if broken {
		text += "lang: klingon\n"
	}
	next := t.child.config() + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, t.child.config())
}
