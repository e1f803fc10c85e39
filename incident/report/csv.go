package report

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// Timeline gives the course of events as rows with a head, for CSV: what happened when, recorded when, by whom, and the
// stored kind and number of the entry. Times are complete in every row.
func (r Report) Timeline() [][]string {
	b := &builder{l: r.Lang}
	const layout = "2006-01-02 15:04:05 -07:00"
	out := [][]string{{
		b.say("report.col_when", nil), b.say("report.col_recorded_at", nil), b.say("report.col_who", nil), b.say("report.col_recorder", nil),
		b.say("report.col_what", nil), b.say("report.col_fact", nil), b.say("report.col_entry", nil),
	}}
	for _, row := range r.course {
		recorded, seq := "", ""
		if row.seq > 0 {
			recorded, seq = row.recorded.In(r.zone).Format(layout), decimal(int(row.seq))
		}
		out = append(out, []string{row.at.At.In(r.zone).Format(layout), recorded, row.who, row.recorder, row.text, row.kind, seq})
	}
	return out
}

// CSV writes rows as RFC 4180 with a byte order mark, without which Excel takes Japanese for something else. A cell
// that a spreadsheet would compute (it begins with = + - @, one of their full-width forms, a tab or a line end) gets an
// apostrophe before it, so that the title of an alert can't run a formula.
func CSV(rows [][]string) []byte {
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for k, cell := range row {
			safe[k] = harmless(cell)
		}
		_ = w.Write(safe) // a bytes.Buffer takes everything
	}
	w.Flush()
	return out.Bytes()
}

func harmless(cell string) string {
	bare := strings.TrimLeft(cell, " \u00a0\u3000")
	if strings.ContainsAny(cell[:min(1, len(cell))], "\t\r\n") || strings.IndexAny(bare, "=+-@＝＋－＠\t\r\n") == 0 {
		return "'" + cell
	}
	return cell
}
