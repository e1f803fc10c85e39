package bot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// reminding is a pump on a chat that can say what it told, and so many incidents led by p1, of each of which a first notice
// is due in three hours.
func reminding(t *testing.T, incidents int) (*pumped, *fakeChat, []incident.Number) {
	t.Helper()
	x := pumping(t, "chat")
	x.stop()
	c := x.chats["chat"]
	x.wrap = func(c *fakeChat) Chat { return recalling{c} }
	x.start()
	var all []incident.Number
	for k := range incidents {
		x.after(time.Second)
		n := x.do(0, incident.Open{Title: fmt.Sprintf("queue %c is stuck", 'a'+k), Priority: incident.P3}, "p1").Number
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		x.do(n, incident.Speak{}, "p2") // the response
		all = append(all, n)
	}
	x.after(time.Minute)
	c.mu.Lock()
	delete(c.told, "p1")
	c.mu.Unlock()
	return x, c, all
}

// tick lets half of the three hours pass, and the clock work.
func (x *pumped) tick(all []incident.Number) {
	x.t.Helper()
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	x.after(time.Until(start.Add(91 * time.Minute)))
	for _, n := range all {
		x.do(n, incident.Tick{}, "")
	}
	synctest.Wait()
}

// times tells how often each incident was told of.
func times(got []Message, all []incident.Number) (out []int) {
	for _, n := range all {
		told := 0
		for _, m := range got {
			if card := cardOf(m); strings.Contains(card.Title+card.Text, n.String()) {
				told++
			}
		}
		out = append(out, told)
	}
	return out
}

func TestRemindersOfAMinuteAreOneMessageForEachPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, all := reminding(t, 14)
		defer func() { x.stop() }()
		x.tick(all[:1])
		x.after(5 * time.Second)
		for _, n := range all[1:] {
			x.do(n, incident.Tick{}, "")
		}
		x.after(45 * time.Second)
		if n := len(c.heard("p1")); n != 1 {
			t.Fatalf("the first goes at once, and no second within a minute: %d", n)
		}
		x.do(all[3], incident.AddTask{Text: "look", Owner: "p1"}, "p2")
		x.after(2 * time.Second)
		if got := c.heard("p1"); len(got) != 2 || len(got[1].Due) > 0 {
			t.Fatalf("what else is told waits for no reminder: %d messages", len(got))
		}
		x.after(2 * time.Minute)
		var got []Message
		for _, m := range c.heard("p1") {
			if len(m.Due) > 0 {
				got = append(got, m)
			}
		}
		if len(got) != 2 || x.m.left() != 0 {
			t.Errorf("%d messages, %d wait", len(got), x.m.left())
		}
		last := got[len(got)-1]
		card := cardOf(last)
		if len(card.Buttons) != mostDoDue || strings.Count(card.Text, "queue ") > mostDue || !strings.Contains(card.Buttons[0].Command, "update --in INC-") {
			t.Errorf("buttons %+v below %q", card.Buttons, card.Text)
		}
		due := map[incident.Number]int{}
		for _, m := range got {
			for _, d := range m.Due {
				due[d.Number]++
			}
		}
		for _, n := range all {
			if due[n] != 1 {
				t.Errorf("%s is told %d times", n, due[n])
			}
			if _, err := x.m.Receipt(t.Context(), n, "chat", incident.Remind, "p1"); err != nil {
				t.Errorf("%s: %v", n, err)
			}
			if e := (Erased{Number: n, Seqs: []int64{1 << 30}, Title: true}); !e.In(last.Key, last.Tells) && !e.In(got[0].Key, got[0].Tells) {
				t.Errorf("what is erased from %s would not be found", n)
			}
		}
	})
}

// The process dies at any moment around the message: each reminder is told once.
func TestRemindersOfSeveralIncidentsAreToldOnceWhateverDies(t *testing.T) {
	t.Parallel()
	for step := range 12 {
		synctest.Test(t, func(t *testing.T) {
			x, c, all := reminding(t, 8)
			defer func() { x.stop() }()
			c.mu.Lock()
			c.slow = 100 * time.Millisecond
			c.mu.Unlock()
			x.tick(all)
			for range 40 {
				x.after(time.Duration(step) * 20 * time.Millisecond)
				x.kill()
				x.start()
			}
			x.after(5 * time.Minute)
			for k, n := range times(c.heard("p1"), all) {
				if n != 1 {
					t.Errorf("killed every %d ms: %s is told %d times in %d messages", 20*step, all[k], n, len(c.heard("p1")))
				}
			}
			if x.m.left() != 0 {
				t.Errorf("%d wait", x.m.left())
			}
		})
	}
}

