package storage

import (
	"regexp"
	"slices"
	"strings"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
)

// words are the tokens by which a message is found. What is for one person alone or was deleted has none.
func words(m console.Message) []string {
	if m.Only != "" || !m.Deleted.IsZero() {
		return nil
	}
	text := m.Text
	if strings.Contains(text, "<@") {
		text = mentioned.ReplaceAllString(text, " ")
	}
	out := knowledge.Index(text)
	if m.Card != nil {
		out = append(out, knowledge.Index(m.Card.Title+"\n"+m.Card.Text)...)
	}
	for _, f := range m.Files {
		out = append(out, knowledge.Index(f.Name)...)
	}
	return distinct(out)
}

// alike reports whether two states of a message have the same words by their looks: most edits change nothing that is
// searched for.
func alike(was, m console.Message) bool {
	card := func(m console.Message) (title, text string) {
		if m.Card != nil {
			title, text = m.Card.Title, m.Card.Text
		}
		return title, text
	}
	title, text := card(was)
	newTitle, newText := card(m)
	return was.ID != 0 && was.Text == m.Text && title == newTitle && text == newText && was.Only == m.Only && was.Deleted.IsZero() == m.Deleted.IsZero() &&
		slices.EqualFunc(was.Files, m.Files, func(a, b incident.File) bool { return a.Name == b.Name })
}

// putWords writes the tokens of a message where they differ from those it had.
func (t *tx) putWords(was, m console.Message) error {
	if alike(was, m) {
		return nil
	}
	before, after := words(was), words(m)
	if slices.Equal(before, after) {
		return nil
	}
	if was.ID != 0 {
		if _, err := t.exec(`DELETE FROM message_token WHERE message = $1`, m.ID); err != nil {
			return err
		}
	}
	var a args
	for _, token := range after {
		a = append(a, token, m.ID)
	}
	return t.putRows(`INSERT INTO message_token (token, message) VALUES `, 2, a, ` ON CONFLICT (token, message) DO NOTHING`)
}

// mentioned finds people in a stored text.
var mentioned = regexp.MustCompile(`<@(p[0-9]+)>`)

// mentions lists whom a message mentions: its author never. Most mentions of Matoi's only name people; those it means are
// the pings.
func mentions(m console.Message, pings []incident.PersonID) []incident.PersonID {
	if m.Only != "" || !m.Deleted.IsZero() {
		return nil
	}
	out := slices.Clone(pings)
	if m.Author != "" {
		out = nil
		for _, found := range mentioned.FindAllStringSubmatch(m.Text, -1) {
			out = append(out, incident.PersonID(found[1]))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(p incident.PersonID) bool { return p == m.Author })
}

func (t *tx) putMentions(m console.Message, pings []incident.PersonID) error {
	var a args
	for _, p := range mentions(m, pings) {
		a = append(a, string(p), m.Channel, m.ID)
	}
	return t.putRows(`INSERT INTO mention (person, channel, message) VALUES `, 3, a, ` ON CONFLICT (person, channel, message) DO NOTHING`)
}

// mentionAnew follows an edit. A message of Matoi's keeps whom it was meant for.
func (t *tx) mentionAnew(was, m console.Message) error {
	if m.Author == "" && m.Deleted.IsZero() || slices.Equal(mentions(was, nil), mentions(m, nil)) && was.Deleted.Equal(m.Deleted) {
		return nil
	}
	if _, err := t.exec(`DELETE FROM mention WHERE message = $1`, m.ID); err != nil {
		return err
	}
	return t.putMentions(m, nil)
}
