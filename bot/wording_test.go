package bot_test

import (
	"strings"
	"testing"
	"time"

	"matoi/bot"
)

func TestWhatIsPlannedKeepsItsTimeInTheSentence(t *testing.T) {
	for _, row := range []struct{ text, when, kept string }{
		{"decision 16時にフェイルオーバーする", "", "16時にフェイルオーバーする"},
		{"decision 16:00 フェイルオーバーする", "", "16:00 フェイルオーバーする"},
		{"theory 18時に切れる証明書が原因", "", "18時に切れる証明書が原因"},
		{"log 14時35分に再起動した", "14:35", "再起動した"},
		{"log 23:10 前夜のデプロイ", "23:10", "前夜のデプロイ"},
		{"decision 14:20 切り戻す", "14:20", "切り戻す"},
		{"decision 昨日 16:00 凍結を決めた", "16:00", "凍結を決めた"},
	} {
		c := newTalk(t)
		i := c.opens("佐藤", "open P1 x")
		c.says("佐藤", row.text+" --in "+i.Number.String(), row.kept)
		events := c.events(i.Number)
		last := events[len(events)-1]
		got := ""
		if !last.Occurred.IsZero() {
			got = last.Occurred.At.In(c.zone).Format("15:04")
		}
		if got != row.when {
			t.Errorf("%q was written down for %q, want %q", row.text, got, row.when)
		}
	}
}

func TestATimeThatCantBeMeantSaysWhy(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 x").Number.String()
	c.refused("佐藤", "occurred 明日 9:00"+in, "future", "まだ来ていません")
	c.refused("佐藤", "occurred さっき"+in, "time_unknown", "昨日 23:10")
	c.refused("佐藤", "occurred"+in, "time_needed")
	c.refused("佐藤", "update x --next 昨日 9:00"+in, "past", "過ぎています")
	c.refused("佐藤", "update x --next いつか"+in, "time_to_come_unknown", "明日 9:00")
	c.refused("佐藤", "priority"+in, "priority_needed")
	c.refused("佐藤", "priority ふつう"+in, "priority_unknown", "ふつう")
}

func TestATimeAloneIsNeverTakenForAText(t *testing.T) {
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 x")
	in := " --in " + i.Number.String()
	c.says("佐藤", "ack"+in)
	c.says("佐藤", "restored 16:00"+in, "11月20日 16:00から利用可能") // yesterday's, for today's has not struck yet
}

func TestNobodyIsCalledEverybody(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 x").Number.String()
	for _, crowd := range []string{"@channel", "@here", "@everyone", "＠ｃｈａｎｎｅｌ"} {
		c.refused("佐藤", "ask "+crowd+in, "person_crowd")
	}
	c.says("佐藤", "log @channel に投稿した"+in, "channel に投稿した")
	people, err := c.store.People(t.Context())
	if err != nil || len(people) != 1 {
		t.Errorf("people %v %v", people, err)
	}
}

func TestAnEscalationNamesItsPersonAtTheEnd(t *testing.T) {
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 x")
	c.says("佐藤", "escalate up 判断が要る @田中 --in "+i.Number.String(), "上位へエスカレーション: 田中さん(理由: 判断が要る)")
	c.says("佐藤", "escalate 手に負えない @専門家 --in "+i.Number.String(), "専門家", "手に負えない")
	c.now = c.now.Add(time.Minute)
	c.says("佐藤", "escalate @社長 に伝える --in "+i.Number.String(), "社長", "に伝える")
}

func TestARoleThatFitsSeveralIsChosenFromThemAll(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 x").Number.String()
	r := c.refused("佐藤", "role リード @田中"+in, "role_ambiguous", "候補: ")
	if strings.Contains(r.Text, "もしかして") {
		t.Errorf("what fits is no guess: %s", r.Text)
	}
	c.says("佐藤", "role 副インシデントマネージャー @田中 --new"+in)
	c.says("佐藤", "role インシデントマネージャー @鈴木"+in, "鈴木さんがインシデントマネージャーに就任")
}

func TestUndoSaysWhatStandsAgain(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 決済が遅い").Number.String()
	c.says("佐藤", "ack"+in)
	for _, row := range []struct{ deed, back string }{
		{"title 別の名前", "タイトルを「決済が遅い」に戻しました"},
		{"priority P3 誤判定", "優先度を P1 に戻しました"},
		{"category network", "カテゴリを元に戻しました"},
		{"service 決済", "影響するサービスを元に戻しました"},
		{"triage", "状態を「新規」に戻しました"},
		{"restored", "復旧の宣言を取り消しました"},
		{"resolve", "状態を「新規」に戻しました"},
	} {
		c.says("佐藤", row.deed+in)
		c.says("佐藤", "undo"+in, row.back, "の取り消し)")
	}
}

func TestWhoMaySeeIsSaidByName(t *testing.T) {
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 漏えいの疑い --private")
	in := " --in " + i.Number.String()
	c.says("佐藤", "private @鈴木 @田中"+in, "非公開(ほかに鈴木さん、田中さんも閲覧可)")
	c.says("佐藤", "private @田中 --remove"+in, "非公開(ほかに鈴木さんも閲覧可)(田中さんを除外)")
	c.refused("鈴木", "public"+in, "only_opener")
	c.says("佐藤", "public"+in, "公開")
}

