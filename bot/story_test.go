package bot_test

import (
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
)

func TestAnIncidentFromOpeningToClosing(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 決済がタイムアウトする --service 決済 --occurred 14:20頃")
	n := i.Number
	if i.Priority != incident.P1 || !i.Provisional || !i.Occurred.Approx || i.Services[0] != "決済" {
		t.Fatalf("opened as %+v", i)
	}
	c.says("佐藤", "role im", "インシデントマネージャー", "佐藤")
	c.says("鈴木", "了解", "鈴木")
	c.says("佐藤", "役割 テックリード @鈴木", "テックリード")
	c.says("佐藤", "role --new 現場連絡係 @田中 --duty 現場との連絡", "現場連絡係")
	c.says("鈴木", "記録 14:35 再起動したが改善せず", "11月21日 14:35", "再起動したが改善せず")
	c.says("佐藤", "log --by @鈴木 14:38 コネクションを確認", "14:38")
	c.says("鈴木", "仮説 コネクションプールが枯渇している", "【仮説】")
	c.says("佐藤", "優先度 --影響 大 --緊急度 高", "P1")
	c.says("鈴木", "作業宣言 DBをフェイルオーバーします", "【作業宣言】")
	c.says("鈴木", "deed done 切り替わった", "切り替わった")
	c.says("佐藤", "task claim 1", "タスク 1")
	c.says("佐藤", "task done 1 全顧客", "全顧客")
	c.now = c.now.Add(5 * time.Minute)
	c.says("佐藤", "update 決済ができません。原因を調査しています --next 30m --to 顧客", "次回 11月21日 15:15")
	c.says("鈴木", "identify プール設定の誤り", "原因特定")
	c.says("鈴木", "mitigate プールを2倍にした", "restored")
	c.says("鈴木", "復旧 14:43", "14:43")
	c.says("鈴木", "resolve 設定を修正して配備")
	c.refused("鈴木", "close", "only_manager", "佐藤")
	c.says("佐藤", "close --pending 根本原因は調査中", "クローズ", "根本原因は調査中")
	i = c.load(n)
	if i.Status != incident.StatusClosed || i.Workaround != "プールを2倍にした" || i.Fix != "設定を修正して配備" || i.Cause.Direct != "プール設定の誤り" {
		t.Errorf("closed as %s, workaround %q, fix %q, cause %q", i.Status, i.Workaround, i.Fix, i.Cause.Direct)
	}
	var byOther incident.Event
	for _, e := range c.events(n) {
		if f, ok := e.Fact.(*incident.Noted); ok && strings.Contains(f.Text, "コネクションを確認") {
			byOther = e
		}
	}
	if byOther.By != c.person("鈴木") || byOther.Recorder != c.person("佐藤") {
		t.Errorf("another's deed is by %s, recorded by %s", byOther.By, byOther.Recorder)
	}
}

func TestOpeningAsksFirstWhereAFormCanBeShown(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.says("佐藤", "open P3 決済がタイムアウトする")
	c.forms = true
	reply := c.says("鈴木", "open 決済タイムアウト")
	if reply.Form == nil || reply.Form.Inputs[0].Value != "決済タイムアウト" || !strings.Contains(reply.Form.Text, "INC-20261121-001") {
		t.Fatalf("got %+v, want a form with the title and the twin", reply.Form)
	}
	fields := map[string]string{}
	for _, i := range reply.Form.Inputs {
		fields[i.Name] = i.Value
	}
	if fields["impact"] != incident.Unknown || fields["urgency"] != incident.Unknown {
		t.Errorf("the form starts with %v", fields)
	}
	fields["occurred"] = "いつか"
	sent := c.ask(bot.Request{Kind: bot.Sent, By: c.person("鈴木"), Text: reply.Form.Command, Fields: fields})
	if sent.Errors["occurred"] == "" {
		t.Errorf("a time that can't be read gives %v", sent.Errors)
	}
	fields["occurred"], fields["impact"], fields["urgency"], fields["private"] = "14:20頃", "medium", "high", "true"
	sent = c.ask(bot.Request{Kind: bot.Sent, By: c.person("鈴木"), Text: reply.Form.Command, Fields: fields})
	i := c.load(sent.Number)
	if i.Priority != incident.P2 || i.Provisional || !i.Private || !i.Occurred.Approx {
		t.Errorf("the form opened %+v", i)
	}
	if at := c.says("鈴木", "open P2 ディスクが一杯"); at.Form != nil || at.Number == 0 {
		t.Error("a priority in front does not open at once")
	}
}

func TestTheSameRequestAgainGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	r := bot.Request{Kind: bot.Typed, Cause: "once", By: c.person("佐藤"), Text: "open P2 決済が遅い"}
	first, second := c.ask(r), c.ask(r)
	if first.Number == 0 || first.Number != second.Number {
		t.Errorf("opened %s and %s", first.Number, second.Number)
	}
	log := bot.Request{Kind: bot.Typed, Cause: "twice", By: c.person("佐藤"), Text: "log 再起動した --in " + first.Number.String()}
	a, b := c.ask(log), c.ask(log)
	if a.Text != b.Text || len(c.events(first.Number)) != int(c.load(first.Number).Version) {
		t.Errorf("answers differ:\n%s\n%s", a.Text, b.Text)
	}
	notes := 0
	for _, e := range c.events(first.Number) {
		if e.Fact.Kind() == "noted" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("noted %d times", notes)
	}
}

func TestOutsideARoomItAsksWhichIncident(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.says("佐藤", "open P2 決済が遅い").Number
	c.refused("佐藤", "log 再起動した", "which_incident", n.String())
	c.says("佐藤", "log "+n.String()+" 再起動した", "再起動した")
	c.says("佐藤", n.String()+" ack")
	c.says("佐藤", "status "+n.String(), "決済が遅い", "P2")
	c.says("佐藤", "status", n.String())
	c.refused("佐藤", "log x --in INC-20261121-999", "not_found", "INC-20261121-999")
}

func TestAPrivateIncidentLooksAsIfItWereNotThere(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.says("佐藤", "open P2 漏えいの疑い --private").Number
	missing := c.refused("鈴木", "status INC-20261121-999", "not_found").Text
	hidden := c.refused("鈴木", "status "+n.String(), "not_found").Text
	if strings.Replace(hidden, n.String(), "INC-20261121-999", 1) != missing {
		t.Errorf("hidden and missing differ: %q, %q", hidden, missing)
	}
	c.refused("鈴木", "ack --in "+n.String(), "not_found")
	if got := c.says("鈴木", "list --all").Text; strings.Contains(got, "漏えい") {
		t.Errorf("the list shows it: %s", got)
	}
	c.says("佐藤", "private @鈴木 --in "+n.String())
	c.says("鈴木", "status "+n.String(), "漏えいの疑い")
}

func TestPinnedMessagesBecomeEntriesOnce(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P2 決済が遅い")
	message := &incident.Message{
		Place: incident.Place{Realm: "console", Room: c.room.Room, Message: "17"}, Author: c.person("鈴木"),
		At: c.now.Add(-3 * time.Minute), Text: "DBのCPUが100%", Link: "http://127.0.0.1/m/17", Files: []incident.File{{Name: "cpu.png", Link: "http://127.0.0.1/f/1"}},
	}
	pin := bot.Request{Kind: bot.Reacted, By: c.person("佐藤"), Emoji: "📌", Message: message}
	c.ask(pin)
	c.ask(pin) // another cause, the same message
	pin.By = c.person("鈴木")
	c.ask(pin)
	pin.Emoji = "👍"
	c.ask(pin)
	edited := *message
	edited.Text = "DBのCPUが90%"
	c.ask(bot.Request{Kind: bot.Edited, By: c.person("鈴木"), Message: &edited})
	c.ask(bot.Request{Kind: bot.Deleted, By: c.person("鈴木"), Message: &edited})
	other := *message
	other.Place.Message = "18"
	c.ask(bot.Request{Kind: bot.Edited, By: c.person("鈴木"), Message: &other})
	c.ask(bot.Request{Kind: bot.Unreacted, By: c.person("佐藤"), Emoji: "📌", Message: message})
	var got []string
	for _, e := range c.events(i.Number) {
		switch f := e.Fact.(type) {
		case *incident.Noted:
			if f.Message.Author != c.person("鈴木") || len(f.Message.Files) != 1 || !e.When().Equal(message.At) {
				t.Errorf("noted %+v at %s", f.Message, e.When())
			}
			got = append(got, "noted")
		case *incident.Revised:
			got = append(got, f.Why)
		}
	}
	if strings.Join(got, " ") != "noted edited deleted unpinned" {
		t.Errorf("got %v", got)
	}
}

