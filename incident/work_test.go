package incident_test

import (
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

func pinned(s *scene, id string) *incident.Message {
	return &incident.Message{
		Place: incident.Place{Realm: "console", Room: "c", Thread: "7", Message: id}, Author: cho, At: s.now.Add(-time.Minute), Text: "CPU 100%", Link: "https://m",
		Files: []incident.File{{Name: "top.png", Link: "https://f"}},
	}
}

func TestEntriesKeepTheirOwnTimeAndWhoWroteThemDown(t *testing.T) {
	s := opened(t, incident.P3)
	when := incident.Moment{At: s.now.Add(-30 * time.Minute), Approx: true}
	equal(t, "logged", s.tryBy(incident.By{Person: bob, Recorder: ann}, incident.Note{Sort: "action", Text: "再起動した", Happened: when}), "")
	e := s.last.Events[0]
	equal(t, "by", e.By, bob)
	equal(t, "recorder", e.Recorder, ann)
	at(t, "recorded", e.At, s.now)
	at(t, "when", e.When(), when.At)
	equal(t, "about", e.Occurred.Approx, true)
	s.do(ann, incident.Note{Text: "今"})
	equal(t, "an entry of now needs no other time", s.last.Events[0].Occurred.IsZero(), true)
	s.refused("future", ann, incident.Note{Text: "x", Happened: incident.Moment{At: s.now.Add(time.Hour)}})
	s.refused("sort_unknown", ann, incident.Note{Sort: "poem", Text: "x"})
	s.refused("text_needed", ann, incident.Note{Text: " "})
	s.check()
}

func TestASecondPinChangesNothing(t *testing.T) {
	s := opened(t, incident.P3)
	m := pinned(s, "1")
	s.do(bob, incident.Note{Text: m.Text, Message: m})
	e := s.last.Events[0]
	at(t, "the message's own time", e.When(), m.At)
	equal(t, "the author's words", e.By, cho)
	equal(t, "written down by who pinned them", e.Recorder, bob)
	if got := e.Fact.(*incident.Noted).Message; got.Author != cho || got.Link != m.Link || len(got.Files) != 1 || got.Place.Thread != "7" {
		t.Errorf("the message: %+v", got)
	}
	events := len(s.all())
	s.do(bob, incident.Note{Text: m.Text, Message: m})
	s.do(ann, incident.Note{Text: m.Text, Message: m})
	equal(t, "entries", len(s.all()), events)
	other := pinned(s, "2")
	s.do(ann, incident.Note{Text: "", Message: other}) // a picture without a word
	equal(t, "another message", len(s.all()), events+1)
	ahead := pinned(s, "3")
	ahead.At = s.now.Add(time.Hour)
	s.do(ann, incident.Note{Text: "x", Message: ahead})
	equal(t, "a chat whose clock is ahead loses nothing", s.last.Events[0].Occurred.IsZero(), true)
}

func TestAPinIsTakenBackByWhoeverGaveIt(t *testing.T) {
	s := opened(t, incident.P3)
	m := pinned(s, "1")
	s.do(bob, incident.Note{Text: m.Text, Message: m})
	seq, events := s.i().Version, len(s.all())
	s.do(ann, incident.Revise{Message: &m.Place, Why: "unpinned"})
	equal(t, "by another", len(s.all()), events)
	s.do(bob, incident.Revise{Message: &m.Place, Why: "unpinned"})
	if f := of[*incident.Revised](s.last.Events); len(f) != 1 || f[0].Seq != seq {
		t.Errorf("by bob: %+v", f)
	}
	s.do(bob, incident.Revise{Message: &m.Place, Why: "unpinned"})
	equal(t, "once", len(s.all()), events+1)
	s.do(ann, incident.Note{Text: m.Text, Message: m})
	equal(t, "pinned again", len(s.all()), events+2)
}

func TestEditsAndDeletionsBecomeRevisions(t *testing.T) {
	s := opened(t, incident.P3)
	m := pinned(s, "1")
	s.do(cho, incident.Revise{Message: &m.Place, Text: "x", Why: "edited"})
	equal(t, "a message nobody pinned is no business of ours", len(of[*incident.Revised](s.all())), 0)
	s.do(bob, incident.Note{Text: m.Text, Message: m})
	seq := s.i().Version
	s.do(cho, incident.Revise{Message: &m.Place, Text: "CPU 90%", Why: "edited"})
	s.do(cho, incident.Revise{Message: &m.Place, Why: "deleted"})
	s.do(ann, incident.Revise{Seq: seq, Text: "CPU 95%"})
	var why []string
	for _, f := range of[*incident.Revised](s.all()) {
		equal(t, "of", f.Seq, seq)
		why = append(why, f.Why)
	}
	same(t, "why", why, []string{"edited", "deleted", "corrected"})
	equal(t, "the first form stands", of[*incident.Noted](s.all())[0].Text, "CPU 100%")
	s.refused("entry_unknown", ann, incident.Revise{Seq: 999, Text: "x"})
	s.refused("entry_unknown", ann, incident.Revise{Seq: 0, Text: "x"})
	s.refused("text_needed", ann, incident.Revise{Seq: 1, Text: " "})
}

func TestDeedsOfTwoWarnOfAClash(t *testing.T) {
	s := opened(t, incident.P3)
	s.refused("text_needed", ann, incident.AnnounceDeed{})
	s.refused("no_deed", ann, incident.CloseDeed{})
	s.do(bob, incident.AnnounceDeed{Text: "DB を再起動する"})
	first := s.i().Version
	s.do(bob, incident.AnnounceDeed{Text: "ログを採る"})
	equal(t, "one's own hands do not clash", of[*incident.DeedAnnounced](s.last.Events)[0].Clash, 0)
	s.do(bob, incident.CloseDeed{Result: "採った"})
	from := len(s.store.effects)
	s.do(cho, incident.AnnounceDeed{Text: "フェイルオーバーする"})
	equal(t, "another's do", of[*incident.DeedAnnounced](s.last.Events)[0].Clash, first)
	same(t, "the other is told", s.told(from), []incident.PersonID{bob})
	s.do(bob, incident.CloseDeed{Result: "再起動した"})
	s.do(ann, incident.CloseDeed{Seq: s.i().Deeds[0].Seq, Result: "止めた"})
	equal(t, "none open", len(s.i().Deeds), 0)
	s.check()
}

func TestTasksAreClaimedBeforeTheyAreDone(t *testing.T) {
	s := opened(t, incident.P3)
	s.refused("text_needed", ann, incident.AddTask{})
	s.refused("task_unknown", ann, incident.ClaimTask{ID: 99})
	from := len(s.store.effects)
	id := s.do(ann, incident.AddTask{Text: "通信会社へ電話", Owner: fay}).Tasks[6].ID
	equal(t, "behind the checklist", id, 7)
	same(t, "who is given a task is told", s.told(from), []incident.PersonID{fay})
	s.refused("task_taken", bob, incident.ClaimTask{ID: id})
	s.refused("already_so", fay, incident.ClaimTask{ID: id})
	equal(t, "given to another", s.do(ann, incident.ClaimTask{ID: id, Person: cho}).Tasks[6].Owner, cho)
	task := s.do(cho, incident.FinishTask{ID: id, Result: "障害を確認"}).Tasks[6]
	equal(t, "done", task.State+" "+task.Result, "done 障害を確認")
	s.refused("already_so", cho, incident.FinishTask{ID: id})
	s.refused("already_so", cho, incident.ClaimTask{ID: id})
	equal(t, "who does it owns it", s.do(bob, incident.FinishTask{ID: 1}).Tasks[0].Owner, bob)
	equal(t, "dropped", s.do(bob, incident.DropTask{ID: 2, Reason: "不要"}).Tasks[1].State, "dropped")
	s.refused("already_so", bob, incident.DropTask{ID: 2})
	s.check()
}

func TestAlertsAreTallied(t *testing.T) {
	ref := []incident.AlertRef{{Source: "s", Key: "k", Start: start()}}
	s := newScene(t)
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P3, Alert: &ref[0]})
	s.do(matoi, incident.MeetAlerts{Total: 5})
	equal(t, "an empty batch is no entry", s.i().Alerts.Total, 1)
	s.do(matoi, incident.MeetAlerts{Attached: ref, More: 4, Total: 6, Firing: 6})
	equal(t, "total", s.i().Alerts.Total, 6)
	s.sleep(time.Minute)
	from := len(s.store.effects)
	s.do(matoi, incident.MeetAlerts{Cleared: ref, Total: 6, Firing: 0})
	quiet := s.now
	at(t, "quiet since", s.i().Alerts.Quiet, quiet)
	equal(t, "the room is told", posts(s, from), 1)
	s.sleep(time.Minute)
	s.do(matoi, incident.MeetAlerts{Cleared: ref, Total: 6, Firing: 0})
	at(t, "still quiet since", s.i().Alerts.Quiet, quiet)
	s.do(matoi, incident.MeetAlerts{Refired: ref, Total: 7, Firing: 1})
	equal(t, "it burns again", s.i().Alerts.Quiet.IsZero(), true)
	s.do(bob, incident.Resolve{})
	s.do(bob, incident.Close{})
	from = len(s.store.effects)
	s.do(matoi, incident.MeetAlerts{Refired: ref, Total: 8, Firing: 1})
	same(t, "after the end somebody is asked whether to reopen", s.told(from), []incident.PersonID{bob})
	s.check()
}

