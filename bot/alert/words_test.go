package alert

import (
	"net/http"
	"net/url"
	"testing"
)

func TestWordsOfAStateInBothLanguages(t *testing.T) {
	for event, words := range map[string][]string{
		EventResolve: {
			"復旧", "復旧済み", "復旧しました", "正常", "正常です", "解決", "解決済み", "解消", "回復", "終了", "完了", "対応完了", "異常なし", "クローズ", "ok", "OK", "Resolved",
			"end", "Ended", "completed", "complete", "cancelled", "canceled", "good", "green", "success", "up", "0", "false",
		},
		EventTrigger: {
			"", "firing", "障害", "異常", "発生", "警告", "停止", "異常終了", "復旧中", "復旧待ち", "復旧作業中", "復旧見込み", "復旧しません", "未復旧", "未解決", "正常ではない", "一部復旧", "incomplete", "bad", "red", "problem",
		},
		EventAcknowledge: {"ack", "Acknowledged", "確認済み", "対応中"},
	} {
		for _, word := range words {
			body := `{"title":"x","key":"k","status":"` + word + `"}`
			if a := one(t, Generic, body); a.Event != event || (a.Status == Resolved) != (event == EventResolve) {
				t.Errorf("%q is %s, %s; want %s", word, a.Event, a.Status, event)
			}
			form := url.Values{"title": {"x"}, "key": {"k"}, "status": {word}}.Encode()
			d, err := Decode(Generic, nil, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form), noon())
			if err != nil || len(d.Alerts) != 1 || d.Alerts[0].Event != event {
				t.Errorf("%q in a form: %+v, %v; want %s", word, d.Alerts, err, event)
			}
		}
	}
}

// What a mark of a mail says, a field says too, and as badly.
func TestMailsAndFieldsShareTheirWords(t *testing.T) {
	for _, word := range []string{"復旧", "正常", "解決", "解消済み", "終了", "completed", "障害", "異常", "警報", "緊急", "重大", "警告", "注意", "情報", "対応中", "致命的な障害", "重度の障害", "軽度の障害"} {
		mail, field := readSubject("【"+word+"】決済DB"), one(t, Generic, `{"title":"x","key":"k","status":"`+word+`","severity":"`+word+`"}`)
		if mail.event != field.Event || severity(mail.severity) != field.Severity {
			t.Errorf("%q: a mail says %s, %s, a field %s, %s", word, mail.event, severity(mail.severity), field.Event, field.Severity)
		}
	}
}