func TestTheFirstMessageOfAResponderStopsTheResponseClock(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P2 決済が遅い")
	for range 2 {
		c.ask(bot.Request{Kind: bot.Said, By: c.person("佐藤"), Message: &incident.Message{Text: "困っています"}})
	}
	if v := c.load(i.Number).Version; v != i.Version {
		t.Errorf("a reporter's words were recorded: version %d", v)
	}
	for range 2 {
		c.ask(bot.Request{Kind: bot.Said, By: c.person("鈴木"), Message: &incident.Message{Text: "見ます"}})
	}
	if after := c.load(i.Number); after.Clock(incident.Response).Running() || after.Version != i.Version+1 {
		t.Errorf("after two words the clock is %+v, version %d", after.Clock(incident.Response), after.Version)
	}
}

func TestWordsAreAnsweredInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.opens("佐藤", "open P2 payment is slow")
	c.says("鈴木", "lang en", "English")
	c.says("鈴木", "zone Europe/Berlin", "Europe/Berlin")
	c.says("鈴木", "log 06:35 restarted", "21 Nov 06:35")
	c.says("佐藤", "記録 14:36 確認した", "11月21日 14:36")
	c.refused("鈴木", "log 2026-11-21 07:30 later", "future", "21 Nov 07:30")
	c.refused("鈴木", "frobnicate", "unknown_verb", "no command")
	c.refused("鈴木", "role lead @佐藤", "role_ambiguous", "tech-lead")
}

func TestBadInputGetsAClearAnswer(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P2 "+strings.Repeat("長い", 5000))
	if len([]rune(i.Title)) > 200 || !strings.HasSuffix(i.Title, "…") || len([]rune(i.Summary)) != 10000 {
		t.Errorf("the title has %d characters, the summary %d", len([]rune(i.Title)), len([]rune(i.Summary)))
	}
	c.says("佐藤", "log NUL \x00 and \xff and \u202egnol", "\ufffd")
	c.refused("佐藤", "log "+strings.Repeat("あ", 21000), "text_long")
	c.refused("佐藤", "open --private", "title_needed")
	c.refused("佐藤", "priority P9", "priority_unknown")
	c.refused("佐藤", "eta いつか", "time_to_come_unknown")
	c.refused("佐藤", "measure 注意する --owner @佐藤 --due 12/1", "measure_vague")
	c.refused("佐藤", "merge INC-1", "number")
	reply := c.says("佐藤", "log <script>alert(1)</script> @channel <!here> [x](javascript:1)")
	for _, bad := range []string{"<script", "@channel", "<!here", "](j"} {
		if strings.Contains(strings.ReplaceAll(reply.Text, `\<`, "&lt;"), bad) {
			t.Errorf("the answer holds %q: %s", bad, reply.Text)
		}
	}
}

func TestReadingVerbsAnswer(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.opens("佐藤", "open P1 決済がタイムアウトする")
	c.says("鈴木", "log 14:35 再起動した")
	c.says("鈴木", "who", "インシデントマネージャー", "指揮者不在")
	c.says("鈴木", "clock", "初動", "復旧", "第一報")
	c.says("鈴木", "brief", "再起動した", "指揮者不在")
	c.says("鈴木", "checklist", "影響の範囲を確かめる")
	c.says("鈴木", "timeline", "再起動した", "#")
	c.says("鈴木", "list", "決済がタイムアウトする")
	c.says("鈴木", "me", "鈴木", "Asia/Tokyo")
	c.says("鈴木", "help all", "open", "タイムライン")
	c.says("鈴木", "help 記録", "log", "例")
	c.refused("鈴木", "report", "no_report")
}