func posts(s *scene, from int) int {
	n := 0
	for _, e := range s.store.effects[from:] {
		if e.Kind == incident.Post {
			n++
		}
	}
	return n
}

func TestReceiptsAreFacts(t *testing.T) {
	s := opened(t, incident.P3)
	room := incident.Room{Realm: "console", ID: "c1", Name: "inc-1"}
	s.do(matoi, incident.ReceiveRoom{Room: room})
	s.do(matoi, incident.ReceiveRoom{Room: room})
	equal(t, "a room is received once", len(of[*incident.RoomOpened](s.all())), 1)
	s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "slack", ID: "C2"}})
	equal(t, "several rooms", len(s.i().Rooms), 2)
	room.ID = "c2"
	s.do(matoi, incident.ReceiveRoom{Room: room})
	equal(t, "one per realm", len(s.i().Rooms), 2)
	if r, ok := s.i().Room("console"); !ok || r.ID != "c2" {
		t.Errorf("room: %+v", r)
	}
	for k := range 7 {
		s.do(matoi, incident.FailDelivery{Effect: "post", Realm: "slack", Why: string(rune('a' + k))})
	}
	equal(t, "the newest doubts are kept", s.i().Doubts[4], "post slack: g")
	equal(t, "five of them", len(s.i().Doubts), 5)
}

