package main

import (
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/storage"
)

var slackTokens = regexp.MustCompile(`tok[a-z]+n\d+x`)

// judge holds the record and the workspace against what people were told.
func (k *slackKills) judge() {
	t := k.t
	t.Helper()
	if out, err := exec.Command(k.p.file, "verify", "--data", k.p.data).CombinedOutput(); err != nil {
		t.Errorf("verify: %v %s", err, out)
	}
	facts := k.record()
	events := k.acknowledged()
	posts, summed := k.channels(), map[string]int{}
	for _, s := range k.hands[0].stages {
		summed[s.room] = k.leftOut(s.room)
	}
	k.over(posts)
	for _, c := range k.book.claims {
		if c.event != "" {
			c.answered = events[c.how+" "+c.event]
		}
		n := facts[c.kind+" "+c.token]
		if n > 1 || c.answered && n == 0 {
			t.Errorf("%s by %s (acknowledged: %v) is in the record %d times", c.token, c.how, c.answered, n)
		}
		switch told := posts[c.room+" "+c.token]; {
		case c.room == "" || n != 1 || told == 1:
		case told == 0 && summed[c.room] > 0: // a room that was long behind is told the last of it
			summed[c.room]--
		default:
			t.Errorf("%s by %s is recorded, and told in its room %d times:\n%s", c.token, c.how, told, strings.Join(k.w.Texts(c.room), "\n"))
		}
	}
	for _, h := range k.hands {
		k.once("the direct messages of "+h.user.Name, k.w.DMs(h.user.ID))
	}
	for _, trouble := range k.w.Troubles() {
		if !slices.ContainsFunc([]string{"dispatch_failed", "operation_timeout", "was never acknowledged"}, func(s string) bool { return strings.Contains(trouble, s) }) {
			t.Errorf("what people saw: %s", trouble)
		}
	}
	for line := range strings.Lines(k.p.errs.String()) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "DATA RACE") || strings.Contains(line, "msg=panic") {
			t.Errorf("logged: %s", line)
		}
	}
}

