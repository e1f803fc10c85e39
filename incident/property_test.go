package incident_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident"
)

// world is a few incidents with the same people, driven at random.
type world struct {
	*scene
	numbers []incident.Number
}

func newWorld(t *testing.T) *world {
	w := &world{scene: inHours(t, office())}
	w.policy.Services = []incident.ServiceOf{{Name: "pay", Team: "t", Runbook: "https://r"}}
	w.policy.Further = leakRules()
	w.policy = w.policy.WithEscalations([]incident.Escalation{{
		ID: "own", For: incident.Scope{To: incident.P3}, Then: "management",
		Triggers: []incident.Trigger{
			{On: incident.OnShare, Clock: incident.Response, Share: 80},
			{On: incident.OnVacant, Role: incident.Manager, After: time.Hour},
			{On: incident.OnSilent, After: 2 * time.Hour},
			{On: incident.OnRaised, To: incident.P2},
			{On: incident.OnNoUpdate, After: time.Hour},
		},
		Steps: []incident.Step{
			{Wait: 7 * time.Minute, Targets: []incident.Target{{Kind: incident.ToPerson, People: []incident.PersonID{fay}}}},
			{Wait: 11 * time.Minute, Targets: []incident.Target{{Kind: incident.ToRole, Name: "scribe"}, {Kind: incident.ToRoom}}},
		},
	}})
	return w
}

func pick[T any](t *rapid.T, label string, of ...T) T { return rapid.SampledFrom(of).Draw(t, label) }

func person(t *rapid.T) incident.PersonID { return pick(t, "person", ann, bob, cho, dan, eri, fay) }

func words(t *rapid.T) string {
	return pick(t, "text", "", "x", "再起動した", "a\x00b", "bad \xff utf8", "<script>", "注意する")
}

func moment(t *rapid.T, now time.Time) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
		return time.Time{}
	}
	d := rapid.Int64Range(int64(-72*time.Hour), int64(100*time.Hour)).Draw(t, "offset")
	return now.Add(time.Duration(d)) // with nanoseconds: what comes from outside is not always clean
}

func happened(t *rapid.T, now time.Time) incident.Moment {
	return incident.Moment{At: moment(t, now), Approx: rapid.Bool().Draw(t, "approx")}
}

func priority(t *rapid.T) incident.Priority {
	return pick(t, "priority", incident.Priority(0), 1, 2, 3, 4, 5)
}

func role(t *rapid.T) incident.RoleID {
	return pick(t, "role", incident.Manager, incident.TechLead, incident.Scribe, incident.SocialMedia, "own-1", "nonsense", "")
}

func message(t *rapid.T, now time.Time) *incident.Message {
	if rapid.Bool().Draw(t, "no message") {
		return nil
	}
	return &incident.Message{Place: incident.Place{Realm: "console", Room: "c", Message: pick(t, "message", "1", "2")}, Author: person(t), At: moment(t, now), Text: words(t)}
}