func TestReportsAreCounted(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(bob, incident.IssueReport{})
	first := s.now
	s.sleep(time.Hour)
	i := s.do(ann, incident.IssueReport{})
	equal(t, "version", i.Report.Version, 2)
	at(t, "first issue", i.Report.First, first)
	equal(t, "by", i.Report.By, bob)
}

func TestOpeningTellsRoomsCardsAndWhoMustAct(t *testing.T) {
	s := opened(t, incident.P1)
	kinds := map[incident.EffectKind]int{}
	for _, e := range s.store.effects {
		kinds[e.Kind]++
		equal(t, "urgent", e.Urgent, true)
	}
	for k, want := range map[incident.EffectKind]int{incident.OpenRoom: 1, incident.Announce: 1, incident.Tell: 2, incident.ShowCard: 0} {
		equal(t, string(k), kinds[k], want)
	}
	if s.store.effects[0].Kind != incident.OpenRoom {
		t.Error("the room comes first in its lane")
	}
	from := len(s.store.effects)
	s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}})
	var invited []incident.PersonID
	for _, e := range s.store.effects[from:] {
		if e.Kind == incident.Invite {
			invited = append(invited, e.Person)
		}
	}
	slices.Sort(invited)
	same(t, "invited", invited, []incident.PersonID{ann, dan})
}

