package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// PageStore keeps how people want to be reached, what became of pages, and the answers that wait to be given. A link is found
// by the hash of its token: the token itself is nowhere but with whom it was sent to.
type PageStore interface {
	// Ways are a person's own in their order, none where they never said so.
	Ways(ctx context.Context, person incident.PersonID) ([]Way, error)
	// SetWays keeps a person's own; none forgets them. Under a cause that was seen before it changes nothing.
	SetWays(ctx context.Context, person incident.PersonID, ways []Way, cause string) error
	// SavePage merges what is learnt of a page into what was known (PageState.After). Of a page that nobody knows it is
	// incident.ErrNotFound, unless the state names the person.
	SavePage(ctx context.Context, s PageState) (PageState, error)
	// PageState is what is known of a page, incident.ErrNotFound for none. Of a call that another page tells it is that one's.
	PageState(ctx context.Context, key string) (PageState, error)
	// PagesOf are the last pages to a person, newest first.
	PagesOf(ctx context.Context, person incident.PersonID, limit int) ([]PageState, error)

	// LeadPage begins a page that tells of the calls of parts, too, and gives those it tells of. next is set, and nothing done, where
	// the person was called in this realm less than PagePace ago, or where another page tells of this call.
	LeadPage(ctx context.Context, s PageState, parts []PagePart) (taken []PagePart, next time.Time, err error)
	// PagePaced is when a person may be called again in a realm, zero for now.
	PagePaced(ctx context.Context, person incident.PersonID, realm string, now time.Time) (time.Time, error)
	// PageParts are the calls that a page tells of beside its own.
	PageParts(ctx context.Context, lead string) ([]PagePart, error)
	// ReleaseParts gives back what a page was to tell of that is not sent after all.
	ReleaseParts(ctx context.Context, lead string) error

	PutAnswerLink(ctx context.Context, hash []byte, l AnswerLink) error
	// AnswerLink finds a link by its token's hash, incident.ErrNotFound for none. What was answered through another link of the
	// same page is answered here too.
	AnswerLink(ctx context.Context, hash []byte) (AnswerLink, error)
	// ClaimAnswer writes down what is answered to a page, unless somebody did so since; ok is whether it was taken.
	ClaimAnswer(ctx context.Context, page, answer string, now, since time.Time) (ok bool, err error)
	// ReleaseAnswer takes a claim back that came to nothing.
	ReleaseAnswer(ctx context.Context, page string) error
}

// PagersOptions is what Pagers are made of.
type PagersOptions struct {
	Store  PageStore
	People interface {
		Person(ctx context.Context, id incident.PersonID) (incident.Person, error)
	}
	// Realms are the pagers of the moment: the configuration may change.
	Realms func() []Pager
	// Configured are the ways that the configuration gives a person, none where it says nothing of them.
	Configured func(incident.PersonID) []Way
	BaseURL    string
	Lang       lang.Lang
	Now        func() time.Time
	Log        *slog.Logger
}

// Pagers reaches people by the ways they chose. What escalates uses Ways and Call; people use the verb ways.
type Pagers struct {
	PagersOptions
	tests sync.WaitGroup
	alive context.Context //nolint:containedctx // that of the tests under way, which outlive their request
	end   context.CancelFunc
}

// NewPagers makes them.
func NewPagers(o PagersOptions) *Pagers {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lang == "" {
		o.Lang = lang.JA
	}
	if o.Configured == nil {
		o.Configured = func(incident.PersonID) []Way { return nil }
	}
	p := &Pagers{PagersOptions: o}
	p.alive, p.end = context.WithCancel(context.Background())
	return p
}

// Pager finds who serves a realm; nil where nobody does any more.
func (p *Pagers) Pager(realm string) Pager {
	for _, one := range p.Realms() {
		if one.Realm() == realm {
			return one
		}
	}
	return nil
}

// Words are what ways there are, as people call them: chat, mail if there is one, and the gateways.
func (p *Pagers) Words() []string {
	var out []string
	for _, one := range p.Realms() {
		out = append(out, Way{Realm: one.Realm()}.Word())
	}
	return out
}

// Chosen are a person's ways in their order, as they stand in the list: their own, else the configuration's, else chat and then
// mail. own is whether they chose them.
func (p *Pagers) Chosen(ctx context.Context, id incident.PersonID) (ways []Way, own bool, err error) {
	ways, err = p.Store.Ways(ctx, id)
	if err != nil {
		return nil, false, fmt.Errorf("read the ways of %s: %w", id, err)
	}
	if len(ways) > 0 {
		return ways, true, nil
	}
	if ways = p.Configured(id); len(ways) > 0 {
		return slices.Clone(ways), false, nil
	}
	return []Way{{Realm: ChatRealm}, {Realm: MailRealm}}, false, nil
}

