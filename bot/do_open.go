package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/lang"
)

// open opens an incident: with a priority in front, with flags, or where no form can be shown, at once;
// otherwise the form comes first, with the open incidents that look like a twin.
func (b *Bot) open(ctx context.Context, c *call) (Reply, error) {
	c.levelFirst()
	if c.Kind == Typed && !c.NoForms && len(c.line.Flags) == 0 {
		return b.form(ctx, c)
	}
	cmd, err := b.opening(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	twins, err := b.twins(ctx, c, cmd.Title, cmd.Services)
	if err != nil {
		return Reply{}, err
	}
	res, err := b.doIn(ctx, c, 0, cmd, incident.By{Person: c.By})
	if err != nil {
		return Reply{}, err
	}
	if res.Incident == nil {
		return Reply{}, errors.New("an opening without an incident")
	}
	itself := func(r incident.Row) bool { return r.Number >= res.Incident.Number } // a request that comes again finds its own
	return b.opened(c, res.Incident, slices.DeleteFunc(twins, itself)), nil
}

// level is a priority as people put it in front of a title: P1, sev2, P1:, 【P1】.
var level = regexp.MustCompile(`^(?:[\[【(](p|sev)([0-5])[\]】)]|(p|sev)([0-5])(?:[:、,。]|$))[:、,。]?`)

// levelOfTitle finds the priority a word begins with, and what follows it in the word. P0 is what others call the
// highest one.
func levelOfTitle(word string) (priority, rest string) {
	m := level.FindStringSubmatch(fold(word))
	if m == nil {
		return "", word
	}
	runes := []rune(word) // folding keeps the number of these signs
	return m[1] + m[2] + m[3] + m[4], string(runes[min(utf8.RuneCountInString(m[0]), len(runes)):])
}

// levelFirst takes P1 off the front of the title: open P1 <title>.
func (c *call) levelFirst() {
	word, after := cutWord(c.line.Rest)
	p, rest := levelOfTitle(word)
	if c.line.Has("priority") || p == "" {
		return
	}
	if strings.HasSuffix(p, "0") {
		c.notes = append(c.notes, lang.Text(c.lang, "bot.highest", lang.Args{"Given": strings.ToUpper(p)}))
		p = strings.TrimSuffix(p, "0") + "1"
	}
	c.line.Flags["priority"], c.line.Rest = []string{p}, strings.TrimSpace(rest+" "+after)
}

func (b *Bot) opening(ctx context.Context, c *call) (incident.Open, error) {
	l := c.line
	title, whole := c.shorten(c.value("title"))
	summary, err := b.mentions(ctx, strings.TrimSpace(l.Flag("summary")))
	if err != nil {
		return incident.Open{}, err
	}
	if summary == "" {
		summary = whole
	}
	cmd := incident.Open{
		Title: title, Summary: summary, Impact: levelOf(l.Flag("impact"), c.policy.Matrix.Impacts), Urgency: levelOf(l.Flag("urgency"), c.policy.Matrix.Urgencies), Reason: l.Flag("reason"),
		Services: c.listed("service"), Team: l.Flag("team"), Private: l.Has("private"), Source: c.Message, Reported: c.now, Realm: c.Place.Realm,
	}
	if typed := l.Flag("channel"); typed != "" {
		if cmd.Channel = oneOf(typed, channels(), channelName); cmd.Channel == "" {
			return cmd, incident.Refuse("channel_unknown", "Given", cutRunes(typed, 20), "Near", channels())
		}
	}
	if cmd.Priority, err = c.priority(); err != nil {
		return cmd, err
	}
	if cmd.Category, err = c.categoryOf(l.Flag("category")); err != nil {
		return cmd, err
	}
	if cmd.Happened, err = c.past("occurred"); err != nil {
		return cmd, err
	}
	if cmd.Reporter, err = b.reporterOf(ctx, c, l.Flag("reporter"), l.Flag("contact")); err != nil {
		return cmd, err
	}
	if cmd.Channel == "" {
		cmd.Channel = c.receipt()
	}
	return cmd, nil
}

// receipt is the channel in which a request came in.
func (c *call) receipt() string {
	if c.NoForms {
		return "api"
	}
	return "chat"
}

// levelOf finds the level that is meant by its id, its word in either language, or that word without what stands
// in brackets behind it (大 for 大(全部門・全顧客)); what fits none is left as typed, for the rules to refuse.
func levelOf(typed string, levels []incident.Level) string {
	f := fold(typed)
	for _, v := range levels {
		for _, name := range []string{v.ID, v.JA, v.EN, levelName(v.ID, lang.JA), levelName(v.ID, lang.EN)} {
			short, _, _ := strings.Cut(fold(name), "(")
			if f != "" && (f == fold(name) || f == strings.TrimSpace(short)) {
				return v.ID
			}
		}
	}
	if f == fold(levelName(incident.Unknown, lang.JA)) || f == "?" {
		return incident.Unknown
	}
	return typed
}

// priority reads --priority; 0 leaves it to the matrix.
func (c *call) priority() (incident.Priority, error) {
	typed := fold(c.line.Flag("priority"))
	if typed == "" {
		return 0, nil
	}
	p, ok := incident.ParsePriority(typed)
	if !ok {
		return 0, incident.Refuse("priority_unknown", "Given", cutRunes(typed, 20))
	}
	return p, nil
}

// categoryOf finds a category by its id or either of its words; without a list anything goes.
func (c *call) categoryOf(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" || len(c.policy.Categories) == 0 {
		return typed, nil
	}
	var known []string
	for _, k := range c.policy.Categories {
		if f := fold(typed); f == fold(k.ID) || f == fold(k.JA) || f == fold(k.EN) {
			return k.ID, nil
		}
		known = append(known, k.ID, k.JA)
	}
	return "", incident.Refuse("category_unknown", "Given", typed, "Known", categoryList(c), "Near", nearest(typed, known, 3))
}

