package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// PagePace is how long a person is left alone in one way: what calls them meanwhile is told with one page afterwards.
const PagePace = time.Minute

// PagePart is a call that the page of another one tells.
type PagePart struct {
	Key    string // of the page that it would have been
	Number incident.Number
	Seq    int64 // of the entry that calls
}

const (
	mostParts  = 100 // calls that one page tells of; what is left comes with the next one
	partsShown = 8   // of them, in its text
	partsNamed = 3   // of them, in its title
)

// callKey names the call of a delivery; each way adds its own word.
func callKey(e incident.Effect) string { return fmt.Sprintf("%s-%d-%s", e.Number, e.Seq, e.Person) }

// several words a page of several incidents: each once, in the order of their priorities. Of a private one only the number leaves the
// house.
func (p *Pagers) several(page *Page, c Call, w Way) {
	all := incidentsOf(c)
	if len(all) < 2 {
		return
	}
	var numbers, lines []string
	for n, one := range all {
		if n < partsNamed {
			numbers = append(numbers, p.title(one.Incident, page.Lang, w.Realm))
		}
		if n < partsShown {
			line := p.title(one.Incident, page.Lang, w.Realm)
			if one.Text != "" && (!one.Incident.Private || w.Realm == ChatRealm) {
				line += ": " + strings.Join(strings.Fields(one.Text), " ")
			}
			lines = append(lines, "- "+line)
		}
	}
	if over := len(all) - partsShown; over > 0 {
		lines = append(lines, lang.Text(page.Lang, "way.page_more", lang.Args{"N": over}))
	}
	if len(all) > partsNamed {
		numbers = append(numbers, "…")
	}
	page.Title = lang.Text(page.Lang, "way.page_several", lang.Args{"N": len(all), "Numbers": list(numbers, page.Lang)})
	page.Text, page.Link = strings.Join(lines, "\n"), p.BaseURL+"/mine"
}

// incidentsOf are the calls of a page, one for each incident, the most pressing first.
func incidentsOf(c Call) []Call {
	all := []Call{c}
	for _, one := range c.With {
		if !slices.ContainsFunc(all, func(o Call) bool { return o.Incident.Number == one.Incident.Number }) {
			all = append(all, one)
		}
	}
	rank := func(c Call) incident.Priority {
		if c.Incident.Priority == 0 {
			return incident.P5 + 1
		}
		return c.Incident.Priority
	}
	slices.SortStableFunc(all, func(a, b Call) int { return int(rank(a)) - int(rank(b)) })
	return all
}

// answers makes the link of a page and the ways to answer through it. Each call that it tells of is answered by itself, too: by a
// link of its own that only who has the page's can make.
func (p *Pagers) answers(ctx context.Context, page Page, c Call, w Way) ([]Answer, error) {
	token, now := newToken(), p.Now()
	put := func(hash []byte, key string, number incident.Number) error {
		link := AnswerLink{Page: key, Number: number, Person: c.Person, Made: now, Until: now.Add(answerFor)}
		if err := p.Store.PutAnswerLink(ctx, hash, link); err != nil {
			return fmt.Errorf("keep the link of an answer: %w", err)
		}
		return nil
	}
	if err := put(hashOf(token), page.Key, page.Number); err != nil {
		return nil, err
	}
	for _, one := range c.With {
		key := one.Key + "/" + w.Word()
		if err := put(hashOf(partToken(token, key)), key, one.Incident.Number); err != nil {
			return nil, err
		}
	}
	url := p.BaseURL + "/a/" + token
	return []Answer{
		{"ack", lang.Text(page.Lang, "way.answer_ack", nil), url},
		{"cant", lang.Text(page.Lang, "way.answer_cant", nil), url + "?to=cant"},
		{"eta", lang.Text(page.Lang, "way.answer_eta", nil), url + "?to=eta"},
	}, nil
}

// partToken is the token of one call that a page tells of.
func partToken(token, key string) string { return token + "/" + key }

// newToken is 160 random bits, in 27 characters that survive every mail and text message.
func newToken() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte("matoi answer " + token))
	return sum[:]
}

// besides finds the other calls that wait for the person a delivery is for, and that still want an answer.
func (p *Pump) besides(ctx context.Context, d incident.Delivery, w Way) ([]PagePart, error) {
	meant, err := p.outbox.Meant(ctx, d.Effect.Realm, d.Effect.Person, mostParts, incident.Page)
	if err != nil {
		return nil, fmt.Errorf("look who else calls %s: %w", d.Effect.Person, err)
	}
	var out []PagePart
	once := p.bot.glancing()
	for _, o := range meant {
		if o.ID == d.ID || o.Effect.Kind != incident.Page {
			continue
		}
		i, err := once.Store.Load(ctx, o.Effect.Number)
		if err != nil {
			continue // it is called for by itself
		}
		if _, waits := waitsFor(i, o.Effect.Person); waits {
			out = append(out, PagePart{Key: callKey(o.Effect) + "/" + w.Word(), Number: o.Effect.Number, Seq: o.Effect.Seq})
		}
	}
	return out, nil
}

// waitsFor reports whether an incident waits for the answer of somebody who was asked.
func waitsFor(i *incident.Incident, person incident.PersonID) (incident.Responder, bool) {
	r, known := i.Responder(person)
	if r.Why == "manager" && i.Manager() != "" { // somebody took the role meanwhile
		return r, false
	}
	return r, i.Open() && known && r.State == "asked" && incident.MaySee(i, incident.Viewer{Person: person})
}

// with gives the calls that a page tells of, as they stand.
func (p *Pump) with(ctx context.Context, of Call, w Way, parts []PagePart) ([]Call, error) {
	var out []Call
	once := p.bot.glancing()
	for _, part := range parts {
		i, err := once.Store.Load(ctx, part.Number)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", part.Number, err)
		}
		text, err := p.callText(ctx, i, incident.Effect{Number: part.Number, Seq: part.Seq, Person: of.Person})
		if err != nil {
			return nil, err
		}
		out = append(out, Call{Key: strings.TrimSuffix(part.Key, "/"+w.Word()), Person: of.Person, Incident: i, Text: text})
	}
	return out, nil
}
