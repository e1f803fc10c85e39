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
		{AlertRule{Do: "wait", Wait: time.Minute}, "続いたら起票する", "open if it lasts"},
		{AlertRule{Do: "wait", Count: 3, Within: time.Hour}, "1時間に 3 件で起票する", "open an incident at 3 within 1 h"},
		{AlertRule{Do: "wait", Count: 2, Within: time.Hour, Then: "attach"}, "1時間に 2 件で対応中のものに加える", "join an open incident at 2 within 1 h"},
	} {
		if ja, en := c.rule.Does(lang.JA), c.rule.Does(lang.EN); ja != c.ja || en != c.en {
			t.Errorf("%q, %q", ja, en)
		}
	}
}