// command draws any command with any arguments, sensible or not.
func (w *world) command(t *rapid.T) incident.Command {
	now := w.now
	text, who := words(t), person(t)
	draw := []func() incident.Command{
		func() incident.Command {
			return incident.Note{Sort: pick(t, "sort", "", "theory", "?"), Text: text, Happened: happened(t, now), Message: message(t, now)}
		},
		func() incident.Command {
			var place *incident.Place
			if m := message(t, now); m != nil {
				place = &m.Place
			}
			return incident.Revise{Seq: int64(rapid.IntRange(-1, 9).Draw(t, "seq")), Message: place, Text: text, Why: pick(t, "why", "", "edited", "unpinned")}
		},
		func() incident.Command { return incident.AnnounceDeed{Text: text} },
		func() incident.Command { return incident.CloseDeed{Result: text} },
		func() incident.Command {
			return incident.SetPriority{Impact: pick(t, "impact", "", "large", "small", "?"), Urgency: pick(t, "urgency", "", "high", "low"), Priority: priority(t), Reason: text}
		},
		func() incident.Command { return incident.SetTitle{Title: text} },
		func() incident.Command { return incident.SetSummary{Text: text} },
		func() incident.Command { return incident.SetCategory{Category: text} },
		func() incident.Command {
			return incident.SetServices{Services: []string{"pay", text}, Add: rapid.Bool().Draw(t, "add")}
		},
		func() incident.Command { return incident.SetTeam{Team: text} },
		func() incident.Command { return incident.Assign{Person: who} },
		func() incident.Command { return incident.SetOccurred{Happened: happened(t, now)} },
		func() incident.Command {
			return incident.SetStatus{To: pick(t, "status", incident.Statuses()...), Text: text}
		},
		func() incident.Command {
			return incident.Restore{Since: happened(t, now), Text: text, Withdraw: rapid.Bool().Draw(t, "withdraw")}
		},
		func() incident.Command { return incident.RecordCause{Direct: text, Root: text} },
		func() incident.Command {
			return incident.AddMeasure{Measure: incident.Measure{Text: text, Owner: text, Due: "明日"}}
		},
		func() incident.Command { return incident.Resolve{Text: text} },
		func() incident.Command {
			return incident.Confirm{Fixed: rapid.Bool().Draw(t, "fixed"), NeverWorked: rapid.Bool().Draw(t, "never")}
		},
		func() incident.Command { return incident.Close{Pending: text} },
		func() incident.Command {
			return incident.Reopen{Reason: text, NeverWorked: rapid.Bool().Draw(t, "never")}
		},
		func() incident.Command { return incident.Cancel{Reason: text} },
		func() incident.Command { return incident.Merge{Into: pick(t, "into", w.numbers...)} },
		func() incident.Command { return incident.Undo{} },
		func() incident.Command {
			return incident.PutHold{Hold: incident.Hold{For: pick(t, "for", "user", "vendor", "other", "?"), Reason: text, Review: moment(t, now), Promised: moment(t, now)}}
		},
		func() incident.Command { return incident.Resume{} },
		func() incident.Command { return incident.InventRole{Name: text, Duty: text} },
		func() incident.Command { return incident.TakeRole{Role: role(t), Person: who, Stream: text} },
		func() incident.Command { return incident.LeaveRole{Role: role(t), Person: who} },
		func() incident.Command { return incident.OfferHandover{Role: role(t), To: who} },
		func() incident.Command {
			return incident.AnswerHandover{Answer: pick(t, "answer", "accepted", "declined", "withdrawn", "?")}
		},
		func() incident.Command { return incident.TakeOver{Role: role(t), Reason: text} },
		func() incident.Command {
			return incident.Ask{Person: who, Why: pick(t, "why", "", "help", "escalation", "manager")}
		},
		func() incident.Command { return incident.Acknowledge{} },
		func() incident.Command { return incident.Decline{Reason: text} },
		func() incident.Command { return incident.GiveETA{ETA: moment(t, now)} },
		func() incident.Command { return incident.Enter{Realm: "console"} },
		func() incident.Command { return incident.Leave{Realm: "console"} },
		func() incident.Command { return incident.Speak{} },
		func() incident.Command { return incident.AddTask{Text: text, Owner: who} },
		func() incident.Command { return incident.ClaimTask{ID: rapid.IntRange(0, 8).Draw(t, "task")} },
		func() incident.Command {
			return incident.FinishTask{ID: rapid.IntRange(0, 8).Draw(t, "task"), Result: text}
		},
		func() incident.Command { return incident.DropTask{ID: rapid.IntRange(0, 8).Draw(t, "task")} },
		func() incident.Command {
			return incident.Publish{Sort: pick(t, "sort", "", "final"), Audience: pick(t, "audience", "", "customers"), Text: text, Next: moment(t, now)}
		},
		func() incident.Command {
			return incident.AddReporter{Reporter: incident.Reporter{Person: who, Contact: text}}
		},
		func() incident.Command {
			return incident.AddLink{Link: incident.Link{To: pick(t, "to", w.numbers...), URL: text}}
		},
		func() incident.Command {
			return incident.Escalate{How: pick(t, "how", "functional", "hierarchical", "policy", "?"), To: pick(t, "policy", "own", "management", ""), Reason: text}
		},
		func() incident.Command {
			return incident.SetAccess{Private: rapid.Bool().Draw(t, "private"), Add: []incident.PersonID{who}, Remove: []incident.PersonID{person(t)}}
		},
		func() incident.Command { return incident.IssueReport{} },
		func() incident.Command {
			ref := []incident.AlertRef{{Source: "s", Key: "k", Title: text, Start: moment(t, now)}}
			return incident.MeetAlerts{Attached: ref, Cleared: ref, Total: int64(rapid.IntRange(0, 3).Draw(t, "total")), Firing: int64(rapid.IntRange(0, 2).Draw(t, "firing"))}
		},
		func() incident.Command {
			return incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: pick(t, "room", "a", "b"), Name: "n"}}
		},
		func() incident.Command {
			return incident.FailDelivery{Effect: "tell", Realm: "console", Why: text, Person: who, Alone: rapid.Bool().Draw(t, "alone")}
		},
		func() incident.Command {
			return incident.RecordPage{Page: incident.Paged{Person: who, Seq: 1, Way: "mail", State: "failed", Why: text}}
		},
		func() incident.Command {
			return incident.Snooze{Clock: pick(t, "clock", "", incident.Response, incident.Restoration), Until: moment(t, now), Off: rapid.Bool().Draw(t, "off")}
		},
		func() incident.Command { return incident.Tick{} },
		func() incident.Command { return furtherCommand(t, now, text) },
	}
	return rapid.SampledFrom(draw).Draw(t, "command")()
}

