package wording_test

import (
	"testing"

	"matoi/incident/oncall"
	"matoi/incident/wording"
	"matoi/lang"
)

func TestTroubleIsWordedInTheReadersLanguage(t *testing.T) {
	for _, x := range []struct {
		trouble oncall.Trouble
		ja, en  string
	}{
		{oncall.NewTrouble("status", "502"), "サーバーの応答は 502", "the server answered 502"},
		{oncall.NewTrouble("unreachable", ""), "サーバーに接続できません", "the server can't be reached"},
		{oncall.NewTrouble("says", "a | b"), "サーバーの回答: a | b", "the server says: a | b"},
		{"the server answered <502>", "the server answered <502>", "the server answered <502>"}, // an older version kept that
		{"of another | kind", "of another | kind", "of another | kind"},
		{oncall.NewTrouble("newer", "x"), "x", "x"}, // a newer one kept that
	} {
		if ja, en := wording.Trouble(x.trouble, lang.JA), wording.Trouble(x.trouble, lang.EN); ja != x.ja || en != x.en {
			t.Errorf("%s: %q and %q", x.trouble, ja, en)
		}
	}
}
