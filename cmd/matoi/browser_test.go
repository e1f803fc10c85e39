package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/lang"
)

// The story of an incident, as two people live it in their browsers: from the alarm to the report, with the server
// stopped and started in the middle.
func TestPeopleWorkAnIncidentFromTheAlarmToTheReport(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	sato := s.sit(chromium, film, "佐藤", lang.JA)
	sato.enter()

	number := theAlarm(t, s, sato)
	suzuki := theRoles(t, s, sato, s.sit(chromium, film, "suzuki", lang.EN), number)
	theRecord(t, s, sato, suzuki, number)
	theServerDies(t, s, sato, suzuki, number)
	theHandover(t, s, sato, suzuki, number)
	theEnd(t, s, suzuki, number)
	theReport(t, s, sato, number)
	theFormOpensAnother(t, s, sato, number)
}

// theAlarm: a real body of Alertmanager comes in, and the chat shows room and announcement without being loaded again.
func theAlarm(t *testing.T, s *scene, sato *person) string {
	sato.press(".tab", sato.word("web.chat"))
	sato.press("#channels .channel", "incidents")
	sato.see("#room-title", "#incidents")
	sato.see("#channels", sato.word("web.no_rooms"))
	sato.ask("window.same = 'page'")
	sato.shot("before the alarm")

	number := firing(s, time.Now().Add(-12*time.Minute))
	sato.see("#messages .card", number)
	sato.see("#messages .card", "payment-api-7d9f:8080 が応答していません")
	sato.see("#channels .room-link", "payment-api-7d9f:8080")
	sato.see("#messages .card .buttons a", "#"+strings.ToLower(number))
	if sato.ask("window.same") != "page" {
		t.Error("the page was loaded again to show the alarm")
	}
	sato.shot("the alarm")

	sato.press("#channels .room-link", "payment-api-7d9f:8080")
	sato.see("#room-title", "#"+strings.ToLower(number))
	sato.see("#messages .card .alarm", room("card.no_manager"))
	if colour := sato.ask("getComputedStyle(document.querySelector('#messages .card .alarm')).color"); !vermilion(colour) {
		t.Errorf("that nobody leads is said in %s, want vermilion", colour)
	}
	sato.shot("nobody leads")
	return number
}

// vermilion reports whether a computed colour burns: much more red than anything else.
func vermilion(colour string) bool {
	var r, g, b float64
	if _, err := fmt.Sscanf(colour, "rgb(%g, %g, %g)", &r, &g, &b); err != nil {
		return false
	}
	return r > 150 && r > g+60 && r > b+60
}

// room is a text as cards of a room say it: in the organisation's language, whoever reads them.
func room(id string) string { return lang.Text(lang.JA, id, nil) }

// theRoles: the first to acknowledge acts; roles are taken, given and claimed.
func theRoles(t *testing.T, s *scene, sato, suzuki *person, number string) *person {
	sato.press("#messages .card .buttons button", room("card.button_ack"))
	sato.see("#messages .card .alarm", "佐藤")
	if got := s.incident(number).Acting; got != "佐藤" {
		t.Errorf("%q acts after 佐藤 acknowledged", got)
	}
	sato.write("#composer-0", "/incident ro")
	sato.see(".complete [role=option]", "role")
	sato.shot("completion")
	sato.say("/incident role im me")
	sato.gone("#messages .card .alarm", "")
	sato.say("/incident role tech-lead @suzuki")
	sato.see("#messages .card .fields", "suzuki")
	if i := s.incident(number); i.holder("incident-manager") != "佐藤" || i.holder("tech-lead") != "suzuki" {
		t.Errorf("roles %v, want 佐藤 to lead and suzuki as tech lead", i.Roles)
	}
	sato.shot("roles")

	suzuki.enter()
	suzuki.press("#channels .room-link", "payment-api-7d9f:8080")
	suzuki.see("#messages .card .fields", "佐藤")
	task := suzuki.ask("document.querySelector('#messages .card .items li .item-text').innerText.trim()")
	suzuki.press("#messages .card .items li:first-child button", room("card.button_claim"))
	sato.see("#messages .card .items li", "suzuki")
	if i := s.incident(number); i.Tasks[0].Owner != "suzuki" {
		t.Errorf("task %v after suzuki claimed %q", i.Tasks[0], task)
	}
	suzuki.shot("a task claimed")
	return suzuki
}