func TestAPromiseSaysToWhomItWasMade(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 決済が遅い").Number.String()
	c.says("佐藤", "update 調査中"+in, "【第一報・社内関係者向け】")
	c.says("佐藤", "update お詫び --audience customers --next 10m"+in, "【第一報・顧客向け】")
	c.says("佐藤", "update 調査中"+in, "【続報・社内関係者向け】")
	c.says("佐藤", "clock"+in, "次の続報(顧客向け) 11月21日 14:50")
}

func TestWhatIsClosedForLongGoesOnInALinkedNewOne(t *testing.T) {
	c := newTalk(t)
	old := c.opens("佐藤", "open P3 帳票が出ない --service 帳票 --private")
	in := " --in " + old.Number.String()
	c.says("佐藤", "private @鈴木"+in)
	c.says("佐藤", "resolve 直した"+in)
	c.says("佐藤", "close"+in)
	c.now = c.now.Add(6 * 24 * time.Hour)
	asked := bot.Request{Kind: bot.Typed, Cause: "late", By: c.person("佐藤"), Text: "reopen また出ない" + in}
	r := c.ask(asked)
	if said := r.Text; !strings.Contains(said, "起票しました") || !strings.Contains(said, old.Number.String()+" はクローズから時間が経っているため") {
		t.Errorf("the answer is %q", said)
	}
	if again := c.ask(asked); again.Number != r.Number || !strings.Contains(again.Text, "起票しました") {
		t.Errorf("sent again, the answer is %q for %s", again.Text, again.Number)
	}
	i := c.load(r.Number)
	if i.Number == old.Number || i.Title != old.Title || !i.Private || len(i.Services) != 1 || i.Summary != "また出ない" {
		t.Errorf("it goes on as %+v", i)
	}
	c.says("鈴木", "status --in "+i.Number.String(), "帳票が出ない", old.Number.String()[:4])
	c.refused("佐藤", "reopen"+in, "goes_on", i.Number.String())
	if links := c.load(old.Number).Links; len(links) != 1 || links[0].To != i.Number {
		t.Errorf("the old one leads to %+v", links)
	}
}

func TestTheChannelOfReceiptIsOneOfThose(t *testing.T) {
	c := newTalk(t)
	if i := c.opens("佐藤", "open P4 プリンター --channel 電話"); i.Channel != "phone" {
		t.Errorf("received by %q", i.Channel)
	}
	c.refused("佐藤", "open P4 プリンター --channel 伝書鳩", "channel_unknown", "phone")
}

func TestWhatIsTypedTheShortWayIsUnderstood(t *testing.T) {
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 決済が遅い")
	in := " --in " + i.Number.String()
	c.says("佐藤", "role --name 現場連絡係 @田中 --duty DCとの連絡"+in, "役割「現場連絡係」を新設", "田中さんが現場連絡係に就任")
	c.says("佐藤", "作業宣言 DBを再起動します"+in)
	c.says("佐藤", "作業完了 問題なし"+in, "【作業完了】", "問題なし")
	c.says("佐藤", "service 決済　認証、ポイント"+in)
	if got := c.load(i.Number).Services; len(got) != 3 {
		t.Errorf("services %q", got)
	}
	c.says("鈴木", "log 14:35 再起動した --by @田中"+in, "11月21日 14:35 再起動した", "田中(記録: 鈴木)")
}

func TestAPriorityInFrontOfATitleIsSeenHoweverItIsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"open P1 決済が落ちた": "P1 決済が落ちた", "open P1: 決済が落ちた": "P1 決済が落ちた", "open Ｐ１：決済が落ちた": "P1 決済が落ちた", "open 【P2】決済が落ちた": "P2 決済が落ちた",
		"open [sev1] checkout down": "P1 checkout down", "open P2、決済が遅い": "P2 決済が遅い", "open sev0 決済が落ちた": "P1 決済が落ちた", "open P0 決済が落ちた": "P1 決済が落ちた",
		"open P1で使う帳票が出ない": "P3 P1で使う帳票が出ない", "open p2p サーバーが落ちた": "P3 p2p サーバーが落ちた",
	} {
		c := newTalk(t)
		i := c.opens("佐藤", text)
		if got := i.Priority.String() + " " + i.Title; got != want {
			t.Errorf("%q opens %q, want %q", text, got, want)
		}
	}
	c := newTalk(t)
	c.says("佐藤", "open P0 決済が落ちた", "P0 は最高の優先度 P1 として扱います")
}

func TestWhatHappenedTypedWithoutAVerbIsOnePressFromOpening(t *testing.T) {
	c := newTalk(t)
	for _, text := range []string{"P1 決済が落ちた", "決済が落ちた", "database is on fire"} {
		r := c.refused("佐藤", text, "verb_missing", "open")
		if r.Card == nil || len(r.Card.Buttons) != 1 || r.Card.Buttons[0].Command != "open "+text {
			t.Errorf("%q offers %+v", text, r.Card)
		}
	}
	c.refused("佐藤", "frobnicate", "unknown_verb")
	c.refused("佐藤", "lgo 14:35 再起動", "unknown_verb", "log")
}