func categoryList(c *call) string {
	var out []string
	for _, k := range c.policy.Categories {
		out = append(out, categoryName(c.policy, k.ID, c.lang))
	}
	return list(out, c.lang)
}

// reporterOf reads who told us: a person of ours, or somebody known by name and contact only.
func (b *Bot) reporterOf(ctx context.Context, c *call, typed, contact string) (incident.Reporter, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return incident.Reporter{Contact: contact}, nil
	}
	if isPerson(typed) {
		p, err := b.person(ctx, c, typed)
		return incident.Reporter{Person: p, Contact: contact}, err
	}
	found, err := b.People.Named(ctx, typed)
	if err != nil {
		return incident.Reporter{}, err
	}
	if len(found) == 1 {
		return incident.Reporter{Person: found[0].ID, Contact: contact}, nil
	}
	return incident.Reporter{Contact: strings.TrimSpace(typed + " " + contact)}, nil
}

// twins lists open incidents that look like the one about to be opened.
func (b *Bot) twins(ctx context.Context, c *call, title string, services []string) ([]incident.Row, error) {
	tokens := knowledge.Tokens(title + " " + strings.Join(services, " "))
	if len(tokens) == 0 {
		return nil, nil
	}
	rows, err := b.Store.Alike(ctx, tokens, c.viewer(), 3)
	if err != nil {
		return nil, fmt.Errorf("find twins: %w", err)
	}
	return rows, nil
}

func (c *call) twinText(twins []incident.Row) string {
	if len(twins) == 0 {
		return ""
	}
	lines := []string{lang.Text(c.lang, "bot.twins", lang.Args{"N": len(twins)})}
	for _, t := range twins {
		lines = append(lines, "- "+t.Number.String()+" "+oneLine(t.Title, 80)+" ("+StatusName(t.Status, c.lang)+")")
	}
	return strings.Join(lines, "\n")
}

func (b *Bot) opened(c *call, i *incident.Incident, twins []incident.Row) Reply {
	id := "bot.opened"
	switch threaded := c.view.threaded(i); {
	case threaded && i.Provisional:
		id = "bot.opened_thread_provisional"
	case threaded:
		id = "bot.opened_thread"
	case i.Provisional:
		id = "bot.opened_provisional"
	}
	text := lang.Text(c.lang, id, lang.Args{"Number": i.Number.String(), "Title": oneLine(i.Title, titleMax), "Priority": PriorityName(i.Priority, c.lang)})
	if !i.Occurred.IsZero() {
		text += "\n" + lang.Text(c.lang, "bot.occurred_at", lang.Args{"When": c.view.moment(i.Occurred)})
	}
	if t := c.twinText(twins); t != "" {
		text += "\n" + t
	}
	return Reply{Text: text, Number: i.Number}
}

