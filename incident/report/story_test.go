package report

import (
	"context"
	"errors"
	"testing"
	"time"

	"matoi/incident"
)

// memory is a Store that holds one process's incidents in a map: enough for the Desk's real rules to write the records
// that the tests report on.
type memory struct {
	zone    *time.Location
	count   int64
	state   map[incident.Number]*incident.Incident
	entries map[incident.Number][]incident.Event
}

func (m *memory) Change(_ context.Context, _ incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	var loaded []*incident.Incident
	for _, n := range numbers {
		i := m.state[n]
		if i == nil {
			return nil, false, errors.New("no such incident")
		}
		loaded = append(loaded, i)
	}
	done, err := decide(loaded, func(day time.Time) (incident.Number, error) {
		m.count++
		return incident.NumberOf(day, m.zone, m.count), nil
	})
	if err != nil {
		return nil, false, err
	}
	for _, c := range done {
		m.state[c.After.Number] = c.After
		m.entries[c.After.Number] = append(m.entries[c.After.Number], c.Events...)
	}
	return done, false, nil
}

func (m *memory) Due(context.Context, time.Time, int) ([]incident.Number, error) { return nil, nil }

// house is a desk with a clock that the test moves.
type house struct {
	t      *testing.T
	desk   *incident.Desk
	store  *memory
	now    time.Time
	number incident.Number
}

func newHouse(t *testing.T, start string) *house {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: &memory{zone: zone, state: map[incident.Number]*incident.Incident{}, entries: map[incident.Number][]incident.Event{}}}
	h.now = h.at(start)
	policy := incident.DefaultPolicy(zone)
	policy.Managers = []incident.PersonID{"p9"}
	h.desk = &incident.Desk{Store: h.store, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return h.now }}
	return h
}

// at reads a time on the wall in Tokyo.
func (h *house) at(clock string) time.Time {
	h.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, h.store.zone)
	if err != nil {
		h.t.Fatal(err)
	}
	return at.UTC()
}

// do lets somebody give a command at a time of day; an empty clock keeps the time.
func (h *house) do(clock string, by incident.PersonID, cmd incident.Command) incident.Result {
	h.t.Helper()
	return h.doFor(clock, incident.By{Person: by}, cmd)
}

func (h *house) doFor(clock string, by incident.By, cmd incident.Command) incident.Result {
	h.t.Helper()
	if clock != "" {
		h.now = h.at(h.now.In(h.store.zone).Format("2006-01-02 ") + clock)
	}
	r, err := h.desk.Do(context.Background(), h.number, cmd, by, incident.Cause{})
	if err != nil {
		h.t.Fatalf("%T at %s: %v", cmd, clock, err)
	}
	if h.number == 0 {
		h.number = r.Incident.Number
	}
	return r
}

func (h *house) source() Source {
	names := map[incident.PersonID]string{"p1": "佐藤 花子", "p2": "田中 一郎", "p3": "鈴木 次郎", "p4": "高橋 恵", "p5": "渡辺 健", "p9": "小林 部長"}
	departments := map[incident.PersonID]string{"p1": "決済基盤部", "p9": "IT統括部"}
	return Source{
		Incident: h.store.state[h.number], Entries: h.store.entries[h.number], Zone: h.store.zone, Policy: h.desk.Policy(),
		Names:      func(p incident.PersonID) string { return names[p] },
		Department: func(p incident.PersonID) string { return departments[p] },
	}
}

