package wording

import (
	"matoi/incident/oncall"
	"matoi/lang"
)

// Trouble says why a source of shifts can't be read. What has no text of its own stands for itself: another version kept it.
func Trouble(t oncall.Trouble, l lang.Lang) string {
	code, detail := t.Parts()
	if id := "roster." + code; code != "" && lang.Has(l, id) {
		return lang.Text(l, id, lang.Args{"Detail": detail})
	}
	return detail
}