func (w *world) openAny(t *rapid.T) {
	c := incident.Open{
		Title: pick(t, "title", "a", "決済", "bad \xff"), Priority: priority(t), Impact: pick(t, "impact", "", "large"), Private: rapid.Bool().Draw(t, "private"),
		Happened: happened(t, w.now), Detected: moment(t, w.now), Services: []string{"pay"}, Reporter: incident.Reporter{Person: pick(t, "reporter", "", fay)},
	}
	if rapid.Bool().Draw(t, "alert") {
		c.Alert = &incident.AlertRef{Source: "s", Key: "k", Start: w.now}
	}
	r, err := w.desk.Do(w.Context(), 0, c, incident.By{Person: pick(t, "by", "", ann)}, incident.Cause{})
	if err == nil {
		w.numbers = append(w.numbers, r.Incident.Number)
	}
}

// step does one thing to the world: a command, time that passes, or a sweep.
func (w *world) step(t *rapid.T) {
	if len(w.numbers) == 0 || len(w.numbers) < 3 && rapid.IntRange(0, 9).Draw(t, "open") == 0 {
		w.openAny(t)
		return
	}
	w.n = pick(t, "incident", w.numbers...)
	if rapid.IntRange(0, 4).Draw(t, "pass") == 0 {
		w.sleep(time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, "time")))
		w.sweep()
		return
	}
	var refusal *incident.Refusal
	by := incident.By{Person: pick(t, "by", "", ann, bob, dan, fay)}
	if _, err := w.desk.Do(w.Context(), w.n, w.command(t), by, incident.Cause{}); err != nil && !errors.As(err, &refusal) && !errors.Is(err, incident.ErrNotFound) {
		t.Fatalf("broke: %v", err)
	}
}

func TestStoredEntriesFoldToTheStateThatWasKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			w.step(rt)
		}
		for n, row := range w.store.rows {
			events := reread(t, w.store.entries[n])
			if broken := incident.Verify(n, events); broken != nil {
				rt.Fatalf("%v", broken)
			}
			if slices.ContainsFunc(row.People, func(r incident.Responder) bool { return r.Person == "" }) {
				rt.Fatalf("nobody is on the board: %s", text(rt, row))
			}
			got := incident.Fold(n, events)
			if text(rt, got) != text(rt, row) {
				rt.Fatalf("%s folds to\n%s\nbut the row is\n%s", n, text(rt, got), text(rt, row))
			}
			var back incident.Incident
			if err := json.Unmarshal([]byte(text(rt, row)), &back); err != nil || text(rt, &back) != text(rt, row) {
				rt.Fatalf("the row does not survive being stored: %v", err)
			}
		}
	})
}

func TestApplyOnACloneLeavesTheOriginalAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(5, 60).Draw(rt, "steps") {
			w.step(rt)
		}
		for n, events := range w.store.entries {
			state := &incident.Incident{Number: n}
			for k, e := range events {
				before, fact := text(rt, state), fmt.Sprintf("%+v", e.Fact)
				after := state.Clone()
				if got := text(rt, after); got != before {
					rt.Fatalf("the clone differs:\n%s\n%s", before, got)
				}
				after.Apply(e)
				for _, later := range events[k+1:] { // the further it runs, the more a shared part would show
					after.Clone().Apply(later)
				}
				if got := text(rt, state); got != before {
					rt.Fatalf("entry %d %s changed the original:\n%s\n%s", e.Seq, e.Fact.Kind(), before, got)
				}
				if got := fmt.Sprintf("%+v", e.Fact); got != fact {
					rt.Fatalf("entry %d %s was changed by being applied:\n%s\n%s", e.Seq, e.Fact.Kind(), fact, got)
				}
				state = after
			}
		}
	})
}

func TestTheClockComesToRest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			w.step(rt)
		}
		for _, n := range w.numbers {
			w.n = n
			w.rest(rt)
		}
	})
}

// rest runs the clock for a day: a tick at the instant that is due makes facts and moves it, one before makes none,
// and there is an end to it.
func (w *world) rest(t *rapid.T) {
	do := func() int {
		r, err := w.desk.Do(w.Context(), w.n, incident.Tick{}, incident.By{}, incident.Cause{})
		if err != nil {
			t.Fatalf("tick: %v", err)
		}
		return len(r.Events)
	}
	end, ticks := w.now.Add(24*time.Hour), 0
	for {
		due := w.policy.NextDue(w.i())
		if due.IsZero() || due.After(end) {
			break
		}
		if due.After(w.now) {
			w.now = due.Add(-time.Microsecond)
			if do() != 0 {
				t.Fatalf("the clock spoke early, before %s", due)
			}
			w.now = due
		}
		if do() == 0 {
			t.Fatalf("due at %s, and nothing came of it:\n%s", due, text(t, w.i()))
		}
		if do() != 0 {
			t.Fatalf("the second tick at %s said something again: %s", w.now, said(w.all()))
		}
		if next := w.policy.NextDue(w.i()); !next.IsZero() && !next.After(w.now) {
			t.Fatalf("after the tick at %s the clock is due at %s", w.now, next)
		}
		if ticks++; ticks > 500 {
			t.Fatalf("%d ticks in a day:\n%s", ticks, text(t, w.i()))
		}
	}
}

func TestDecideNeverPanics(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			w.step(rt)
		}
		for _, n := range w.numbers {
			for range 10 {
				cmd := w.command(rt)
				if _, merge := cmd.(incident.Merge); merge {
					continue
				}
				entries, refusal := w.policy.Decide(w.store.rows[n].Clone(), cmd, incident.By{Person: person(rt)}, w.now)
				if refusal != nil && (refusal.Code == "" || refusal.Code == "unknown_command" && !answers(cmd) || len(entries) > 0) {
					rt.Fatalf("%T: %v with %d entries", cmd, refusal, len(entries))
				}
			}
		}
	})
}

func answers(cmd incident.Command) bool { _, ok := cmd.(incident.AnswerHandover); return ok }

// minds reports whether somebody is told of a duty to report because its rule names them: they read no more than its number.
func minds(i *incident.Incident, e incident.Effect) bool {
	named := slices.ContainsFunc(i.Further, func(f incident.Further) bool { return slices.Contains(f.People, e.Person) })
	return named && (e.Kind == incident.Tell || e.Kind == incident.Remind)
}

func TestEveryEffectPointsAtAnEntryAndAPersonWhoMaySee(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			from := len(w.store.effects)
			w.step(rt)
			for _, e := range w.store.effects[from:] {
				i := w.store.rows[e.Number]
				if e.Kind != incident.Outdate && (e.Kind == incident.Tell || e.Kind == incident.Remind || e.Kind == incident.Brief || e.Kind == incident.Invite) != (e.Person != "") {
					rt.Fatalf("person of %+v", e)
				}
				if (e.Kind == incident.Post || e.Kind == incident.Tell || e.Kind == incident.Remind) && (e.Seq < 1 || e.Seq > i.Version) {
					rt.Fatalf("entry of %+v", e)
				}
				if e.Person != "" && !incident.MaySee(i, incident.Viewer{Person: e.Person}) && !minds(i, e) {
					rt.Fatalf("%+v for one who may not see it", e)
				}
			}
		}
	})
}

