package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/lang"
)

func TestTheTwelveItemsHaveTheirJapaneseHeadingsVerbatim(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 14:40")
	h.do("", "p4", incident.Open{Title: "x"})
	want := []string{"管理番号", "報告日", "報告者", "発生日時", "復旧日時", "インシデント概要", "影響範囲", "発生原因", "対応経緯(時系列)", "暫定対応", "恒久対応(再発防止策)", "関係者"}
	var got []string
	for _, i := range Build(h.source(), lang.JA, h.now).Items {
		got = append(got, i.Heading)
		if len(i.Blocks) == 0 {
			t.Errorf("%s says nothing at all", i.Heading)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// text is an item as one plain text.
func text(t *testing.T, r Report, id string) string {
	t.Helper()
	item, ok := r.Item(id)
	if !ok {
		t.Fatalf("no item %s", id)
	}
	r.Head, r.Items = nil, []Item{item}
	return r.Markdown()
}

func TestEachKindOfFactIsWordedOrLeftOutOnPurpose(t *testing.T) {
	t.Parallel()
	left := []string{
		"titled", "language_chosen", "summarised", "categorised", "teamed", "assigned", "measure_added", "measure_done", "measure_dropped", "hold_extended", "role_invented", "handover_offered", "handover_answered",
		"asked", "declined", "eta_given", "joined", "left", "spoke", "noted", "revised", "task_added", "task_claimed", "task_dropped", "reporter_added",
		"occurrence_set", "linked", "room_opened", "alerts_met", "reminded", "delivery_failed", "access_set", "report_issued", "undone", "cause", "text_erased", "called", "paged", "snoozed",
	}
	for _, kind := range incident.Kinds() { // empty ones: a note without text, an answer other than yes, a batch without alerts
		e := incident.Event{Seq: 1, At: time.Unix(0, 0)}
		if err := incident.Decode(&e, kind, []byte(`{"fact":{}}`)); err != nil {
			t.Fatal(err)
		}
		for _, l := range lang.All() {
			b := newBuilder(Source{Incident: &incident.Incident{Number: 1}}, l, time.Unix(0, 0))
			got := b.fact(e)
			if (got == "") != slices.Contains(left, kind) {
				t.Errorf("%s in %s reads %q", kind, l, got)
			}
			if strings.Contains(got, "⟦report.") || strings.Contains(got, "<no value>") {
				t.Errorf("%s in %s is badly worded: %s", kind, l, got)
			}
		}
	}
}

func TestAPageIsFitForAStrictPolicy(t *testing.T) {
	t.Parallel()
	h := paymentStory(t)
	r := Build(h.source(), lang.JA, h.now)
	for _, bad := range []string{"<script", "<style", "style=", "onclick", "⟦report.", "&lt;no value"} {
		if strings.Contains(r.HTML(), bad) {
			t.Errorf("%s stands in the fragment", bad)
		}
	}
	linked := r.Document("/static/report.css")
	if !strings.Contains(linked, `<link rel="stylesheet" href="/static/report.css">`) || strings.Contains(linked, "<style") {
		t.Error("the sheet is not linked, or embedded as well")
	}
	if !strings.Contains(r.Document(""), "size: A4") || !strings.Contains(Style(), "size: A4") {
		t.Error("without an address the sheet must be embedded")
	}
}

func TestWhatIsNotKnownIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 14:40")
	h.do("", "", incident.Open{Title: "x", Priority: incident.P3, Detected: h.at("2026-11-21 14:38"), Reporter: incident.Reporter{Contact: "内線 1234"}})
	r := Build(h.source(), lang.JA, h.at("2026-11-21 15:00"))
	for id, want := range map[string][]string{
		"date": {"未発行"}, "author": {"未定"}, "occurred": {"14:38", "検知日時を記載している"}, "restored": {"未復旧", "停止時間(継続中): 22分"},
		"cause": {"調査中"}, "scope": {"確認中"}, "workaround": {"未実施"}, "people": {"申告者: 内線 1234"},
	} {
		for _, w := range want {
			if got := text(t, r, id); !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", id, w, got)
			}
		}
	}
	if !r.Draft {
		t.Error("a report that was never issued is a draft")
	}
}

func TestTheTimelineHoldsFactsInTheOrderInWhichTheyHappened(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 14:40")
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P3, Happened: incident.Moment{At: h.at("2026-11-20 23:50"), Approx: true}})
	h.do("14:50", "p1", incident.Note{Text: "later"})
	h.do("14:55", "p1", incident.Note{Text: "earlier", Happened: incident.Moment{At: h.at("2026-11-21 14:35"), Approx: true}})
	h.do("14:56", "p1", incident.Note{Sort: "theory", Text: "a guess"})
	h.do("14:57", "p1", incident.Revise{Seq: 3, Text: "much later"})
	got := text(t, Build(h.source(), lang.EN, h.now), "timeline")
	at := 0
	for _, w := range []string{
		"| Fri 20 Nov 2026 about 23:50 | – | Incident occurred |", "| Sat 21 Nov 2026 about 14:35 | 佐藤 花子 | earlier |", "| 14:40 | 佐藤 花子 | Incident opened: x",
		"| 14:50 | 佐藤 花子 | much later (corrected) |", "1 entry recorded as a theory is left out",
	} {
		next := strings.Index(got[at:], w)
		if next < 0 {
			t.Fatalf("%q is missing or stands too early in\n%s", w, got)
		}
		at += next
	}
	if strings.Contains(got, "a guess") {
		t.Errorf("a guess stands in the report:\n%s", got)
	}
}