// Ways are those of a person's that lead somewhere now, with their addresses filled in. Nobody is left without: chat is tried
// where nothing else is there. An erased person has none.
func (p *Pagers) Ways(ctx context.Context, id incident.PersonID) ([]Way, error) {
	who, err := p.People.Person(ctx, id)
	if err != nil || who.Erased {
		return nil, err
	}
	chosen, _, err := p.Chosen(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Way
	for _, w := range chosen {
		if w, ok := p.usable(w, who); ok && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		out = []Way{{Realm: ChatRealm, Address: string(id)}}
	}
	return out, nil
}

// usable fills in a person's own address, and tells whether the way leads anywhere.
func (p *Pagers) usable(w Way, who incident.Person) (Way, bool) {
	switch {
	case w.Realm == ChatRealm:
		w.Address = string(who.ID)
	case w.Realm == MailRealm && w.Address == "":
		w.Address = who.Email
	}
	return w, w.Address != "" && p.Pager(w.Realm) != nil
}

// Call is somebody to be reached about an incident.
type Call struct {
	Key      string // of this step and person; each way adds its own
	Person   incident.PersonID
	Incident *incident.Incident
	Text     string // why they are called, in their language
	Urgent   bool
	// With are other calls to the same person that this one tells of; the page was begun with them (PageStore.LeadPage).
	With []Call
	// Begun says that the page stands in the store already.
	Begun bool
	// NoAnswers leaves the links out: there is nothing to be answered.
	NoAnswers bool
}

// answerFor is how long a link can be answered with. An incident that ends ends it before.
const answerFor = 24 * time.Hour

// Call reaches a person by one of their Ways and tells what is known of it. After an error that is no *Permanent the same call
// may be made again: the same page goes out, by the same key. Of a private incident only the number leaves the house.
func (p *Pagers) Call(ctx context.Context, c Call, w Way) (PageState, error) {
	who, err := p.People.Person(ctx, c.Person)
	if err != nil {
		return PageState{}, fmt.Errorf("look up %s: %w", c.Person, err)
	}
	l := p.langOf(who)
	page := Page{
		Key: c.Key + "/" + w.Word(), Lang: l, Number: c.Incident.Number, Person: who.Name, Urgent: c.Urgent, Text: c.Text,
		Title: p.title(c.Incident, l, w.Realm), Link: p.BaseURL + "/incidents/" + c.Incident.Number.String(),
	}
	if c.Incident.Private && w.Realm != ChatRealm {
		page.Text = lang.Text(l, "way.page_private", nil)
	}
	if len(c.With) > 0 {
		p.several(&page, c, w)
	}
	if !c.NoAnswers {
		if page.Answers, err = p.answers(ctx, page, c, w); err != nil {
			return PageState{}, err
		}
	}
	return p.send(ctx, page, w, c.Person, c.Begun)
}

// title is what burns, as far as a way that leaves the house may tell.
func (p *Pagers) title(i *incident.Incident, l lang.Lang, realm string) string {
	if i.Private && realm != ChatRealm {
		return i.Number.String()
	}
	return i.Number.String() + " " + i.Priority.String() + " " + unmention(i.Title, func(incident.PersonID) string { return lang.Text(l, "bot.someone", nil) })
}

func (p *Pagers) langOf(who incident.Person) lang.Lang {
	if l, ok := lang.Parse(who.Lang); ok && who.Lang != "" {
		return l
	}
	return p.Lang
}

// send hands a page to its pager between two notes of its state, so that a page that never came back is seen.
func (p *Pagers) send(ctx context.Context, page Page, w Way, to incident.PersonID, begun bool) (PageState, error) {
	state := PageState{
		Key: page.Key, Realm: w.Realm, Address: w.Address, Person: to, Number: page.Number, State: PageTrying, At: p.Now(),
	}
	if err := page.Sound(); err != nil {
		return state, err
	}
	if !begun {
		if _, err := p.Store.SavePage(ctx, state); err != nil {
			return state, fmt.Errorf("note a page: %w", err)
		}
	}
	pager := p.Pager(w.Realm)
	page.Sent = state.At
	var ref string
	err := error(&Permanent{fmt.Errorf("nothing serves %s any more", w.Word())})
	if pager != nil {
		ref, err = pager.Page(ctx, w.Address, page)
	}
	saved, lost := p.Store.SavePage(context.WithoutCancel(ctx), state.Fared(ref, err, p.Now()))
	if lost != nil {
		p.Log.Error("note what became of a page", "page", page.Key, "error", lost)
		saved = state.Fared(ref, err, p.Now())
	}
	return saved, err
}

// The bounds of tests: so many by one person in a while, and how long one waits for what becomes of one.
const (
	mostTests   = 10
	testsWithin = 10 * time.Minute
	testWait    = 2 * time.Second
	testTime    = 30 * time.Second
)

// Test sends a person a page by one of their ways, and waits a moment for what becomes of it. What takes longer goes on, and
// stands in the list later. Under the same cause it is sent once. It is a Refusal where they try too often.
func (p *Pagers) Test(ctx context.Context, who incident.Person, w Way, cause string) (PageState, error) {
	key := testKey(who.ID, w, cause)
	if known, err := p.Store.PageState(ctx, key); !errors.Is(err, incident.ErrNotFound) {
		return known, err
	}
	last, err := p.Store.PagesOf(ctx, who.ID, mostTests)
	if err != nil {
		return PageState{}, fmt.Errorf("count tests: %w", err)
	}
	recent := slices.DeleteFunc(last, func(s PageState) bool { return s.Number != 0 || p.Now().Sub(s.At) > testsWithin })
	if len(recent) >= mostTests {
		return PageState{}, incident.Refuse("way_tests")
	}
	w, usable := p.usable(w, who)
	if !usable {
		return PageState{}, incident.Refuse("way_closed", "Word", w.Word())
	}
	l := p.langOf(who)
	page := Page{
		Key: key, Lang: l, Person: who.Name,
		Title: lang.Text(l, "way.test_title", nil), Text: lang.Text(l, "way.test_text", lang.Args{"Name": who.Name}), Link: p.BaseURL + "/people/" + string(who.ID),
	}
	done := make(chan PageState, 1)
	p.tests.Go(func() {
		ctx, cancel := context.WithTimeout(p.alive, testTime)
		defer cancel()
		state, err := p.send(ctx, page, w, who.ID, false)
		if err != nil {
			p.Log.Info("a test did not get through", "realm", w.Realm, "person", who.ID, "error", err)
		}
		done <- state
	})
	wait := time.NewTimer(testWait)
	defer wait.Stop()
	select {
	case state := <-done:
		return state, nil
	case <-wait.C:
	case <-ctx.Done():
	}
	return PageState{Key: page.Key, Realm: w.Realm, Person: who.ID, State: PageTrying, At: p.Now()}, nil
}

// testKey is the same for the same test of a request that comes again.
func testKey(who incident.PersonID, w Way, cause string) string {
	if cause == "" {
		cause = rand.Text()
	}
	sum := sha256.Sum256([]byte(cause + "\n" + w.Realm + "\n" + w.Address))
	return "test/" + string(who) + "/" + hex.EncodeToString(sum[:10])
}

// Close breaks off the tests under way.
func (p *Pagers) Close() {
	p.end()
	p.tests.Wait()
}

// chatPager reaches people in the chats, in private: the first that knows them.
type chatPager struct{ chats func() []Chat }

// NewChatPager makes the pager of the realm chat; the chats are asked in their order.
func NewChatPager(chats func() []Chat) Pager { return chatPager{chats} }

// Realm is that of all chats together.
func (chatPager) Realm() string { return ChatRealm }

// Page tells the person whose id the address is.
func (c chatPager) Page(ctx context.Context, to string, p Page) (string, error) {
	err := error(&Permanent{ErrStranger})
	for _, chat := range c.chats() {
		var r incident.Receipt
		r, err = chat.Tell(ctx, incident.PersonID(to), pageMessage(p), true)
		if err == nil {
			return r.Place.Message, nil
		}
		if !errors.Is(err, ErrStranger) {
			return "", err
		}
	}
	return "", err
}

// pageMessage is a page as chats show it: its answers are the verbs that one could type.
func pageMessage(p Page) Message {
	card := &Card{Title: p.Title, Tone: Calm, Text: Escape(p.Text)}
	if p.Number != 0 {
		card.Tone, card.Link, card.Question = Burning, p.Link, true
	}
	for _, a := range p.Answers {
		b := Button{Label: a.Label, Command: inCommand(p.Number, a.Kind), Form: a.Kind != "ack"}
		if a.Kind == "ack" {
			b.Style = "primary"
		}
		card.Buttons = append(card.Buttons, b)
	}
	return Message{Key: "page:" + p.Key, Lang: p.Lang, Card: card, Asks: len(p.Answers) > 0}
}