// list shows incidents, open ones unless asked for others.
func (b *Bot) list(ctx context.Context, c *call) (Reply, error) {
	f := incident.Filter{Viewer: c.viewer(), Open: !c.line.Has("all"), Limit: 20}
	if s := c.line.Flag("status"); s != "" {
		status, ok := c.statusOf(s)
		if !ok {
			return Reply{}, incident.Refuse("status_unknown", "Given", s)
		}
		f.Statuses, f.Open = []incident.Status{status}, false
	}
	var err error
	if f.Priority, err = c.priority(); err != nil {
		return Reply{}, err
	}
	if n, err := strconv.Atoi(fold(c.line.Flag("limit"))); err == nil && n > 0 {
		f.Limit = min(n, 100)
	}
	f.Service = c.line.Flag("service")
	f.Text = knowledge.Query(c.value("word"))
	rows, err := b.Store.Find(ctx, f)
	if err != nil {
		return Reply{}, fmt.Errorf("list incidents: %w", err)
	}
	var lines []string
	for _, r := range rows {
		if c.line.Has("mine") && r.Manager != c.By && r.Assignee != c.By {
			continue
		}
		lines = append(lines, c.rowLine(r))
	}
	if len(lines) == 0 {
		return Reply{Text: lang.Text(c.lang, "bot.list_empty", lang.Args{"Name": b.Name})}, nil
	}
	return Reply{Text: lang.Text(c.lang, "bot.list", lang.Args{"N": len(lines), "Lines": strings.Join(lines, "\n")})}, nil
}

func (c *call) rowLine(r incident.Row) string {
	line := "- **" + r.Number.String() + "** " + r.Priority.String() + " " + StatusName(r.Status, c.lang) + " · " + oneLine(r.Title, 80)
	if r.Manager != "" {
		line += " · " + Escape(c.names(r.Manager))
	}
	if !r.Due.IsZero() {
		line += " · " + lang.Text(c.lang, "bot.row_due", lang.Args{"Due": c.view.when(r.Due), "Ago": lang.Ago(c.lang, c.now.Sub(r.Due))})
	}
	return line
}

// statusOf reads a status by its id or its word in either language.
func (c *call) statusOf(typed string) (incident.Status, bool) {
	for _, s := range incident.Statuses() {
		if f := fold(typed); f == string(s) || f == fold(StatusName(s, lang.JA)) || f == fold(StatusName(s, lang.EN)) {
			return s, true
		}
	}
	return "", false
}

// status shows the card of an incident; outside a room it lists what is open. A status named behind it is
// set instead, as in other bots: status mitigated.
func (b *Bot) status(ctx context.Context, c *call) (Reply, error) {
	word, rest := cutWord(c.line.Rest)
	if verb := b.grammar.Verb(word); verb != nil && word != "" && (verb.Group == "work" || verb.Group == "end") {
		c.line.Verb, c.line.Alias, c.line.Rest = verb, fold(word), rest
		if err := b.locate(ctx, c); err != nil {
			return Reply{}, err
		}
		return verb.do(b, ctx, c)
	}
	c.line.Number = c.numberFirst(c.line.Number)
	if c.line.Number == 0 {
		n, err := b.inRoom(ctx, c)
		if err != nil {
			return Reply{}, err
		}
		if c.line.Number = n; n == 0 {
			return b.list(ctx, c)
		}
	}
	var err error
	if c.inc, err = b.visible(ctx, c, c.line.Number); err != nil {
		return Reply{}, err
	}
	text := lang.Text(c.lang, "bot.status", lang.Args{"Number": c.inc.Number.String(), "Title": oneLine(c.inc.Title, titleMax), "Priority": c.view.priority(c.inc), "Status": c.view.status(c.inc)})
	if next := c.view.next(c.inc); next != "" {
		text += "\n" + next
	}
	if alarm := c.view.alarm(c.inc); alarm != "" {
		text += "\n" + alarm
	}
	return c.shown(text, CardFor(c.inc, c.view)), nil
}

// shown answers with a card; the text says the same where no card can be shown.
func (c *call) shown(text string, card *Card) Reply {
	if !c.NoForms {
		text = ""
	}
	return Reply{Text: text, Card: card, Number: c.inc.Number}
}

// numberFirst takes an incident's number off the front of the line.
func (c *call) numberFirst(n incident.Number) incident.Number {
	word, rest := cutWord(c.line.Rest)
	if typed, ok := incident.ParseNumber(fold(word)); ok {
		c.line.Rest = rest
		return typed
	}
	return n
}
