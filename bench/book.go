package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// book holds what was got, and writes it down line by line as it comes.
type book struct {
	machine machine
	figures map[string]figure
	lines   *os.File // nil: nothing is written
}

func newBook() *book { return &book{figures: map[string]figure{}} }

// line keeps a value as one line of JSON.
func (b *book) line(v any) error {
	if b.lines == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = b.lines.Write(append(raw, '\n'))
	return err
}

func (b *book) put(f figure) error {
	f.Kind = "figure"
	b.figures[f.ID] = f
	return b.line(f)
}

// read takes the figures of earlier runs; the machine is that of the last.
func (b *book) read(files []string) error {
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(bytes.NewReader(raw))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var f figure
			if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			switch f.Kind {
			case "figure":
				b.figures[f.ID] = f
			case "machine":
				if err := json.Unmarshal(lines.Bytes(), &b.machine); err != nil {
					return err
				}
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
	}
	return nil
}

// table gives the head and a line for each row of the groups.
func (b *book) table(of []group) [][]string {
	out := [][]string{{"row", "must", "aim", "got", "met", "beside"}}
	for _, g := range of {
		for _, r := range g.rows {
			f, known := b.figures[r.ID]
			if !known {
				f.Note = "left out of this run"
			}
			got := "-"
			if f.Got != nil {
				got = r.value(*f.Got)
			}
			out = append(out, []string{r.What, r.bound(r.Must), r.bound(r.Aim), got, r.verdict(f), f.beside()})
		}
	}
	return out
}

// beside is what must be known to read a figure.
func (f figure) beside() string {
	parts := []string{}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	if f.Rounds > 1 {
		parts = append(parts, fmt.Sprintf("%d rounds", f.Rounds))
	}
	if f.Thrown > 0 {
		parts = append(parts, fmt.Sprintf("%d thrown away", f.Thrown))
	}
	if f.Noise >= 0.05 {
		parts = append(parts, fmt.Sprintf("others used %.2f cores", f.Noise))
	}
	return strings.Join(parts, "; ")
}

// text is the table for a terminal.
func (b *book) text(of []group) string {
	rows := b.table(of)
	width := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, cell := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	out.WriteString("\n" + b.machine.String() + "\n\n")
	for _, cells := range rows {
		var line strings.Builder
		for i, cell := range cells {
			line.WriteString(cell + strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell)+2))
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return out.String()
}

// markdown is the table for the paper.
func (b *book) markdown(of []group) string {
	var out strings.Builder
	out.WriteString("\n" + b.machine.String() + "\n\n")
	for i, cells := range b.table(of) {
		if cells[4] == "aim" || cells[4] == "must" {
			cells[4] = "✓ " + cells[4]
		}
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			out.WriteString("| --- | --- | --- | --- | --- | --- |\n")
		}
	}
	out.WriteString("\n")
	return out.String()
}

// The marks in the paper between which the figures stand. Nobody types there.
const (
	opening = "<!-- figures: written by bench/run --paper -->"
	closing = "<!-- end of figures -->"
)

// putInto replaces what stands between the marks of a paper.
func (b *book) putInto(paper string) error {
	raw, err := os.ReadFile(paper)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(raw), opening)
	_, after, ended := strings.Cut(rest, closing)
	if !found || !ended {
		return errors.New(paper + " has no marks between which figures go")
	}
	return os.WriteFile(paper, []byte(before+opening+"\n"+b.markdown(groups())+closing+after), 0o644) //nolint:gosec // a paper is for everybody
}
