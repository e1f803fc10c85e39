package bot_test

import (
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// morning renders the digest of a day for somebody.
func (c *talk) morning(name string, day calendar.Date) bot.Outgoing {
	c.t.Helper()
	out, err := c.bot.Render(c.t.Context(), incident.Delivery{ID: 7, Effect: incident.Effect{Kind: incident.Brief, Realm: "console", Person: c.person(name), Seq: int64(day)}})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// at sets the clock to a time in Tokyo.
func (c *talk) at(text string) {
	c.t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, c.zone)
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = when.UTC()
}

// officeHours are those of Tokyo, with the holiday of 23 November.
func (c *talk) officeHours() {
	h := &calendar.Hours{Name: "office", Zone: "Asia/Tokyo", Closed: []calendar.Date{calendar.DateAt(2026, 11, 23)}}
	for day := 1; day <= 5; day++ {
		h.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	c.policy.Chase.Office = h
}

func TestTheDigestNamesWhatWaitsForItsReader(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.officeHours()
	c.at("2026-11-20 17:00")
	tuesday := calendar.DateAt(2026, 11, 24)
	n := c.opens("佐藤", "open P3 決済がタイムアウトする").Number
	c.says("佐藤", "role im @鈴木")
	c.says("佐藤", "task 再起動する --owner @田中")
	c.says("佐藤", "対策 負荷試験を必須とする手順を作る --担当 @田中 --期限 11/27")
	c.says("佐藤", "対策 監視を足して気付けるようにする --担当 @田中 --期限 次期リリース")
	c.at("2026-11-24 09:00")
	for name, wants := range map[string][]string{
		"鈴木": {"今日の確認事項 2026年11月24日(火)", "担当しているインシデント", "決済がタイムアウトする", "インシデントマネージャー", "昨日からの動き|"},
		"田中": {"タスク", "再起動する", "担当している再発防止策", "負荷試験を必須とする手順を作る", "監視を足して", "期限 11/27"},
	} {
		out := c.morning(name, tuesday)
		if out.Skip != "" {
			t.Errorf("%s is told nothing: %s", name, out.Skip)
			continue
		}
		all := out.Message.Card.Title + "\n" + out.Message.Card.Text
		for _, want := range wants {
			if part, absent := strings.CutSuffix(want, "|"); absent == strings.Contains(all, part) {
				t.Errorf("%s: %q, absent %v:\n%s", name, part, absent, all)
			}
		}
		if out.Message.Key == "" || len(out.Message.Pings) != 1 || out.Message.Link != "http://127.0.0.1:8080/mine" {
			t.Errorf("%s: %+v", name, out.Message)
		}
	}
	c.lang = lang.EN
	c.says("田中", "lang en")
	out := c.morning("田中", tuesday)
	for _, want := range []string{"What waits for you, Tue 24 Nov 2026", "Your tasks", "Your measures against recurrence", "due 11/27: open"} {
		if all := out.Message.Card.Title + out.Message.Card.Text; !strings.Contains(all, want) {
			t.Errorf("in English it lacks %q:\n%s", want, all)
		}
	}
	c.says("田中", "task done 7 --in "+n.String())
	c.says("田中", "measure done 1 導入した --in "+n.String())
	if out := c.morning("田中", tuesday); out.Skip != "nothing waits" {
		t.Errorf("a milestone alone makes a digest: %s", out.Message.Card.Text)
	}
}

func TestNoDigestWhereNothingWaitsOrNothingIsUrgent(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.officeHours()
	c.at("2026-11-20 17:00")
	c.opens("佐藤", "open P3 画面が遅い")
	c.says("佐藤", "role im @鈴木")
	c.opens("佐藤", "open P1 決済が止まった")
	c.says("佐藤", "role im @高橋")
	c.says("高橋", "保留 ベンダー 回答待ち --見直し 11/23 10:00")
	for _, x := range []struct {
		name, who, at string
		skip          string
	}{
		{"who only reported it", "山田", "2026-11-20 17:30", "nothing waits"},
		{"a day off, P3", "鈴木", "2026-11-23 09:00", "a day off, and nothing is urgent"},
		{"a day off, P1", "高橋", "2026-11-23 09:00", ""},
		{"a working day, P3", "鈴木", "2026-11-24 09:00", ""},
	} {
		c.at(x.at)
		if out := c.morning(x.who, calendar.DateOf(c.now.In(c.zone))); out.Skip != x.skip {
			t.Errorf("%s: skipped for %q, want %q", x.name, out.Skip, x.skip)
		}
	}
	if out := c.morning("鈴木", calendar.DateAt(2026, 11, 23)); out.Skip != "its day is over" {
		t.Errorf("that of yesterday: %q", out.Skip)
	}
}

func TestADigestShowsNothingOfWhatItsReaderMayNotSee(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.at("2026-11-20 17:00")
	n := c.opens("佐藤", "open P1 個人情報の漏えい").Number
	c.says("佐藤", "role im")
	c.says("佐藤", "task 調査する --owner @鈴木")
	c.says("佐藤", "非公開")
	c.says("佐藤", "非公開 --remove @鈴木")
	c.at("2026-11-24 09:00")
	if out := c.morning("鈴木", calendar.DateAt(2026, 11, 24)); out.Skip != "nothing waits" {
		t.Errorf("%s is shown to who was taken out: %s", n, out.Message.Card.Text)
	}
}

func TestTheDigestIsShownOnDemandAndItsTimeIsChosen(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.says("佐藤", "digest", "あなたを待っているものはありません", "09:00（Asia/Tokyo）")
	c.says("佐藤", "まとめ 8時半", "08:30（Asia/Tokyo）")
	c.says("佐藤", "digest", "08:30")
	c.says("佐藤", "まとめ オフ", "朝のまとめは届きません")
	c.says("佐藤", "digest on", "09:00")
	c.refused("佐藤", "digest 25:00", "digest_time", "25:00")
	c.opens("佐藤", "open P2 決済が遅い")
	c.says("佐藤", "role im")
	c.says("佐藤", "digest", "担当しているインシデント", "決済が遅い")
}

func TestMeasuresAreFinishedDroppedAndListed(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.opens("佐藤", "open P3 決済が遅い").Number
	c.says("佐藤", "対策 一覧", "再発防止策はありません")
	c.says("佐藤", "measure 負荷試験を必須とする手順を作る --owner @鈴木 --due 2026-12-15")
	c.says("佐藤", "対策 監視を足して気付けるようにする --担当 基盤チーム --期限 次期リリース")
	if m := c.load(n).Measures; m[0].Person != c.person("鈴木") || m[0].Until.IsZero() || m[1].Person != "" || !m[1].Until.IsZero() {
		t.Errorf("recorded as %+v", m)
	}
	c.says("佐藤", "resolve")
	c.says("佐藤", "close")
	c.says("鈴木", "measure done 1 手順に入れた", "再発防止策1を実施済み", "手順に入れた")
	c.refused("鈴木", "measure done 1", "measure_over")
	c.refused("鈴木", "対策 完了", "measure_number")
	c.refused("鈴木", "対策 中止 2", "reason_needed")
	c.says("鈴木", "対策 中止 2 製品を廃止した", "再発防止策2を取りやめ", "製品を廃止した")
	c.refused("鈴木", "measure done 9", "measure_unknown")
	c.says("鈴木", "measures", "1. 負荷試験", "実施済み", "取りやめ", "製品を廃止した")
}

func TestAHoldIsLookedAtAgainLater(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.opens("佐藤", "open P3 決済が遅い").Number
	c.says("佐藤", "hold review of the plan is pending", "review of the plan is pending")
	c.says("佐藤", "hold review tomorrow", "保留を延長")
	if want := time.Date(2026, 11, 22, 9, 0, 0, 0, c.zone); !c.load(n).Hold.Review.Equal(want) {
		t.Errorf("looked at %s, want %s", c.load(n).Hold.Review, want)
	}
	c.says("佐藤", "保留 延長 11/25 15:00", "15:00")
	c.says("佐藤", "hold review in 7 days")
	c.refused("佐藤", "hold review いつか", "time_to_come_unknown")
}

// remind renders what one person is told of a reminder, as if it had just been given.
func (c *talk) remind(n incident.Number, to string, f *incident.Reminded) (bot.Outgoing, string) {
	c.t.Helper()
	done, _, err := c.store.Change(c.t.Context(), incident.Cause{ID: "r" + c.now.String() + string(f.Clock)}, []incident.Number{n}, func(loaded []*incident.Incident, _ incident.Draw) ([]incident.Change, error) {
		after := loaded[0].Clone()
		e := incident.Event{Number: n, Seq: after.Version + 1, At: c.now, Fact: f}
		if err := incident.Seal(&e, after.Head, strings.NewReader(strings.Repeat("salt", 64))); err != nil {
			return nil, err
		}
		after.Apply(e)
		return []incident.Change{{After: after, Events: []incident.Event{e}}}, nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := c.bot.Render(c.t.Context(), incident.Delivery{ID: 9, Effect: incident.Effect{Number: n, Kind: incident.Tell, Realm: "console", Person: c.person(to), Seq: done[0].After.Version}})
	if err != nil {
		c.t.Fatal(err)
	}
	var buttons []string
	if out.Message.Card != nil {
		for _, b := range out.Message.Card.Buttons {
			buttons = append(buttons, strings.TrimSuffix(b.Command, " --in "+n.String()))
		}
	}
	return out, strings.Join(buttons, " | ")
}

func TestAChaserBringsTheButtonsThatSettleIt(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.policy.OnCall = []incident.PersonID{c.person("鈴木"), c.person("田中")}
	n := c.opens("佐藤", "open P1 決済が遅い").Number
	c.says("鈴木", "role im")
	c.says("佐藤", "対策 負荷試験を必須とする手順を作る --担当 @田中 --期限 11/27")
	c.says("佐藤", "task 再起動する --owner @田中")
	for _, x := range []struct {
		of      incident.ClockKind
		to      string
		buttons string
		says    []string
	}{
		{incident.MeasureClock(1), "田中", "measure done 1", []string{"負荷試験を必須とする手順を作る", "対策 中止 1"}},
		{incident.Stale, "鈴木", "update | hold | resolve | brief", []string{"記録がありません"}},
		{incident.ShiftEnds, "鈴木", "handover <@" + string(c.person("田中")) + "> --role incident-manager | brief", []string{"現在の当番は", "引き継いで"}},
		{incident.Relief, "鈴木", "handover <@" + string(c.person("田中")) + "> --role incident-manager | brief", []string{"現在の当番は"}},
	} {
		out, buttons := c.remind(n, x.to, &incident.Reminded{Clock: x.of, Step: 100, Due: c.now})
		if out.Skip != "" || buttons != x.buttons {
			t.Errorf("%s: skipped for %q, buttons %s, want %s", x.of, out.Skip, buttons, x.buttons)
			continue
		}
		for _, want := range x.says {
			if !strings.Contains(out.Message.Card.Text, want) {
				t.Errorf("%s lacks %q:\n%s", x.of, want, out.Message.Card.Text)
			}
		}
	}
	c.says("鈴木", "保留 ベンダー 回答待ち --見直し 11/22 10:00")
	out, buttons := c.remind(n, "鈴木", &incident.Reminded{Clock: incident.HoldReview, Step: 100, Due: c.load(n).Hold.Review})
	if buttons != "resume | hold review tomorrow | hold review in 7 days | brief" || !strings.Contains(out.Message.Card.Text, "回答待ち") {
		t.Errorf("a hold: %s\n%s", buttons, out.Message.Card.Text)
	}
	c.says("鈴木", "resume")
	c.says("田中", "measure done 1")
	if out, _ := c.remind(n, "田中", &incident.Reminded{Clock: incident.MeasureClock(1), Step: 101, Due: c.now}); out.Skip == "" {
		t.Errorf("what is done is asked about: %s", out.Message.Card.Text)
	}
	c.says("鈴木", "resolve")
	for of, want := range map[incident.ClockKind]string{incident.Unconfirmed: "confirm | notfixed", incident.TaskClock(7): "task done 7 | task drop 7"} {
		to := map[incident.ClockKind]string{incident.Unconfirmed: "佐藤"}[of]
		if to == "" {
			to = "田中"
		}
		if out, buttons := c.remind(n, to, &incident.Reminded{Clock: of, Step: 100, Due: c.now}); out.Skip != "" || buttons != want {
			t.Errorf("%s: skipped for %q, buttons %s, want %s", of, out.Skip, buttons, want)
		}
	}
	c.says("佐藤", "confirm")
	if out, _ := c.remind(n, "佐藤", &incident.Reminded{Clock: incident.Unconfirmed, Step: 100, Due: c.now}); out.Skip == "" {
		t.Error("a reporter who answered is asked again")
	}
	if out, _ := c.remind(n, "鈴木", &incident.Reminded{Clock: incident.Stale, Step: 100, Due: c.now}); out.Skip == "" {
		t.Error("what is resolved is asked whether it goes on")
	}
}