func TestWhatMayHaveBeenMeantIsOnePressAway(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.says("佐藤", "open P2 決済が遅い").Number
	press := func(reply bot.Reply, label string) bot.Reply {
		t.Helper()
		if reply.Card == nil {
			t.Fatalf("no buttons stand below %q", reply.Text)
		}
		for _, b := range reply.Card.Buttons {
			if strings.Contains(b.Label, label) {
				return c.says("佐藤", b.Command)
			}
		}
		t.Fatalf("no button %q among %+v", label, reply.Card.Buttons)
		return bot.Reply{}
	}
	if got := press(c.refused("佐藤", "lgo 14:35 再起動 --in "+n.String(), "unknown_verb"), "log"); !strings.Contains(got.Text, "14:35 再起動") {
		t.Errorf("got %s", got.Text)
	}
	if got := press(c.refused("佐藤", "記録 確認した", "which_incident"), n.String()); got.Number != n {
		t.Errorf("got %s", got.Text)
	}
	press(c.refused("佐藤", "role マネージャー @鈴木 --in "+n.String(), "role_ambiguous"), "インシデントマネージャー")
	if m := c.load(n).Manager(); m != c.person("鈴木") {
		t.Errorf("the manager is %q", m)
	}
}

func TestHandOverIsAgreedAndTakeOverIsNot(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.opens("佐藤", "open P1 決済が遅い").Number
	c.says("佐藤", "role im")
	c.refused("鈴木", "role im", "role_held", "佐藤")
	c.says("佐藤", "引き継ぎ @鈴木", "依頼")
	c.refused("田中", "handover accept", "no_offer")
	c.says("鈴木", "handover decline", "辞退")
	c.says("佐藤", "handover 鈴木")
	c.says("鈴木", "handover accept", "引き継ぎ")
	if m := c.load(n).Manager(); m != c.person("鈴木") {
		t.Fatalf("the manager is %q", m)
	}
	c.policy.Managers = []incident.PersonID{c.person("田中")}
	c.refused("佐藤", "takeover 連絡がつかない", "only_senior")
	c.says("田中", "強制引き継ぎ im 連絡がつかない", "強制引き継ぎ", "連絡がつかない")
	if m := c.load(n).Manager(); m != c.person("田中") {
		t.Errorf("the manager is %q", m)
	}
}

func TestSettingsAreSetAndUndone(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	n := c.opens("佐藤", "open P3 決済が遅い").Number
	c.says("佐藤", "カテゴリ network", "カテゴリ: ネットワーク")
	c.refused("佐藤", "category nettwork", "category_unknown", "ネットワーク")
	c.says("佐藤", "service 決済、会員", "会員")
	c.says("佐藤", "service --add 通知")
	c.says("佐藤", "担当者 @鈴木", "鈴木")
	c.says("佐藤", "title 決済APIが遅い", "決済APIが遅い")
	c.says("佐藤", "occurred 昨日 23:10", "11月20日 23:10")
	c.says("佐藤", "reporter 山田様 --contact 03-1234-5678", "03-1234-5678")
	c.says("佐藤", "保留 vendor 部品待ち --見直し 2h --ticket V-17", "V-17", "16:40")
	c.says("佐藤", "再開", "保留を解除")
	c.says("佐藤", "取り消し 計画停止だった")
	c.says("佐藤", "undo", "状態を「新規」に戻しました(記録 #")
	other := c.says("佐藤", "open P3 会員画面も遅い").Number
	c.says("佐藤", "link "+other.String(), other.String())
	c.says("佐藤", "merge "+other.String(), other.String())
	c.refused("佐藤", "role im", "merged", other.String())
	c.says("佐藤", "元に戻す", "統合を取り消し")
	i := c.load(n)
	if i.Status != incident.New || len(i.Services) != 3 || i.Assignee != c.person("鈴木") || i.Category != "network" || len(i.Holds) != 1 {
		t.Errorf("it ends as %s, services %v, assignee %s, category %s, holds %v", i.Status, i.Services, i.Assignee, i.Category, i.Holds)
	}
}