func TestPrioritiesAreLoweredByManagersOnly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			before := map[incident.Number]*incident.Incident{}
			for n, i := range w.store.rows {
				before[n] = i.Clone()
			}
			w.step(rt)
			for n, was := range before {
				now := w.store.rows[n]
				events := w.store.entries[n][was.Version:]
				if len(events) == 0 || was.Priority == 0 || was.Priority > incident.P2 {
					continue
				}
				lowered := was.Priority.Higher(now.Priority)
				held := was.Hold == nil && now.Hold != nil
				ended := now.Status != was.Status && (now.Status == incident.StatusClosed || now.Status == incident.StatusCancelled)
				if (lowered || held || ended) && (was.Leads() == "" || events[0].By != was.Leads()) {
					rt.Fatalf("%s %s by %q who does not lead (%q)", n, events[0].Fact.Kind(), events[0].By, was.Leads())
				}
			}
		}
	})
}

func text(t interface{ Fatalf(string, ...any) }, i *incident.Incident) string {
	b, err := json.Marshal(i)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	return string(b)
}

// sealed is a chain of entries of many kinds.
func sealed(t *testing.T) (incident.Number, []incident.Event) {
	s := led(t, incident.P1)
	s.do(ann, incident.Note{Text: "再起動した"})
	s.do(dan, incident.SetStatus{To: incident.Investigating})
	s.wait(time.Hour)
	s.do(dan, incident.Resolve{Text: "戻した"})
	return s.n, reread(t, s.all())
}

func TestVerifyFindsEveryChange(t *testing.T) {
	n, events := sealed(t)
	if broken := incident.Verify(n, events); broken != nil {
		t.Fatalf("untouched: %v", broken)
	}
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(events)-1).Draw(rt, "entry")
		changed := reread(t, events)
		e := &changed[at]
		what := pick(rt, "what", "body", "salt", "digest", "hash", "time", "kind", "seq", "delete", "swap", "double", "number")
		flip := func(b []byte) {
			b[rapid.IntRange(0, len(b)-1).Draw(rt, "byte")] ^= byte(1 << rapid.IntRange(0, 7).Draw(rt, "bit"))
		}
		switch what {
		case "body":
			flip(e.Body)
		case "salt":
			flip(e.Salt)
		case "digest":
			flip(e.Digest)
		case "hash":
			flip(e.Hash)
		case "time":
			e.At = e.At.Add(time.Microsecond)
		case "number":
			e.Number++
		case "seq":
			e.Seq++
		case "kind":
			e.Fact = &incident.Erased{Was: "spoke"}
		case "delete":
			if at == len(changed)-1 {
				return // a chain cut short at its end is a chain; the row's head tells
			}
			changed = slices.Delete(changed, at, at+1)
		case "swap":
			if at == 0 {
				return
			}
			changed[at], changed[at-1] = changed[at-1], changed[at]
		case "double":
			changed = slices.Insert(changed, at, changed[at])
		}
		if incident.Verify(n, changed) == nil {
			rt.Fatalf("%s of entry %d went unnoticed", what, at+1)
		}
	})
}

func TestVerifyNamesTheFirstBrokenEntry(t *testing.T) {
	n, events := sealed(t)
	events[4].Body[3] ^= 1
	events[6].Body[3] ^= 1
	if broken := incident.Verify(n, events); broken == nil || broken.Seq != 5 || broken.Number != n || broken.Error() == "" {
		t.Errorf("got %v, want entry 5", broken)
	}
}

// said lists the last entries of a timeline.
func said(events []incident.Event) string {
	out := ""
	for _, e := range events[max(0, len(events)-12):] {
		out += fmt.Sprintf("\n%d %s %s %+v", e.Seq, e.At.Format(time.TimeOnly), e.Fact.Kind(), e.Fact)
	}
	return out
}