// theRecord: what is typed, pinned and edited stands in the timeline once, each at its own time.
func theRecord(t *testing.T, s *scene, sato, suzuki *person, number string) {
	past := time.Now().In(tokyo(t)).Add(-10 * time.Minute)
	sato.say("/incident log " + past.Format("15:04") + " 再起動したが改善せず")
	s.until("the log is in the record", func() bool { return len(s.saying(number, "再起動したが改善せず")) == 1 })
	if got := s.saying(number, "再起動したが改善せず")[0]; !got.Occurred.Equal(past.Truncate(time.Minute)) || got.By != "佐藤" {
		t.Errorf("logged %+v, want it at %s", got, past.Format("15:04"))
	}

	sato.say("DBの接続数が上限に達している")
	suzuki.see("#messages .msg", "DBの接続数が上限に達している")
	suzuki.tool("DBの接続数が上限に達している", `.tools [data-react="📌"]`, "")
	sato.see("#messages .msg .reaction", "📌")
	s.until("the pinned message is in the record", func() bool { return len(s.saying(number, "DBの接続数")) == 1 })
	if got := s.saying(number, "DBの接続数")[0]; !strings.Contains(got.By+got.Text, "佐藤") {
		t.Errorf("pinned %+v, want the author's words", got)
	}
	before := len(s.timeline(number))
	sato.press("#messages .msg .reaction", "📌")
	sato.see("#messages .msg .reaction", "2")
	if got := len(s.timeline(number)); got != before {
		t.Errorf("a second 📌 wrote %d entries", got-before)
	}

	sato.tool("DBの接続数が上限に達している", ".tools summary", sato.word("web.message_menu"))
	sato.shot("the menu of a message")
	sato.press("#messages .msg .menu [role=menuitem]", sato.word("web.edit"))
	sato.write("#messages .edit-box textarea", "DBの接続数が上限(200)に達している")
	sato.enterKey()
	suzuki.see("#messages .msg .text", "DBの接続数が上限(200)に達している")
	suzuki.see("#messages .msg .edited", "")
	s.until("the edit is a revision", func() bool { return len(s.timeline(number)) == before+1 })
	if got := s.timeline(number)[before]; got.Kind != "revised" || !strings.Contains(got.Text, "200") {
		t.Errorf("the edit wrote %+v, want a revision", got)
	}

	suzuki.tool("DBの接続数が上限(200)に達している", ".tools [data-open-thread]", "")
	suzuki.write("#thread textarea", "It was 180 at noon.")
	suzuki.enterKey()
	suzuki.see("#thread .msg .text", "It was 180 at noon.")
	suzuki.shot("a thread")
	sato.see("#messages .msg .replies", "1")

	inHalfAnHour := time.Now().Add(30 * time.Minute)
	sato.say("/incident update 決済の一部に失敗しています。原因を調べています --next 30m")
	suzuki.see("#messages .msg", "決済の一部に失敗しています")
	if due, ok := s.incident(number).due("next_update"); !ok || due.Before(inHalfAnHour.Add(-time.Minute)) || time.Until(due) > 30*time.Minute {
		t.Errorf("the next update is due at %v, want in 30 minutes", due)
	}
	sato.shot("the record")
}

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// theServerDies: pages say so, come back by themselves and show what happened since, once.
func theServerDies(t *testing.T, s *scene, sato, suzuki *person, number string) {
	suzuki.open("/incidents/" + number)
	suzuki.see("#entries .entry", "再起動したが改善せず")
	s.stop()
	sato.see("#connection", sato.word("live.again"))
	suzuki.see("#connection", suzuki.word("live.again"))
	sato.shot("the server is away")
	s.start()
	channel := s.incident(number).Rooms[0].Name
	s.say("高橋", "#"+channel, "/incident finding 14時のリリースから増えている")
	sato.see("#messages .msg", "14時のリリースから増えている")
	suzuki.see("#entries .entry", "14時のリリースから増えている")
	sato.gone("#connection", "")
	s.calm() // what Matoi still has to say comes before what follows
	sato.say("復帰しました")
	sato.see("#messages .msg .text", "復帰しました")
	if sato.ask("window.same") == "page" {
		t.Error("the mark of another page is still there")
	}
	for _, p := range []*person{sato, suzuki} {
		if twice := p.ask(`(() => { const ids = [...document.querySelectorAll('#messages .msg[data-id], #entries .entry')].map(e => e.id);
return ids.filter((id, n) => ids.indexOf(id) !== n).join(' ') })()`); twice != "" {
			t.Errorf("%s sees twice after the restart: %s", p.who, twice)
		}
	}
	const told = "[...document.querySelectorAll('#messages .msg-body')].map(e => e.innerText).join('\\n')"
	live := sato.ask(told)
	// The page says a moment later that it was read; before that the page loaded anew draws the line of what is new.
	sato.runs(`while ((await (await fetch('/part/unread')).json()).channels.some(c => c.channel === '` + channel + `')) await new Promise(done => setTimeout(done, 50))`)
	sato.open("/chat/" + channel)
	sato.see("#messages .msg", "復帰しました")
	if loaded := sato.ask(told); loaded != live {
		t.Errorf("what came live differs from the page loaded anew:\n%s\n--- loaded:\n%s", live, loaded)
	}
	shown := suzuki.ask("[...document.querySelectorAll('#entries .entry')].map(e => e.dataset.seq).sort((a, b) => a - b).join()")
	suzuki.open("/incidents/" + number)
	suzuki.see("#entries .entry", "14時のリリースから増えている")
	if anew := suzuki.ask("[...document.querySelectorAll('#entries .entry')].map(e => e.dataset.seq).sort((a, b) => a - b).join()"); anew != shown {
		t.Errorf("entries %s came live, %s are there", shown, anew)
	}
	suzuki.shot("the incident's page")
}