// record counts the tokens of each kind of fact, and looks at the rooms of every incident.
func (k *slackKills) record() map[string]int {
	t := k.t
	t.Helper()
	s, err := storage.OpenReadOnly(t.Context(), k.p.data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	facts := map[string]int{}
	rows, err := s.Find(t.Context(), incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		i, err := s.Load(t.Context(), r.Number)
		if err != nil {
			t.Fatal(err)
		}
		k.room(i)
		all, err := s.Timeline(t.Context(), r.Number, 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			text := string(e.Body)
			switch f := e.Fact.(type) {
			case *incident.Noted: // the rest of it names the room, and that the title
				text = f.Text
			case *incident.DeliveryFailed:
				t.Errorf("%s: given up in doubt: %s %s", r.Number, f.Effect, f.Why)
			}
			for _, token := range slices.Compact(slices.Sorted(slices.Values(slackTokens.FindAllString(text, -1)))) {
				facts[e.Fact.Kind()+" "+token]++
			}
		}
	}
	return facts
}

// room is the one channel of an incident, as the record says, with one card that is pinned, and one announcement.
func (k *slackKills) room(i *incident.Incident) {
	number := i.Number.String()
	rooms := k.roomsOf(number)
	in, ok := i.Room("slack")
	if !ok || len(rooms) != 1 || k.w.Room(rooms[0]) != in.ID {
		k.t.Errorf("%s has the room %s, in Slack there are %v", number, in.ID, rooms)
		return
	}
	cards := 0
	for _, m := range k.w.Posts(in.ID) {
		if k.card(m) {
			cards++
		}
	}
	if pins := k.w.Pins(in.ID); cards != 1 || len(pins) != 1 || !k.card(pins[0]) {
		k.t.Errorf("%s has %d cards and %d pins", number, cards, len(pins))
	}
	announced := 0
	for _, m := range k.w.Posts("incidents") {
		if strings.Contains(m.Shown(), number) {
			announced++
		}
	}
	if announced != 1 {
		k.t.Errorf("%s is announced %d times", number, announced)
	}
}

// channels counts in how many posts of a channel a token stands, beside the card, and finds what was posted twice.
func (k *slackKills) channels() map[string]int {
	posts := map[string]int{}
	for _, name := range k.w.Rooms() {
		id := k.w.Room(name)
		all := k.w.Messages(id)
		k.once("#"+name, all)
		for _, m := range all {
			if m.Bot == "" || k.card(m) {
				continue
			}
			for _, token := range slackTokens.FindAllString(m.Shown(), -1) {
				posts[id+" "+token]++
			}
		}
	}
	return posts
}

var slackLeftOut = regexp.MustCompile(`The first (one|\d+) (?:is|are) on`)

// leftOut is how many entries the summaries in a channel say that they leave to the incident's page.
func (k *slackKills) leftOut(room string) (n int) {
	for _, m := range k.w.Posts(room) {
		for _, said := range slackLeftOut.FindAllStringSubmatch(m.Shown(), -1) {
			if some, err := strconv.Atoi(said[1]); err == nil {
				n += some
			} else {
				n++
			}
		}
	}
	return n
}

// once holds that no message with a mark stands twice.
func (k *slackKills) once(where string, all []slacktest.Message) {
	k.t.Helper()
	keys := map[any]int{}
	for _, m := range all {
		if payload, marked := m.Metadata["event_payload"].(map[string]any); marked {
			if keys[payload["key"]]++; keys[payload["key"]] == 2 {
				k.t.Errorf("%s shows %v twice: %.100q", where, payload["key"], m.Shown())
			}
		}
	}
}

// acknowledged finds the events that were answered 2xx, by their type and the ts of the message they are about.
func (k *slackKills) acknowledged() map[string]bool {
	out := map[string]bool{}
	for _, d := range k.w.Deliveries(slacktest.Events) {
		event, _ := d.Payload["event"].(map[string]any)
		ts := event["ts"]
		if item, is := event["item"].(map[string]any); is {
			ts = item["ts"]
		}
		if slices.ContainsFunc(d.Tries, func(t slacktest.Try) bool { return t.Failure == "" }) {
			out[fmt.Sprintf("%v %v", event["type"], ts)] = true
		}
	}
	return out
}

// summary is what a run saw, for whoever reads its log.
func (k *slackKills) summary() string {
	withheld := k.d.kept()
	looked, limited, retried := 0, 0, 0
	for _, c := range k.w.Calls() {
		if c.Status == 429 {
			limited++
		}
		if text := c.Form.Get("include_all_metadata"); text == "true" || text == "1" {
			looked++
		}
	}
	for _, d := range k.w.Deliveries(slacktest.Events) {
		retried += len(d.Tries) - 1
	}
	kept, messages := 0, 0
	for _, n := range withheld {
		kept += n
	}
	for _, name := range k.w.Rooms() {
		messages += len(k.w.Posts(k.w.Room(name)))
	}
	answered := 0
	events := k.acknowledged()
	for _, c := range k.book.claims {
		if c.answered || events[c.how+" "+c.event] {
			answered++
		}
	}
	var by []string
	for _, method := range slices.Sorted(maps.Keys(withheld)) {
		by = append(by, fmt.Sprintf("%s %d", method, withheld[method]))
	}
	return fmt.Sprintf(
		"%d deeds of which %d acknowledged (commands, presses and forms: %d tried, %d without an answer; events tried again %d times); "+
			"%d answers kept back until the kill (%s); %d looks for what may have been posted; %d calls put off by 429; %d channels, %d posts",
		len(k.book.claims), answered, k.book.tries, k.book.lost, retried, kept, strings.Join(by, ", "), looked, limited, len(k.w.Rooms()), messages)
}
