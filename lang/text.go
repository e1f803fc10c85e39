package lang

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"reflect"
	"slices"
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
	w := texts().words[l]
	if w == nil {
		w = texts().words[JA]
	}
	if plain, ok := w.plain[id]; ok {
		return plain
	}
	if !w.known[id] {
		return "⟦" + id + "⟧"
	}
	text, err := w.localizer.Localize(&i18n.LocalizeConfig{
		MessageID:    id,
		TemplateData: map[string]any(args),
		PluralCount:  count(args["N"]),
	})
	if err != nil && text == "" {
		return "⟦" + id + "⟧" // with an error, text is the general form for want of a special one
	}
	return text
}

// Has tells whether the language has a text with that id. It is for families of
// ids built from a prefix and a value that may come from configuration.
func Has(l Lang, id string) bool {
	w := texts().words[l]
	return w != nil && w.known[id]
}

// IDs returns the ids of all texts of the language, sorted.
func IDs(l Lang) []string {
	w := texts().words[l]
	if w == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(w.known))
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

// words are the texts of one language. Most have no argument and are answered
// from a map, which is thirty times faster than matching and executing.
type words struct {
	localizer *i18n.Localizer
	known     map[string]bool
	plain     map[string]string
}

type catalog struct {
	words map[Lang]*words
	err   error // files that could not be read; their texts show as ⟦id⟧
}

var texts = sync.OnceValue(func() *catalog { return load(files) })

// load reads texts/*.json. One broken file is remembered in err and costs only
// its own texts, not the start of the program; a test asserts that err is nil.
func load(files fs.FS) *catalog {
	c := &catalog{words: map[Lang]*words{}}
	for _, l := range All() {
		bundle := i18n.NewBundle(language.Make(string(l)))
		w := &words{known: map[string]bool{}, plain: map[string]string{}}
		paths, err := fs.Glob(files, "texts/*."+string(l)+".json")
		if err != nil {
			c.err = errors.Join(c.err, err)
		}
		for _, path := range paths {
			file, err := bundle.LoadMessageFileFS(files, path)
			if err != nil {
				c.err = errors.Join(c.err, fmt.Errorf("texts %s: %w", path, err))
				continue
			}
			for _, m := range file.Messages {
				w.known[m.ID] = true
				if m.One == "" && !strings.Contains(m.Other, "{{") {
					w.plain[m.ID] = m.Other
				}
			}
		}
		w.localizer = i18n.NewLocalizer(bundle, string(l))
		c.words[l] = w
	}
	return c
}
