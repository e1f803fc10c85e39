package bot

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// office is open on working days, but for a holiday, days of its own with a name, and a day that ends early.
func office() (*calendar.Hours, calendar.Names) {
	h := &calendar.Hours{Name: "office", Zone: "Asia/Tokyo", Except: []calendar.Exception{
		{Date: calendar.DateAt(2026, 11, 25), Spans: []calendar.Span{{From: 9 * 60, To: 12 * 60}}}, {Date: calendar.DateAt(2026, 11, 26)},
	}}
	for day := 1; day <= 5; day++ {
		h.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	names := map[calendar.Date]calendar.Name{}
	closed := func(name calendar.Name, days ...calendar.Date) {
		for _, d := range days {
			names[d] = name
			h.Closed = append(h.Closed, d)
		}
	}
	closed(calendar.Name{Own: "勤労感謝の日", EN: "Labor Thanksgiving Day"}, calendar.DateAt(2026, 11, 22), calendar.DateAt(2026, 11, 23))
	closed(calendar.Name{Own: "年末年始"}, calendar.DateAt(2026, 12, 29), calendar.DateAt(2026, 12, 30), calendar.DateAt(2026, 12, 31),
		calendar.DateAt(2027, 1, 1), calendar.DateAt(2027, 1, 2), calendar.DateAt(2027, 1, 3), calendar.DateAt(2027, 1, 4))
	return h, calendar.Names{"office": names}
}

func TestADeadlineIsExplained(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	h, names := office()
	at := time.Date(2026, 11, 20, 17, 0, 0, 0, zone)
	hold := incident.Hold{For: "vendor", Since: at, Ticket: "V-77", Contact: "Acme", Promised: at.Add(time.Hour)}
	waits := hold
	waits.For, waits.Stops = "user", true
	for _, x := range []struct {
		name   string
		clock  incident.Clock
		i      incident.Incident
		ja, en []string
		not    string
	}{
		{
			name: "open time", clock: incident.Clock{Kind: incident.Response, Term: incident.In(3 * time.Hour), Hours: 1}, i: incident.Incident{Reported: at},
			ja:  []string{"報告(11月20日 17:00)から3時間(「office」の受付時間 月〜金 09:00-18:00、Asia/Tokyo で計算)", "間の休業日: 11月23日(月)勤労感謝の日。", "ポリシー p7"},
			en:  []string{"3 h from the report (20 Nov 17:00), counted in the hours of “office” (Mon–Fri 09:00-18:00, Asia/Tokyo); ", "closed in between: Mon 23 Nov (Labor Thanksgiving Day); policy p7"},
			not: "22", // a closed Sunday would be closed anyway
		},
		{
			name: "other hours of single days", clock: incident.Clock{Kind: incident.Response, Term: incident.In(22 * time.Hour), Hours: 1}, i: incident.Incident{Opened: at},
			ja: []string{"起票(11月20日 17:00)から", "間の休業日: 11月23日(月)勤労感謝の日、11月26日(木)。時間が異なる日: 11月25日(水) 09:00-12:00。"},
			en: []string{"from the opening (20 Nov 17:00)", "Mon 23 Nov (Labor Thanksgiving Day), Thu 26 Nov; other hours on Wed 25 Nov 09:00-12:00; policy"},
		},
		{
			name: "a stretch of days with one name, over a weekend", clock: incident.Clock{Kind: incident.Restoration, Term: incident.InDays(30), Hours: 1}, i: incident.Incident{Occurred: incident.Moment{At: at}},
			ja: []string{"発生時刻(11月20日 17:00)から30営業日", "12月29日(火)〜2027年1月4日(月)年末年始"},
			en: []string{"30 business days from when it began (20 Nov 17:00)", "Tue 29 Dec to Mon 4 Jan 2027 (年末年始)"},
		},
		{
			name: "pauses", clock: incident.Clock{
				Kind: incident.Restoration, Term: incident.In(24 * time.Hour), Stood: 25 * time.Hour, Hours: 1,
				Pauses: []incident.Pause{{From: at, To: at.Add(time.Hour)}},
			},
			ja: []string{"24時間", "保留で25時間停止(11月20日 17:00〜11月20日 18:00)"},
			en: []string{"24 h", "stood still for 25 h of that while on hold (20 Nov 17:00 to 20 Nov 18:00)"}, not: "1 day",
		},
		{
			name: "it stands still", clock: incident.Clock{Kind: incident.Restoration, Term: incident.In(4 * time.Hour), Paused: at}, i: incident.Incident{Hold: &waits},
			ja: []string{"24時間365日で計算", "11月20日 17:00 から停止中。止まっている時間だけ延びる"},
			en: []string{"around the clock; stands still since 20 Nov 17:00 and moves on"}, not: "office",
		},
		{
			name: "a hold that stops nothing", clock: incident.Clock{Kind: incident.Restoration, Term: incident.In(4 * time.Hour)}, i: incident.Incident{Hold: &hold},
			ja: []string{"ベンダー待ちの間も止まらない"}, en: []string{"the wait for a vendor does not stop it"},
		},
		{
			name: "what a vendor promised", clock: incident.Clock{Kind: incident.VendorPromise}, i: incident.Incident{Hold: &hold},
			ja: []string{"11月20日 17:00 からの保留(ベンダー待ち)で相手が約束した時刻(実時間)。チケット V-77。担当 Acme。こちらの期限と並んで進み、どの期限も止めない"},
			en: []string{"promised by those who are waited for (a vendor, since 20 Nov 17:00), by the wall clock; ticket V-77; contact Acme; runs beside our own deadlines and stops none of them"},
		},
		{
			name: "what a vendor promised while ours stands", clock: incident.Clock{Kind: incident.VendorPromise}, i: incident.Incident{Hold: &waits},
			ja: []string{"その間、復旧の期限は停止"}, en: []string{"the restoration stands still meanwhile"}, not: "beside",
		},
		{
			name: "the review of a hold", clock: incident.Clock{Kind: incident.HoldReview}, i: incident.Incident{Hold: &hold},
			ja: []string{"11月20日 17:00 からの保留(ベンダー待ち)を見直す時刻"}, en: []string{"the wait for a vendor (since 20 Nov 17:00) is looked at again"},
		},
		{
			name: "a promise", clock: incident.Clock{Kind: incident.NextUpdate, Audience: "customers"}, i: incident.Incident{Told: []incident.Told{{Audience: "customers", At: at.Add(-time.Hour)}}},
			ja: []string{"11月20日 16:00 の発信で顧客に約束した時刻(実時間)"}, en: []string{"promised to customers in the update of 20 Nov 16:00, by the wall clock"},
		},
		{
			name: "a cadence", clock: incident.Clock{Kind: incident.NextUpdate, Term: incident.In(time.Hour)}, i: incident.Incident{Last: &incident.Update{At: at}},
			ja: []string{"前回の続報(11月20日 17:00)から1時間"}, en: []string{"1 h from the last update (20 Nov 17:00)"},
		},
		{name: "a time that was named", clock: incident.Clock{}, ja: []string{"指定された時刻(実時間)。ポリシー p7"}, en: []string{"a time that was named, by the wall clock; policy p7"}, not: "office"},
	} {
		x.i.Hours = []*calendar.Hours{h}
		in := x.i.HoursOf(&x.clock)
		x.clock.Start, x.clock.Base, x.clock.Policy = incident.In(x.clock.Stood).From(in, at), at, "p7"
		x.clock.Due = x.clock.Term.From(in, x.clock.Start)
		for l, wants := range map[lang.Lang][]string{lang.JA: x.ja, lang.EN: x.en} {
			said := View{Lang: l, Zone: zone, Now: at, Policy: incident.Policy{DayNames: names}}.WhyDue(&x.i, &x.clock)
			for _, want := range wants {
				if !strings.Contains(said, want) {
					t.Errorf("%s: %q does not say %q", x.name, said, want)
				}
			}
			if x.not != "" && strings.Contains(said, x.not) {
				t.Errorf("%s: %q says %q", x.name, said, x.not)
			}
		}
	}
}

// A raise, and a lowering after it, are explained as what the rules made of them.
func TestAChangedPriorityIsExplained(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	raised := at.Add(2 * time.Hour)
	i := &incident.Incident{Priority: incident.P2, Raised: raised, Targets: incident.Targets{Restore: incident.In(8 * time.Hour)}}
	anew := incident.Clock{Kind: incident.Response, Start: raised, Base: at, Due: raised.Add(time.Hour), Term: incident.In(time.Hour)}
	kept := incident.Clock{Kind: incident.Restoration, Start: at, Base: at, Due: at.Add(9 * time.Hour), Term: incident.In(9 * time.Hour)}
	for _, x := range []struct {
		clock  incident.Clock
		ja, en string
	}{
		{anew, "優先度がP2 高になった時点(11月20日 10:00)から数え直し", "counted anew since the priority became P2 high (20 Nov 10:00)"},
		{kept, "P2 高に変わる前の期限のまま(変更時から8時間より早いため)", "the time from before P2 high stays, because 8 h from the change would be later"},
	} {
		for l, want := range map[lang.Lang]string{lang.JA: x.ja, lang.EN: x.en} {
			if said := (View{Lang: l, Zone: time.UTC, Now: at}).WhyDue(i, &x.clock); !strings.Contains(said, want) {
				t.Errorf("%q does not say %q", said, want)
			}
		}
	}
}
