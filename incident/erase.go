package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Blank stands in the place of a text that was erased, in every language.
const Blank = "■■■"

// Remains vouches for what was left of an entry whose text was erased: Digest is the SHA-256 of its stored bytes.
type Remains struct {
	Seq    int64  `json:"seq"`
	Digest []byte `json:"digest"`
}

// Erasure is what erasing texts did to an incident. Rewritten are the earlier entries as they stand now, Fact is the new
// one, After the fold of all. Gone are the texts that went, for whoever keeps copies of them.
type Erasure struct {
	Rewritten []Event
	Fact      Event
	After     *Incident
	Effects   []Effect
	Gone      []string
	Files     []File // what was attached to them
}

// Texts lists what people wrote in a fact, without what is empty or was erased before.
func Texts(f Fact) []string {
	var out []string
	eachText(reflect.ValueOf(f), func(v reflect.Value) {
		if t := v.String(); strings.TrimSpace(t) != "" && t != Blank {
			out = append(out, t)
		}
	})
	return out
}

// Erase takes the texts of the entries seqs out of an incident, with all later forms of them and wherever another entry
// repeats them. Ids, times and what the clock runs by stay, so that the fold stays the same but for the texts. It refuses
// what does not exist, what was erased before, and what has no text.
func Erase(n Number, events []Event, seqs []int64, reason string, by By, now time.Time, random io.Reader) (*Erasure, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, refuse("erase_reason")
	}
	chosen := map[int64]bool{}
	for _, seq := range seqs {
		if seq < 1 || seq > int64(len(events)) {
			return nil, refuse("erase_unknown", "Seq", seq)
		}
		e := events[seq-1]
		if len(e.Salt) == 0 {
			return nil, refuse("erase_again", "Seq", seq)
		}
		if _, own := e.Fact.(*TextErased); own || len(Texts(e.Fact)) == 0 {
			return nil, refuse("erase_textless", "Seq", seq)
		}
		chosen[seq] = true
	}
	return erase(n, events, family(events, chosen), reason, by, now, random)
}

// family adds to the chosen entries the first form and every later one of each, and then all that repeat their texts.
func family(events []Event, chosen map[int64]bool) map[int64]bool {
	for _, e := range events {
		if r, ok := e.Fact.(*Revised); ok && chosen[e.Seq] {
			chosen[r.Seq] = true
		}
	}
	for _, e := range events {
		if r, ok := e.Fact.(*Revised); ok && chosen[r.Seq] {
			chosen[e.Seq] = true
		}
	}
	var gone []string
	for _, e := range events {
		if chosen[e.Seq] {
			gone = append(gone, Texts(e.Fact)...)
		}
	}
	for _, e := range events {
		if _, own := e.Fact.(*TextErased); own || chosen[e.Seq] {
			continue
		}
		if slices.ContainsFunc(Texts(e.Fact), func(t string) bool { return Repeats(t, gone) }) {
			chosen[e.Seq] = true
		}
	}
	return chosen
}

// whole is from how many bytes on a text counts as repeated where another one contains it; a shorter one only where it is
// the whole of the other.
const whole = 24

// Repeats reports whether text is one of the texts that went, or contains a long one.
func Repeats(text string, gone []string) bool {
	return slices.ContainsFunc(gone, func(g string) bool { return text == g || len(g) >= whole && strings.Contains(text, g) })
}

func erase(n Number, events []Event, chosen map[int64]bool, reason string, by By, now time.Time, random io.Reader) (*Erasure, error) {
	out := &Erasure{}
	fact := &TextErased{Reason: strings.TrimSpace(reason)}
	after := slices.Clone(events)
	for k, e := range events {
		if !chosen[e.Seq] || len(e.Salt) == 0 {
			continue
		}
		out.Gone = append(out.Gone, Texts(e.Fact)...)
		out.Files = append(out.Files, e.Files()...)
		left, err := emptied(e)
		if err != nil {
			return nil, err
		}
		fact.Entries = append(fact.Entries, Remains{Seq: e.Seq, Digest: Digest(nil, left.Body)})
		after[k] = left
		out.Rewritten = append(out.Rewritten, left)
	}
	out.Fact = Event{Number: n, Seq: int64(len(events)) + 1, At: now, By: by.Person, Recorder: by.Recorder, Fact: fact}
	if err := Seal(&out.Fact, events[len(events)-1].Hash, random); err != nil {
		return nil, fmt.Errorf("seal %s entry %d: %w", n, out.Fact.Seq, err)
	}
	out.After = Fold(n, append(after, out.Fact))
	out.Effects = unsaid(out.After, out.Fact.Seq, "")
	return out, nil
}

// Unnamed is what must be told where an incident names a person whose name was erased. Where it is announced the store knows.
func Unnamed(i *Incident, p PersonID) []Effect { return unsaid(i, i.Version, p) }

// unsaid has cards and topics written anew from what is left, and the rest taken back.
func unsaid(i *Incident, seq int64, p PersonID) (out []Effect) {
	for _, r := range i.Rooms {
		out = append(out, Effect{Kind: ShowCard, Number: i.Number, Realm: r.Realm}, Effect{Kind: Unsay, Number: i.Number, Realm: r.Realm, Person: p, Seq: seq})
		if r.Thread == "" {
			out = append(out, Effect{Kind: SetTopic, Number: i.Number, Realm: r.Realm})
		}
	}
	return out
}

// Names reports whether an entry names a person: as who did it, who wrote it down, or in what it says.
func (e Event) Names(p PersonID) bool {
	if e.By == p || e.Recorder == p {
		return true
	}
	id := string(p)
	for _, form := range []string{`"` + id + `"`, `@` + id + `\u003e`, `@` + id + `>`} { // as JSON has them
		if bytes.Contains(e.Body, []byte(form)) {
			return true
		}
	}
	return false
}

// Source is the chat message that an entry came from; nil where it came from none.
func (e Event) Source() *Message {
	switch f := e.Fact.(type) {
	case *Opened:
		return f.Source
	case *Noted:
		return f.Message
	}
	return nil
}

// emptied is an entry without its texts and its salt. Digest and hash stay what they were.
func emptied(e Event) (Event, error) {
	stored, err := json.Marshal(e.Fact)
	if err != nil {
		return e, fmt.Errorf("encode %s entry %d: %w", e.Number, e.Seq, err)
	}
	f := kinds()[e.Fact.Kind()]() // a copy: others hold the fact too
	if err := json.Unmarshal(stored, f); err != nil {
		return e, fmt.Errorf("decode %s entry %d: %w", e.Number, e.Seq, err)
	}
	eachText(reflect.ValueOf(f), func(v reflect.Value) {
		if v.String() != "" {
			v.SetString(Blank)
		}
	})
	e.Fact = f
	body, err := Encode(e)
	if err != nil {
		return e, err
	}
	left := Event{Number: e.Number, Seq: e.Seq, At: e.At, Digest: e.Digest, Hash: e.Hash}
	return left, Decode(&left, e.Fact.Kind(), body)
}

// eachText visits the strings of a fact that people wrote: the fields marked erase:"text".
func eachText(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), visit)
		}
	case reflect.Slice:
		for k := range v.Len() {
			eachText(v.Index(k), visit)
		}
	case reflect.Struct:
		for k := range v.NumField() {
			f := v.Type().Field(k)
			switch text := f.Tag.Get("erase") == "text"; {
			case text && f.Type.Kind() == reflect.String:
				visit(v.Field(k))
			case text:
				for at := range v.Field(k).Len() {
					visit(v.Field(k).Index(at))
				}
			case f.IsExported():
				eachText(v.Field(k), visit)
			}
		}
	}
}