func TestTargetsAreJudgedByWhatHappened(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 10:00")
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P1, Reporter: incident.Reporter{Person: "p4"}})
	h.do("10:20", "", incident.Tick{})
	h.do("10:21", "p2", incident.TakeRole{Role: incident.Manager, Person: "p2"})
	h.do("14:30", "", incident.Tick{})
	h.do("14:31", "p2", incident.Restore{Since: incident.Moment{At: h.at("2026-11-21 13:30")}})
	h.do("14:32", "p2", incident.Resolve{})
	got := text(t, Build(h.source(), lang.EN, h.now), "restored")
	for _, w := range []string{
		"| Response | 15 min | Sat 21 Nov 2026 10:15 | Sat 21 Nov 2026 10:21 | missed |",
		"| Restoration | 4 h | Sat 21 Nov 2026 14:00 | Sat 21 Nov 2026 13:30 | met (recorded after it was due) |",
		"| First notice, customers | 30 min | Sat 21 Nov 2026 10:30 | – | missed |",
		"- Downtime: 3 h 30 min",
	} {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %q:\n%s", w, got)
		}
	}
}

func TestAnIncidentThatWasNoneHasNoRestoration(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 10:00")
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P4})
	h.do("10:05", "p1", incident.Cancel{Reason: "計画停止"})
	r := Build(h.source(), lang.JA, h.now)
	if got := text(t, r, "restored"); !strings.Contains(got, "該当なし") || strings.Contains(got, "停止時間") {
		t.Errorf("got\n%s", got)
	}
	if got := text(t, r, "timeline"); !strings.Contains(got, "取り消し(理由: 計画停止)") {
		t.Errorf("got\n%s", got)
	}
}

func TestAnErasedPersonAndAnErasedTextLeaveTheirPlaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 10:00")
	h.do("", "p7", incident.Open{Title: "x", Priority: incident.P4})
	h.do("10:05", "p1", incident.Note{Text: "secret"})
	h.do("10:06", "p1", incident.Note{Text: "told <@p7> and <@p1>"})
	s := h.source()
	if err := incident.Decode(&s.Entries[1], s.Entries[1].Fact.Kind(), nil); err != nil {
		t.Fatal(err)
	}
	got := text(t, Build(s, lang.EN, h.now), "timeline")
	for _, w := range []string{"| Sat 21 Nov 2026 10:00 | name unknown | Incident opened", "| 10:05 | – | (text erased) |", "told name unknown and 佐藤 花子"} {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %q:\n%s", w, got)
		}
	}
}

func TestAChangeAfterTheIssueIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 10:00")
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P4})
	h.do("10:05", "p1", incident.IssueReport{})
	if got := text(t, Build(h.source(), lang.EN, h.now), "date"); strings.Contains(got, "has changed since") {
		t.Errorf("nothing changed since:\n%s", got)
	}
	h.do("10:06", "p2", incident.Enter{Realm: "console"})
	if got := text(t, Build(h.source(), lang.EN, h.now), "date"); strings.Contains(got, "has changed since") {
		t.Errorf("somebody who joins changes nothing:\n%s", got)
	}
	h.do("10:07", "p1", incident.RecordCause{Root: "y"})
	if got := text(t, Build(h.source(), lang.EN, h.now), "date"); !strings.Contains(got, "has changed since version 1") {
		t.Errorf("the change is not said:\n%s", got)
	}
}

func TestAPrivateReportSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-21 10:00")
	h.do("", "p1", incident.Open{Title: "x", Priority: incident.P4, Private: true})
	if got := Build(h.source(), lang.JA, h.now).Markdown(); !strings.Contains(got, "- 取扱い: 関係者限り") {
		t.Errorf("got\n%.300s", got)
	}
}