// A chat that was away for an hour says of a reminder how late it is, and nothing of what was done, moved or put off meanwhile.
func TestALateReminderSaysSoAndOneThatIsDoneSaysNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, all := reminding(t, 6)
		defer func() { x.stop() }()
		c.fail(errors.New("connection refused"))
		x.tick(all)
		x.after(20 * time.Minute)
		x.do(all[1], incident.Publish{Text: "we are on it"}, "p1")
		x.do(all[2], incident.SetPriority{Priority: incident.P2}, "p1") // it is due at another time now
		x.do(all[3], incident.Snooze{}, "p1")
		x.do(all[4], incident.Cancel{Reason: "no incident"}, "p1")
		x.after(40 * time.Minute)
		c.fail(nil)
		x.after(5 * time.Minute)
		got := times(c.heard("p1"), all)
		if want := []int{1, 0, 0, 0, 0, 1}; !slices.Equal(got, want) || x.m.left() != 0 {
			t.Errorf("told %v, want %v; %d wait", got, want, x.m.left())
		}
		for _, m := range c.heard("p1") {
			if text := cardOf(m).Text; !strings.Contains(text, "(1時間遅れ)") {
				t.Errorf("it says nothing of its lateness: %q", text)
			}
		}
	})
}

// A chat of this process, whose lanes are worked off in runs, is no exception.
func TestRemindersOfAChatOfThisProcessAreOneMessageToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, all := reminding(t, 8)
		x.stop()
		x.wrap, x.near = nil, &nearChat{fakeChat: c}
		x.start()
		defer func() { x.stop() }()
		x.tick(all)
		x.after(3 * time.Minute)
		got := c.heard("p1")
		for k, n := range times(got, all) {
			if n != 1 {
				t.Errorf("%s is told %d times", all[k], n)
			}
		}
		if len(got) > 2 || x.m.left() != 0 {
			t.Errorf("%d messages, %d wait", len(got), x.m.left())
		}
	})
}

// What becomes due of one incident at one instant is one message, which says what and when with a button for each.
func TestWhatIsDueAtOnceIsOneMessageWithAButtonForEach(t *testing.T) {
	i, e := overdue(t)
	v := View{Lang: lang.EN, Zone: time.UTC, Now: e[0].At, Names: func(p incident.PersonID) string { return string(p) }, BaseURL: "https://m"}
	var all []due
	for _, e := range e {
		m, ok := v.reminded(i, clockOf(e.Fact), e, "p1")
		if !ok {
			t.Fatalf("nothing is said of %s", clockOf(e.Fact))
		}
		all = append(all, due{clockOf(e.Fact), e, m})
	}
	card := v.dueOnce(i, all, "p1").Card
	var commands []string
	for _, b := range card.Buttons {
		commands = append(commands, strings.Split(b.Command, " --in")[0])
	}
	if want := []string{"update", "update --audience customers", "brief", "snooze 30m"}; !slices.Equal(commands, want) || card.Buttons[0].Style != "primary" || card.Tone != Burning || len(card.Fields) != 2 {
		t.Errorf("%+v with the buttons %q", card, commands)
	}
	one := v.dueOnce(i, all[:1], "p1").Card
	if len(one.Buttons) != 3 || one.Buttons[2].Command != "snooze 30m --in "+i.Number.String() || all[0].message.Card.Buttons[0].Style != "primary" {
		t.Errorf("by itself: %+v", one.Buttons)
	}
	up := incident.Event{At: e[0].At, Fact: &incident.Reminded{Clock: incident.FirstNotice, Step: 103, Rung: 3, Up: "p4", Due: i.Clock(incident.FirstNotice).Due}}
	if m, ok := v.reminded(i, incident.FirstNotice, up, "p4"); !ok || !strings.Contains(m.Card.Text, "p1") || strings.Contains(m.Card.Buttons[0].Command, "update") {
		t.Errorf("above: %+v", m.Card)
	}
}

// overdue is a P1 whose first notice and notice to customers are both overdue, and what is said of them.
func overdue(t *testing.T) (*incident.Incident, []incident.Event) {
	t.Helper()
	opened := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	targets := incident.Targets{Policy: "x", FirstNotice: incident.In(10 * time.Minute), CustomerNotice: incident.In(30 * time.Minute)}
	i := incident.Fold(20261121000001, []incident.Event{
		{Number: 20261121000001, Seq: 1, At: opened, By: "p1", Fact: &incident.Opened{Title: "x", Priority: incident.P1, Targets: targets}},
		{Number: 20261121000001, Seq: 2, At: opened, By: "p1", Fact: &incident.RoleTaken{Role: incident.Manager, Person: "p1"}},
	})
	at := opened.Add(time.Hour)
	var out []incident.Event
	for k, kind := range []incident.ClockKind{incident.FirstNotice, incident.CustomerNotice} {
		out = append(out, incident.Event{Number: i.Number, Seq: int64(3 + k), At: at, Fact: &incident.Reminded{Clock: kind, Step: 101, Rung: 1, Due: i.Clock(kind).Due}})
	}
	return i, out
}
