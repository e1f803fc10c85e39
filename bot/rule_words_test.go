package bot

import (
	"testing"
	"time"

	"matoi/lang"
)

func TestARuleThatCountsIsNotSaidToWaitForWhatLasts(t *testing.T) {
	for _, c := range []struct {
		rule   AlertRule
		ja, en string
	}{
		{AlertRule{Do: "open"}, "起票する", "open an incident"},
		{AlertRule{Do: "open", Priority: "P2"}, "起票する(P2)", "open an incident (P2)"},
		{AlertRule{Do: "ignore"}, "数えるだけ", "only count it"},
		{AlertRule{Do: "wait", Wait: 10 * time.Minute, Priority: "P4"}, "10分続いたら起票する(P4)", "open an incident if it still fires after 10 min (P4)"},
		{AlertRule{Do: "wait", Wait: time.Hour, Then: "attach"}, "1時間続いたら対応中のものに加える", "join an open incident if it still fires after 1 h"},
		{AlertRule{Do: "wait", Count: 3, Within: time.Hour}, "1時間に 3 件で起票する", "open an incident at 3 within 1 h"},
		{AlertRule{Do: "wait", Count: 2, Within: time.Hour, Then: "attach"}, "1時間に 2 件で対応中のものに加える", "join an open incident at 2 within 1 h"},
	} {
		if ja, en := c.rule.Does(lang.JA), c.rule.Does(lang.EN); ja != c.ja || en != c.en {
			t.Errorf("%q, %q", ja, en)
		}
	}
}
