package slack

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"matoi/bot/markup"
)

// tableWide is how many columns of letters a table may have to stand as one: what is wider breaks on a telephone.
const tableWide = 60

// untable writes the tables of a document (GFM) in what mrkdwn has: a narrow one as aligned lines of code, a wider one as a
// list, in which a row's first cell is bold. Slack has a block for tables, but one to a message, which stands at its end
// (https://docs.slack.dev/reference/block-kit/blocks/table-block): a report has several, each in its place. A canvas keeps them.
func untable(text string) string {
	lines := strings.Split(text, "\n")
	var out []string
	code := false
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(strings.TrimSpace(lines[i]), "```") {
			code = !code
		}
		head := cellsOf(lines[i])
		if code || head == nil || i+1 == len(lines) || !ruled(lines[i+1]) {
			out = append(out, lines[i])
			continue
		}
		rows := [][]string{head}
		for i += 2; i < len(lines) && cellsOf(lines[i]) != nil; i++ {
			row := cellsOf(lines[i])
			rows = append(rows, append(row, make([]string, max(len(head)-len(row), 0))...)[:len(head)])
		}
		i--
		if drawn := aligned(rows); drawn != "" {
			out = append(out, "```\n"+drawn+"\n```")
			continue
		}
		out = append(out, listed(rows))
	}
	return strings.Join(out, "\n")
}

// cellsOf are the cells of a table's row, nil for other lines. A pipe behind a backslash belongs to its cell.
func cellsOf(line string) (cells []string) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || len(line) < 2 {
		return nil
	}
	from := 1
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			cells, from = append(cells, strings.TrimSpace(line[from:i])), i+1
		}
	}
	if from < len(line) {
		cells = append(cells, strings.TrimSpace(line[from:]))
	}
	return cells
}

// ruled reports whether a line parts a table's head from its rows.
func ruled(line string) bool {
	return cellsOf(line) != nil && strings.Contains(line, "---") && strings.Trim(line, "|-: ") == ""
}

// aligned draws rows below each other, "" where they are too wide for it.
func aligned(rows [][]string) string {
	wide := make([]int, len(rows[0]))
	words := make([][]string, len(rows))
	for r, row := range rows {
		words[r] = make([]string, len(wide))
		for c := range wide {
			words[r][c] = readable(row[c])
			wide[c] = max(wide[c], columns(words[r][c]))
		}
	}
	all := 2 * (len(wide) - 1)
	for _, w := range wide {
		all += w
	}
	if all > tableWide {
		return ""
	}
	var lines []string
	for _, row := range words {
		line := ""
		for c, word := range row {
			line += word + strings.Repeat(" ", wide[c]-columns(word)+2)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

// listed gives each row a line. Where a row has more than a beginning, a name and a text, its cells say what they are.
func listed(rows [][]string) string {
	var lines []string
	for _, row := range rows[1:] {
		line := "- "
		for c, cell := range row {
			switch {
			case cell == "":
			case c == 0:
				line += "**" + cell + "**"
			case len(row) > 3:
				line += " · " + rows[0][c] + ": " + cell
			default:
				line += " · " + cell
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// readable is a line of Markdown as it is read, for where nothing is marked up.
func readable(line string) string {
	var r reading
	markup.ReadLine(line, &r)
	return strings.ReplaceAll(r.out.String(), "`", "ˋ")
}

// reading is told what a line is made of, and keeps its words.
type reading struct{ out strings.Builder }

func (r *reading) Begin(markup.Element)             {}
func (r *reading) End(markup.Element)               {}
func (r *reading) Text(s string)                    { r.out.WriteString(s) }
func (r *reading) Code(s string)                    { r.out.WriteString(s) }
func (r *reading) Fence(_, code string)             { r.out.WriteString(code) }
func (r *reading) Break()                           { r.out.WriteByte(' ') }
func (r *reading) Person(id string)                 { r.out.WriteString("@" + id) }
func (r *reading) Found(string, int) markup.Finding { return markup.Finding{} }

// columns is how wide a text stands in letters of one width: Japanese signs take two, marks on others none.
func columns(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
				n++
			}
		}
	}
	return n
}