func TestP4AndP5AreNotAnnouncedUntilRaised(t *testing.T) {
	s := opened(t, incident.P4)
	announced := func(from int) bool {
		return slices.ContainsFunc(s.store.effects[from:], func(e incident.Effect) bool { return e.Kind == incident.Announce })
	}
	equal(t, "P4", announced(0), false)
	from := len(s.store.effects)
	s.do(ann, incident.SetPriority{Priority: incident.P3})
	equal(t, "raised", announced(from), true)
	from = len(s.store.effects)
	s.do(bob, incident.AddTask{Text: "x"})
	equal(t, "a task is no news", announced(from), false)
	s.do(bob, incident.SetPriority{Priority: incident.P5})
	equal(t, "lowered: what stands there is kept true", announced(from), true)
}

func TestOneDeedIsOneMessageToTheReporter(t *testing.T) {
	s := opened(t, incident.P4)
	from := len(s.store.effects)
	s.do(bob, incident.Resolve{Text: "再起動した"})
	n := 0
	for _, e := range s.store.effects[from:] {
		if e.Kind == incident.Tell && e.Person == ann {
			n++
			equal(t, "about", s.all()[e.Seq-1].Fact.Kind(), "resolved")
		}
	}
	equal(t, "told", n, 1)
	equal(t, "the room hears restored and resolved, the fix not twice", posts(s, from), 2)
}

func TestLanesKeepPeopleApart(t *testing.T) {
	room := incident.Effect{Number: 1, Kind: incident.Post, Realm: "console", Seq: 1}
	if room.Lane() != (incident.Effect{Number: 1, Kind: incident.ShowCard, Realm: "console"}).Lane() {
		t.Error("a room's effects share a lane")
	}
	lanes := []string{
		room.Lane(), incident.Effect{Number: 1, Kind: incident.Announce, Realm: "console"}.Lane(), incident.Effect{Number: 1, Kind: incident.Tell, Realm: "console", Person: ann}.Lane(),
		incident.Effect{Number: 1, Kind: incident.Tell, Realm: "console", Person: bob}.Lane(), incident.Effect{Number: 1, Kind: incident.Post, Realm: "slack"}.Lane(),
	}
	slices.Sort(lanes)
	equal(t, "lanes", len(slices.Compact(lanes)), 5)
}

func TestWhoMustActOnAClock(t *testing.T) {
	s := newScene(t)
	i := s.open(matoi, incident.Open{Title: "x", Priority: incident.P1, Alert: &incident.AlertRef{Key: "k"}})
	same(t, "nobody there: who was asked last", i.MustAct(incident.Response), []incident.PersonID{dan})
	i = s.do(ann, incident.Assign{Person: fay})
	same(t, "the assignee", i.MustAct(incident.Restoration), []incident.PersonID{fay})
	i = s.do(bob, incident.Acknowledge{})
	same(t, "who acts", i.MustAct(incident.NextUpdate), []incident.PersonID{bob})
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(cho, incident.TakeRole{Role: incident.TechLead, Person: cho})
	i = s.do(eri, incident.TakeRole{Role: incident.Communications, Person: eri})
	same(t, "restoration", i.MustAct(incident.Restoration), []incident.PersonID{cho, dan})
	same(t, "updates", i.MustAct(incident.NextUpdate), []incident.PersonID{eri})
	same(t, "all else", i.MustAct(incident.Delegate), []incident.PersonID{dan})
}

func TestRowsShowTheNextTargetOfOpenIncidentsOnly(t *testing.T) {
	s := opened(t, incident.P1)
	row := s.i().AsRow()
	at(t, "due", row.Due, start().Add(10*time.Minute))
	equal(t, "status", row.Status, incident.New)
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(dan, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	equal(t, "on hold", s.i().AsRow().Status, incident.OnHold)
	s.do(dan, incident.Resolve{})
	at(t, "resolved", s.i().AsRow().Due, time.Time{})
}
