package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"matoi/incident"
)

// ill is an error of a store that names its trouble.
type ill string

func (i ill) Error() string        { return "the database: " + string(i) }
func (i ill) Reason() string       { return string(i) }
func (i ill) Is(target error) bool { return target == incident.ErrUnavailable }

func TestNotReadySaysWhatIsWrongInTheReadersLanguage(t *testing.T) {
	c := readContract(t)
	d := newDesk()
	h := d.site(Access{Local: true})
	for _, row := range []struct {
		err    error
		reason string
		ja, en string
	}{
		{ill("full"), "full", "空きを作って", "Make room"},
		{ill("gone"), "gone", "フォルダーからなくなった", "not in its folder"},
		{ill("damaged"), "damaged", "壊れています", "damaged"},
		{ill("readonly"), "readonly", "読み取り専用", "can only be read"},
		{ill("io"), "io", "読み書きのエラー", "disk of the database fails"},
		{ill("away"), "away", "応答がありません", "keeps trying"},
		{context.DeadlineExceeded, "slow", "3 秒以上", "three seconds"},
		{incident.ErrUnavailable, "unknown", "データベースを使えません", "can't be used"},
	} {
		d.sick = fmt.Errorf("write: %w", row.err)
		for l, words := range map[string]string{"ja": row.ja, "en": row.en} {
			w := call(h, "GET", "/readyz", "", "Accept-Language: "+l)
			c.hold(t, "GET", "/readyz", w)
			body := w.Body.String()
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(body, `"reason":"`+row.reason+`"`) || !strings.Contains(body, words) {
				t.Errorf("%s in %s: %d %s", row.reason, l, w.Code, body)
			}
		}
	}
	d.sick = nil
	if w := call(h, "GET", "/readyz", ""); w.Code != http.StatusOK {
		t.Errorf("well again: %d %s", w.Code, w.Body)
	}
}