// paymentStory is a P1 from the alarm to the closed record, with everything that can go differently: a theory, a pin
// taken back, messages edited and deleted, a deed written down for another, a missed update, a hold, a relapse.
func paymentStory(t *testing.T) *house {
	h := newHouse(t, "2026-11-21 22:41")
	pin := func(id, text string, author incident.PersonID, at string) *incident.Message {
		return &incident.Message{Place: incident.Place{Realm: "console", Room: "r1", Message: id}, Author: author, At: h.at(at), Text: text}
	}
	h.do("", "", incident.Open{
		Title: "PaymentTimeout: 決済APIの応答が10秒を超過", Impact: "unknown", Urgency: "high", Services: []string{"決済", "注文管理"},
		Detected: h.at("2026-11-21 22:40"), Channel: "alert", Alert: &incident.AlertRef{Source: "alertmanager", Key: "k1", Title: "PaymentTimeout: 決済APIの応答が10秒を超過"},
	})
	h.do("22:42", "", incident.MeetAlerts{Attached: []incident.AlertRef{{Title: "OrderQueueFull"}}, Total: 2, Firing: 2})
	h.do("22:43", "p1", incident.Acknowledge{})
	h.do("22:44", "p1", incident.TakeRole{Role: incident.Manager, Person: "p1"})
	h.do("22:45", "p1", incident.SetTitle{Title: "決済がタイムアウトする"})
	h.do("22:46", "p1", incident.SetPriority{Impact: "large", Urgency: "high"})
	h.do("22:47", "p1", incident.TakeRole{Role: incident.TechLead, Person: "p2", Stream: "DB"})
	h.do("22:48", "p3", incident.TakeRole{Role: incident.Scribe, Person: "p3"})
	h.do("22:49", "p2", incident.SetOccurred{Happened: incident.Moment{At: h.at("2026-11-21 22:30"), Approx: true}})
	h.do("22:50", "p1", incident.SetStatus{To: incident.Investigating})
	h.do("22:51", "p4", incident.Note{Sort: "note", Text: "問い合わせ窓口に決済エラーの申告が12件", Message: pin("m1", "", "p4", "2026-11-21 22:38")})
	h.do("22:52", "p2", incident.Note{Sort: "theory", Text: "夜間バッチがロックを持ったままではないか"})
	h.do("22:53", "p1", incident.Publish{Text: "決済に時間がかかる事象を確認し、調査しています。次回は23:20にお知らせします。", Next: h.at("2026-11-21 23:20")})
	h.do("22:55", "p4", incident.Publish{Audience: "customers", Text: "ただいま決済がご利用いただきにくい状況です。ご迷惑をおかけし申し訳ございません。"})
	h.do("22:56", "p1", incident.FinishTask{ID: 1, Result: "決済と注文確定のみ、参照系は正常"})
	h.doFor("23:00", incident.By{Person: "p2", Recorder: "p3"}, incident.Note{Sort: "finding", Text: "DB接続プールが上限の200に到達", Happened: incident.Moment{At: h.at("2026-11-21 22:57")}})
	h.do("23:02", "p5", incident.Note{Text: "あとで消す雑談", Message: pin("m2", "", "p5", "2026-11-21 23:01")})
	h.do("23:03", "p5", incident.Revise{Message: &incident.Place{Realm: "console", Room: "r1", Message: "m2"}, Why: "unpinned"})
	h.do("23:05", "p2", incident.AnnounceDeed{Text: "決済APIを1台ずつ再起動する"})
	h.do("23:12", "p2", incident.CloseDeed{Result: "4台とも再起動、接続数は減ったが5分で再び上限"})
	h.do("23:14", "p3", incident.Note{Text: "再起動では直らない", Message: pin("m3", "", "p2", "2026-11-21 23:13")})
	h.do("23:15", "p2", incident.Revise{Message: &incident.Place{Realm: "console", Room: "r1", Message: "m3"}, Why: "edited", Text: "再起動では改善せず、<@p5>に調査を依頼"})
	h.do("23:16", "p5", incident.Note{Text: "21時の設定変更で接続タイムアウトが0になっている", Message: pin("m4", "", "p5", "2026-11-21 23:16")})
	h.do("23:17", "p5", incident.Revise{Message: &incident.Place{Realm: "console", Room: "r1", Message: "m4"}, Why: "deleted"})
	h.do("23:18", "p1", incident.Note{Sort: "decision", Text: "設定変更を切り戻す"})
	h.do("23:24", "p1", incident.SetStatus{To: incident.Identified, Text: "21:00の設定変更で接続タイムアウトが無効になり、接続が解放されない"})
	h.do("23:25", "", incident.Tick{})
	h.do("23:27", "p1", incident.Publish{Text: "原因を特定し、設定の切り戻しを進めています。"})
	h.do("23:30", "p1", incident.Escalate{How: "functional", To: "クラウド事業者", Reason: "DBの接続上限の一時引き上げ"})
	h.do("23:31", "p1", incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "接続上限の引き上げ待ち", Ticket: "SUP-4711", Review: h.at("2026-11-21 23:50")}})
	h.do("23:44", "p1", incident.Resume{Why: "answered"})
	h.do("23:50", "p2", incident.SetStatus{To: incident.Mitigated, Text: "設定を前日の値に切り戻し、DBの接続上限を一時的に400へ引き上げ"})
	h.do("23:56", "p1", incident.Restore{Since: incident.Moment{At: h.at("2026-11-21 23:52"), Approx: true}, Text: "決済の成功率が平常値に戻った"})
	h.do("23:57", "", incident.MeetAlerts{Cleared: []incident.AlertRef{{Title: "PaymentTimeout"}, {Title: "OrderQueueFull"}}, Total: 2})
	h.do("23:58", "p1", incident.Resolve{Text: "接続タイムアウトを30秒に固定した設定を全台へ配布"})
	h.now = h.at("2026-11-22 00:20")
	h.do("00:21", "p1", incident.Reopen{Reason: "1台だけ古い設定のままで再びタイムアウト"})
	h.do("00:25", "p1", incident.OfferHandover{Role: incident.Manager, To: "p2"})
	h.do("00:26", "p2", incident.AnswerHandover{Answer: "accepted"})
	h.do("00:40", "p2", incident.Restore{Text: "残る1台にも設定を配布"})
	h.do("00:45", "p2", incident.RecordImpact{Text: "オンラインストアの全顧客(決済を試みた約3,400名)\n社内：EC事業部、カスタマーサポート部"})
	h.do("00:46", "p2", incident.Publish{Audience: "customers", Text: "決済は復旧しております。ご迷惑をおかけしましたことをお詫び申し上げます。"})
	h.do("00:47", "p2", incident.AddMeasure{Measure: incident.Measure{Text: "設定変更の検証環境での負荷試験を必須とする", Kind: "手順", Owner: "<@p2>", Due: "2026-12-15"}})
	h.do("00:48", "p2", incident.AddMeasure{Measure: incident.Measure{Text: "接続タイムアウトが無効のとき起動を拒否する", Kind: "システム", Owner: "決済基盤部", Due: "次期リリース"}})
	h.do("00:50", "p2", incident.Resolve{})
	h.do("00:55", "p2", incident.Close{Pending: "設定が1台だけ古かった理由は PRB-20261122-001 で調査"})
	h.now = h.at("2026-11-22 09:30")
	h.do("", "p1", incident.IssueReport{})
	h.now = h.at("2026-11-24 10:00")
	return h
}
