package lang

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed texts/*.json
var files embed.FS

// Args are the values a text names as {{.Name}}. N is also the number that
// chooses the plural form. Values are put in unescaped.
type Args map[string]any

// Text returns the text with that id in that language. It never fails: an id
// that does not exist, or whose template cannot be filled, comes back as ⟦id⟧.
func Text(l Lang, id string, args Args) string {
	w := wordsOf(l)
	if w == nil {
		w = wordsOf(JA)
	}
	text, known := w.plain[id]
	if known {
		if filled, ok := fill(text, args); ok {
			return filled
		}
	} else if w.special[id] == nil {
		return "⟦" + id + "⟧"
	}
	text, err := w.localizer().Localize(&i18n.LocalizeConfig{
		MessageID:    id,
		TemplateData: map[string]any(args),
		PluralCount:  count(args["N"]),
	})
	if err != nil && text == "" {
		return "⟦" + id + "⟧" // with an error, text is the general form for want of a special one
	}
	return text
}

// fill puts the values in where a text names them as {{.Name}} and no more, as the template would; ok is false for any other
// template. That is most texts, and far quicker than a template, which besides is memory kept.
func fill(text string, args Args) (filled string, ok bool) {
	before, rest, more := strings.Cut(text, "{{")
	if !more {
		return text, true
	}
	var out strings.Builder
	for {
		out.WriteString(before)
		if !more {
			return out.String(), true
		}
		name, behind, closed := strings.Cut(rest, "}}")
		if !closed || !isField(name) {
			return "", false
		}
		switch v := args[name[1:]].(type) {
		case nil:
			out.WriteString("<no value>")
		case string:
			out.WriteString(v)
		case int:
			out.WriteString(strconv.Itoa(v))
		default:
			fmt.Fprint(&out, v)
		}
		before, rest, more = strings.Cut(behind, "{{")
	}
}

// isField is true for a dot and a name.
func isField(s string) bool {
	for k := range len(s) {
		c := s[k] | 0x20
		if letter := c >= 'a' && c <= 'z'; k == 0 && s[k] != '.' || k > 0 && !letter && (k == 1 || s[k] < '0' || s[k] > '9') {
			return false
		}
	}
	return len(s) > 1
}

// Has tells whether the language has a text with that id. It is for families of
// ids built from a prefix and a value that may come from configuration.
func Has(l Lang, id string) bool {
	w := wordsOf(l)
	return w != nil && w.has(id)
}

// IDs returns the ids of all texts of the language, sorted.
func IDs(l Lang) []string {
	w := wordsOf(l)
	if w == nil {
		return nil
	}
	return slices.Sorted(func(yield func(string) bool) {
		for id := range w.plain {
			if !yield(id) {
				return
			}
		}
		for id := range w.special {
			if !yield(id) {
				return
			}
		}
	})
}

// count turns N into what go-i18n chooses a plural by. It accepts integers of
// any named type; anything else chooses the general form rather than failing.
func count(n any) any {
	v := reflect.ValueOf(n)
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(min(v.Uint(), math.MaxInt64))
	}
	return nil
}

// words are the texts of one language: plain ones with at most names in them, and those with forms for numbers.
type words struct {
	plain     map[string]string
	special   map[string]*i18n.Message
	localizer func() *i18n.Localizer // made when a text first needs it
}

func (w *words) has(id string) bool {
	_, plain := w.plain[id]
	return plain || w.special[id] != nil
}

// Each language is read when its first text is wanted; many servers never speak the other one.
var (
	japanese = sync.OnceValue(func() *words { w, _ := load(files, JA); return w })
	english  = sync.OnceValue(func() *words { w, _ := load(files, EN); return w })
)

func wordsOf(l Lang) *words {
	switch l {
	case JA:
		return japanese()
	case EN:
		return english()
	}
	return nil
}

// load reads texts/*.json of a language. A broken file costs only its own texts, which show as ⟦id⟧, not the start of the
// program; a test asserts that there is none.
func load(files fs.FS, l Lang) (*words, error) {
	w := &words{plain: map[string]string{}, special: map[string]*i18n.Message{}}
	w.localizer = sync.OnceValue(func() *i18n.Localizer { return w.localize(l) })
	paths, broken := fs.Glob(files, "texts/*."+string(l)+".json")
	for _, path := range paths {
		if err := w.read(files, path); err != nil {
			broken = errors.Join(broken, fmt.Errorf("texts %s: %w", path, err))
		}
	}
	return w, broken
}

// read takes in a file: each text is a string, or an object with a form for each plural.
func (w *words) read(files fs.FS, path string) error {
	body, err := fs.ReadFile(files, path)
	if err != nil {
		return err
	}
	var all map[string]text
	if err := json.Unmarshal(body, &all); err != nil {
		return err
	}
	for id, t := range all {
		if t.forms == nil {
			w.plain[id] = t.plain
			continue
		}
		if *t.forms == (i18n.Message{Other: t.forms.Other}) { // a language without plurals
			w.plain[id] = t.forms.Other
			continue
		}
		t.forms.ID = id
		w.special[id] = t.forms
	}
	return nil
}

type text struct {
	plain string
	forms *i18n.Message
}

// UnmarshalJSON reads either form.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &t.plain)
	}
	t.forms = &i18n.Message{}
	return json.Unmarshal(b, t.forms)
}

// localize makes what chooses plural forms and runs templates that are more than names.
func (w *words) localize(l Lang) *i18n.Localizer {
	tag := language.Make(string(l))
	bundle := i18n.NewBundle(tag)
	add := func(m *i18n.Message) { _ = bundle.AddMessages(tag, m) } // fails for no language that there is
	for _, m := range w.special {
		add(m)
	}
	for id, plain := range w.plain {
		if _, filled := fill(plain, nil); !filled {
			add(&i18n.Message{ID: id, Other: plain})
		}
	}
	return i18n.NewLocalizer(bundle, string(l))
}