// theHandover: offered by a command, accepted by a button.
func theHandover(t *testing.T, s *scene, sato, suzuki *person, number string) {
	sato.say("/incident handover @suzuki")
	sato.see("#messages .msg", "suzuki")
	if got := s.incident(number).holder("incident-manager"); got != "佐藤" {
		t.Errorf("%q leads before the offer is accepted", got)
	}
	suzuki.press(".tab", suzuki.word("web.chat"))
	suzuki.press("#channels .channel", suzuki.word("web.matoi"))
	suzuki.see("#messages .card", suzuki.word("card.button_accept"))
	suzuki.shot("a role is offered")
	suzuki.press("#messages .card button", suzuki.word("card.button_accept"))
	s.until("suzuki leads", func() bool { return s.incident(number).holder("incident-manager") == "suzuki" })
	sato.see("#messages .card .fields", "suzuki")
}

// theEnd: mitigated, restored, resolved and closed by the buttons of the card and their forms.
func theEnd(t *testing.T, s *scene, suzuki *person, number string) {
	status := func(want string) {
		t.Helper()
		s.until("the status is "+want, func() bool { return s.incident(number).Status == want })
	}
	suzuki.press("#channels .room-link", "payment-api-7d9f:8080")
	first := func(id string) { suzuki.press("#messages .card .buttons button", room(id)) }
	first("card.button_mitigate")
	suzuki.write("dialog #f-text", "接続数の上限を 200 から 400 に上げた")
	suzuki.shot("mitigate")
	suzuki.submit()
	status("mitigated")
	if got := s.incident(number); got.Workaround != "接続数の上限を 200 から 400 に上げた" || got.Restored != nil {
		t.Errorf("workaround %q, restored %v", got.Workaround, got.Restored)
	}
	first("card.button_restored")
	began := time.Now()
	suzuki.write("dialog #f-since", "3m ago")
	suzuki.submit()
	s.until("it is restored", func() bool { return s.incident(number).Restored != nil })
	if at := *s.incident(number).Restored; time.Since(at) < 2*time.Minute || began.Sub(at) > 5*time.Minute {
		t.Errorf("restored at %s, want three minutes ago", at)
	}
	first("card.button_resolve")
	suzuki.write("dialog #f-text", "プールの設定を恒久化した")
	suzuki.submit()
	status("resolved")
	suzuki.shot("resolved")
	first("card.button_close")
	suzuki.submit()
	status("closed")
	suzuki.see("#messages .card .fields", room("status.closed"))
	suzuki.shot("closed")
}

// theReport: in Japanese and in English, from the record.
func theReport(t *testing.T, s *scene, sato *person, number string) {
	sato.open("/incidents/" + number)
	sato.press(".links .button", sato.word("web.report"))
	sato.see("main.report", "対応経緯")
	sato.see("main.report", "再起動したが改善せず")
	sato.shot("the report")
	sato.press(".report-bar .switch a", "English")
	sato.see("main.report", "Timeline")
	sato.shot("the report")
	for l, words := range map[string][]string{"ja": {"管理番号", "影響範囲", number}, "en": {"Timeline", number}} {
		text := s.report(number, l)
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("the report in %s lacks %q:\n%s", l, w, text)
			}
		}
	}
}

// theFormOpensAnother: an incident that is typed without flags asks what else is known.
func theFormOpensAnother(t *testing.T, s *scene, sato *person, first string) {
	sato.open("/chat/general")
	sato.say("/incident open 決済がタイムアウトする")
	sato.see("dialog[open]", sato.word("form.title_open"))
	if got := sato.ask("document.querySelector('dialog #f-title').value"); got != "決済がタイムアウトする" {
		t.Errorf("the form holds %q, want what was typed", got)
	}
	sato.choose("dialog #f-impact", lang.Text(lang.JA, "priority.level_medium", nil))
	sato.choose("dialog #f-urgency", lang.Text(lang.JA, "priority.level_high", nil))
	sato.write("dialog #f-service", "payment-api")
	sato.shot("the form")
	sato.submit()
	s.until("another incident is open", func() bool { return len(s.numbers()) == 2 })
	second := s.incident(s.numbers()[0])
	if second.Number == first || second.Title != "決済がタイムアウトする" || second.Priority != "P2" {
		t.Errorf("opened %+v, want 決済がタイムアウトする with P2", second)
	}
	sato.see("#channels .room-link", "決済がタイムアウトする")
	sato.press(".tab", sato.word("web.incidents"))
	sato.see("#incidents .col-title", "決済がタイムアウトする")
	sato.shot("the list")
}
