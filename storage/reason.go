package storage

import (
	"context"
	"database/sql"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
)

// eraseReasons blanks the reasons of silences and of rules for alerts in which one of the words stands, a person's name or address, with what
// repeats them in the built-in chat where the silence was set. They are no entries that could be erased by themselves. The register keeps
// what it says of rules.
func (t *tx) eraseReasons(words ...string) error {
	type reasoned struct {
		number    int64
		why, room string
	}
	for _, table := range []struct{ name, room string }{{"silence", "room"}, {"alert_rule", "''"}} {
		found, err := all(context.Background(), t.run, `SELECT number, why, `+table.room+` FROM `+table.name+` WHERE why <> ''`, nil,
			func(r *sql.Rows) (x reasoned, err error) { return x, r.Scan(&x.number, &x.why, &x.room) })
		if err != nil {
			return t.spoil(err)
		}
		for _, x := range found {
			if !says(x.why, words) {
				continue
			}
			if _, err := t.exec(`UPDATE `+table.name+` SET why = $2 WHERE number = $1`, x.number, incident.Blank); err != nil {
				return err
			}
			t.touched |= topicStanding
			if x.room == "" {
				continue
			}
			if err := t.blank(x.room, 0, &incident.Erasure{Gone: []string{x.why}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// says reports whether one of the words stands in a text, whatever the case of its letters: as a word of its own where it begins or ends
// with a letter of an alphabet.
func says(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, word := range words {
		if word = strings.ToLower(strings.TrimSpace(word)); word == "" {
			continue
		}
		for from := 0; ; {
			at := strings.Index(text[from:], word)
			if at < 0 {
				break
			}
			at += from
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			first, size := utf8.DecodeRuneInString(word)
			last, _ := utf8.DecodeLastRuneInString(word)
			after, _ := utf8.DecodeRuneInString(text[at+len(word):])
			if !joined(before, first) && !joined(last, after) {
				return true
			}
			from = at + size
		}
	}
	return false
}

// joined reports whether two signs beside each other belong to one word. In Japanese nothing tells.
func joined(a, b rune) bool {
	alphabet := func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
	return alphabet(a) && alphabet(b)
}