func TestFormsRunTheirVerbs(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	c.forms = true
	n := c.opens("佐藤", "open P1 決済が遅い").Number
	who := c.person("佐藤")
	fill := func(command string, fields map[string]string) bot.Reply {
		t.Helper()
		reply := c.ask(bot.Request{Kind: bot.WantForm, By: who, Text: command})
		if reply.Form == nil {
			t.Fatalf("%q gives no form: %s", command, reply.Text)
		}
		if strings.Contains(reply.Form.Title, "⟦") {
			t.Errorf("%q: the title is %s", command, reply.Form.Title)
		}
		all := map[string]string{}
		for _, i := range reply.Form.Inputs {
			if strings.Contains(i.Label, "⟦") {
				t.Errorf("%q: the input %s has no label", command, i.Name)
			}
			all[i.Name] = i.Value
		}
		for k, v := range fields {
			if _, ok := all[k]; !ok {
				t.Errorf("%q has no input %s", command, k)
			}
			all[k] = v
		}
		return c.ask(bot.Request{Kind: bot.Sent, By: who, Text: reply.Form.Command, Fields: all})
	}
	suzuki := "<@" + string(c.person("鈴木")) + ">"
	for _, f := range []struct {
		command string
		fields  map[string]string
	}{
		{"role --in " + n.String(), map[string]string{"role": "incident-manager"}},
		{"role", map[string]string{"role": "tech-lead", "person": suzuki, "stream": "DB"}},
		{"log", map[string]string{"text": "確認した", "kind": "finding", "at": "14:30", "by": suzuki}},
		{"priority", map[string]string{"impact": "large", "urgency": "high"}},
		{"update --audience customers", map[string]string{"next": "30m"}},
		{"task", map[string]string{"text": "ベンダーに電話", "owner": suzuki}},
		{"mitigate", map[string]string{"text": "プールを増やした", "restored": "partly"}},
		{"hold", map[string]string{"for": "vendor", "reason": "部品待ち", "review": "明日 9:00"}},
		{"escalate", map[string]string{"how": "functional", "target": "ベンダーA", "reason": "調査依頼"}},
		{"measure", map[string]string{"text": "設定変更をレビュー必須にする", "owner": "基盤チーム", "due": "12/15"}},
		{"restored", map[string]string{"since": "14:38"}},
		{"handover", map[string]string{"person": suzuki, "role": "incident-manager"}},
		{"eta", map[string]string{"eta": "10m"}},
		{"resolve", map[string]string{"text": "設定を直した"}},
		{"close", map[string]string{"pending": "原因調査"}},
		{"reopen", map[string]string{"reason": "再発"}},
		{"cancel", map[string]string{"reason": "訓練だった"}},
	} {
		if reply := fill(f.command, f.fields); reply.Refused != nil || reply.Number != n {
			t.Errorf("%s: refused %v, errors %v", f.command, reply.Refused, reply.Errors)
		}
	}
	i := c.load(n)
	if i.Status != incident.StatusCancelled || i.Priority != incident.P1 || i.Last.Audience != "customers" || len(i.Measures) != 1 || len(i.Offers) != 0 {
		t.Errorf("it ends as %+v", i)
	}
	if reply := fill("reopen", nil); reply.Refused == nil {
		t.Error("a cancelled incident is reopened")
	}
	message := &incident.Message{Place: incident.Place{Realm: "console", Room: "general", Message: "5"}, Author: c.person("鈴木"), At: c.now, Text: "会員画面が開けません\n500です", Link: "http://127.0.0.1/m/5"}
	menu := c.ask(bot.Request{Kind: bot.FromMenu, By: who, Text: "open", Message: message, Place: incident.Place{Room: "general"}})
	fields := map[string]string{}
	for _, in := range menu.Form.Inputs {
		fields[in.Name] = in.Value
	}
	if fields["title"] != "会員画面が開けません" || !strings.Contains(fields["summary"], "http://127.0.0.1/m/5") {
		t.Errorf("the form holds %v", fields)
	}
	sent := c.ask(bot.Request{Kind: bot.Sent, By: who, Text: menu.Form.Command, Fields: fields, Message: message})
	if o := c.load(sent.Number); o.Source == nil || o.Source.Author != c.person("鈴木") || o.Title != "会員画面が開けません" {
		t.Errorf("from the message was opened %+v", o)
	}
}
