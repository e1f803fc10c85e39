package web

import (
	"encoding/json"
	"strings"
	"testing"

	"matoi/lang"
)

func TestTheEmojiAreSmallAndNamedInBothLanguages(t *testing.T) {
	t.Parallel()
	f := loadAssets().files["/static/emoji.json"]
	if len(f.packed()) == 0 || len(f.packed()) > 80_000 {
		t.Errorf("the table takes %d bytes on the wire", len(f.packed()))
	}
	var rows [][]any
	if err := json.Unmarshal(f.read(), &rows); err != nil {
		t.Fatal(err)
	}
	seen, codes := map[string]bool{}, map[string]string{}
	for _, r := range rows {
		sign, group := r[0].(string), int(r[1].(float64))
		if seen[sign] || sign == "" || r[2] == "" || r[3] == "" {
			t.Errorf("%v stands twice or has no name", r)
		}
		seen[sign] = true
		for _, l := range lang.All() {
			if id := "compose.emoji_group_" + string(rune('0'+group)); !lang.Has(l, id) {
				t.Errorf("%s: the group of %s has no name in %s", sign, id, l)
			}
		}
		for code := range strings.FieldsSeq(r[4].(string)) {
			codes[code] = sign
		}
	}
	for code, sign := range map[string]string{"fire": "🔥", "pray": "🙏", "eyes": "👀", "pushpin": "📌", "white_check_mark": "✅", "tada": "🎉"} {
		if codes[code] != sign {
			t.Errorf(":%s: is %q, want %s as reactions are given", code, codes[code], sign)
		}
	}
}
