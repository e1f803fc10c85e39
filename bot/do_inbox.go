package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// What the inbox shows.
const (
	inboxShown = 8  // where nobody said how many
	inboxMost  = 50 // alerts of one command
)

// inboxDeeds are the words in front of what can be done in the inbox, beside looking.
func inboxDeeds() []string {
	return []string{"open", "attach", "silence", "rule", "rules", "unreadable", "again", "discard"}
}

// inboxDeed reads such a word in both languages, "" for another one.
func inboxDeed(word string) string {
	switch fold(word) {
	case "open", "start", "起票", "開始":
		return "open"
	case "attach", "join", "add", "紐付け", "紐づけ", "関連付け", "加える", "追加":
		return "attach"
	case "silence", "mute", "サイレンス", "静音", "通知停止":
		return "silence"
	case "rule", "ルール":
		return "rule"
	case "rules", "ルール一覧":
		return "rules"
	case "unreadable", "unread", "undecoded", "読み取り不能", "読取不能", "読めないもの", "読み取れなかったもの":
		return "unreadable"
	case "again", "retry", "再処理", "やり直し":
		return "again"
	case "discard", "drop", "delete", "破棄", "削除":
		return "discard"
	}
	return ""
}

// inbox shows the alerts that opened nothing, or does something about them: inbox [service=…], inbox open k7m2qd, inbox attach k7m2qd
// INC-…, inbox silence k7m2qd 2h, inbox rule k7m2qd --then ignore.
func (b *Bot) inbox(ctx context.Context, c *call) (Reply, error) {
	if b.Inbox == nil {
		return Reply{}, incident.Refuse("inbox_none")
	}
	word, rest := cutWord(c.line.Rest)
	switch deed := inboxDeed(word); deed {
	case "open":
		return b.inboxOpen(ctx, c, rest)
	case "attach":
		return b.inboxAttach(ctx, c, rest)
	case "silence":
		return b.inboxSilence(ctx, c, rest)
	case "rule":
		return b.inboxRule(ctx, c, rest)
	case "rules":
		return b.inboxRules(ctx, c)
	case "unreadable":
		return b.inboxUnread(ctx, c)
	case "again", "discard":
		return b.inboxRequest(ctx, c, deed, rest)
	}
	if handle := handleOf(word); handle != "" && rest == "" {
		list, err := b.looseNamed(ctx, c, []string{handle})
		if err != nil {
			return Reply{}, err
		}
		return b.looseReply(ctx, c, list[0])
	}
	return b.inboxList(ctx, c)
}

// handleOf reads the short name of an alert, "" for another word: six signs without vowels (alert.Handle).
func handleOf(word string) string {
	word = strings.TrimPrefix(fold(word), "#")
	if len(word) != 6 || strings.Trim(word, "23456789bcdfghjkmnpqrstvwxyz") != "" {
		return ""
	}
	return word
}

// handlesFirst takes the short names of alerts off the front of a text.
func handlesFirst(text string) (handles []string, rest string) {
	for {
		word, after := cutWord(text)
		var some []string
		for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == ',' || r == '、' }) {
			h := handleOf(part)
			if h == "" {
				return handles, text
			}
			some = append(some, h)
		}
		if len(some) == 0 {
			return handles, text
		}
		handles, text = append(handles, some...), after
	}
}

// looseNamed finds alerts by their short names, which are needed. What belongs to an incident that the asker may not see is not there.
func (b *Bot) looseNamed(ctx context.Context, c *call, handles []string) ([]LooseAlert, error) {
	switch {
	case len(handles) == 0:
		return nil, incident.Refuse("inbox_which")
	case len(handles) > inboxMost:
		return nil, incident.Refuse("inbox_many", "Max", inboxMost)
	}
	var out []LooseAlert
	for _, h := range handles {
		found, err := b.Inbox.ByHandle(ctx, c.lang, h)
		if err == nil {
			found, err = b.notHidden(ctx, c, found)
		}
		switch {
		case errors.Is(err, incident.ErrNotFound):
			return nil, incident.Refuse("inbox_unknown", "Word", h)
		case err != nil:
			return nil, fmt.Errorf("find the alert %s: %w", h, err)
		case len(found) > 1:
			return nil, incident.Refuse("inbox_ambiguous", "Word", h)
		}
		if !slices.ContainsFunc(out, func(o LooseAlert) bool { return o.Handle == h }) {
			out = append(out, found...)
		}
	}
	return out, nil
}

// notHidden leaves out the alerts of incidents that the asker may not see; incident.ErrNotFound where that leaves none.
func (b *Bot) notHidden(ctx context.Context, c *call, list []LooseAlert) (out []LooseAlert, err error) {
	for _, a := range list {
		if a.Incident != 0 {
			_, err := b.visible(ctx, c, a.Incident)
			if _, refused := errors.AsType[*incident.Refusal](err); refused {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil, incident.ErrNotFound
	}
	return out, nil
}

// looseFilter is what somebody wants to see of the inbox.
type looseFilter struct {
	source, service, reason string
	words                   []string
	names                   func(service string) []string // ServiceNames
}

// looseWords reads source=…, service=…, reason=… and words of the title. A service is meant by any of its names.
func (c *call) looseWords() looseFilter {
	f := looseFilter{names: ServiceNames(c.policy), source: fold(c.line.Flag("source")), service: fold(c.line.Flag("service")), reason: fold(c.line.Flag("reason"))}
	for word := range strings.FieldsSeq(c.line.Rest) {
		name, value, ok := strings.Cut(fold(word), "=")
		switch {
		case ok && (name == "source" || name == "送信元"):
			f.source = value
		case ok && (name == "service" || name == "サービス"):
			f.service = value
		case ok && (name == "reason" || name == "理由"):
			f.reason = value
		default:
			f.words = append(f.words, fold(word))
		}
	}
	return f
}

// ask is what is asked of the store.
func (f looseFilter) ask(limit int) LooseAsk {
	ask := LooseAsk{Limit: limit}
	if f.source != "" {
		ask.From = func(source string) bool { return fold(source) == f.source }
	}
	if f.service != "" || f.reason != "" || len(f.words) > 0 {
		ask.Lets = f.lets
	}
	return ask
}

// lets decides whether an alert of its source is shown; a reason is found by its own words and by the last part of its id.
func (f looseFilter) lets(a LooseAlert) bool {
	if f.service != "" && !slices.Contains(f.names(a.Service), f.service) {
		return false
	}
	if f.reason != "" && !strings.HasSuffix(a.Why, "reason_"+f.reason) && a.Outcome != f.reason && !strings.Contains(fold(a.Reason), f.reason) {
		return false
	}
	if len(f.words) == 0 {
		return true
	}
	whole := fold(strings.Join(append([]string{a.Title, a.Host, a.Source, a.Severity, a.Rule}, f.names(a.Service)...), " "))
	return !slices.ContainsFunc(f.words, func(w string) bool { return !strings.Contains(whole, w) })
}

// inboxList shows the alerts that opened nothing.
func (b *Bot) inboxList(ctx context.Context, c *call) (Reply, error) {
	limit := c.inboxLimit()
	f := c.looseWords()
	found, err := b.Inbox.Loose(ctx, c.lang, f.ask(limit))
	if err != nil {
		return Reply{}, fmt.Errorf("list the alerts that opened nothing: %w", err)
	}
	unread := ""
	if found.Unread > 0 {
		unread = lang.Text(c.lang, "inbox.say_unread", lang.Args{"N": found.Unread, "Name": b.Name})
	}
	shown := found.Alerts
	if len(shown) == 0 {
		none := lang.Text(c.lang, "inbox.say_none", nil)
		switch {
		case found.More && f.source != "":
			none = lang.Text(c.lang, "inbox.say_none_newest_of", lang.Args{"Source": oneLine(f.source, 60)})
		case found.More:
			none = lang.Text(c.lang, "inbox.say_none_newest", nil)
		}
		return Reply{Text: strings.TrimSpace(none + "\n" + unread)}, nil
	}
	title := lang.Text(c.lang, "inbox.say_list", lang.Args{"N": found.Found})
	if found.More {
		title = lang.Text(c.lang, "inbox.say_list_least", lang.Args{"N": found.Found})
	}
	foot := lang.Text(c.lang, "inbox.say_how", lang.Args{"Name": b.Name, "Handle": shown[0].Handle})
	if left := found.Found - len(shown); left > 0 {
		foot = lang.Text(c.lang, "inbox.say_more", lang.Args{"N": left, "Name": b.Name, "Limit": min(2*limit, inboxMost)}) + "\n" + foot
	}
	if unread != "" {
		foot += "\n" + unread
	}
	if c.NoForms {
		var lines []string
		for _, a := range shown {
			lines = append(lines, "- "+c.looseLine(a))
		}
		return Reply{Text: title + "\n" + strings.Join(lines, "\n") + "\n" + foot}, nil
	}
	card := &Card{Title: title, Tone: Calm, Foot: foot}
	if b.BaseURL != "" {
		card.Link = b.BaseURL + "/alerts"
	}
	deeds, err := b.deeds(ctx, c, shown...)
	if err != nil {
		return Reply{}, err
	}
	for k, a := range shown {
		look := Button{Label: lang.Text(c.lang, "inbox.button_look", nil), Command: "inbox " + a.Handle}
		card.Items = append(card.Items, Item{Text: c.looseLine(a), Done: !a.Firing, Buttons: append([]Button{look}, deeds[k].First...)})
	}
	return Reply{Card: card}, nil
}

// inboxLimit is how many are shown: as many as --limit says.
func (c *call) inboxLimit() int {
	if n, err := strconv.Atoi(fold(c.line.Flag("limit"))); err == nil && n > 0 {
		return min(n, inboxMost)
	}
	return inboxShown
}

// inboxUnread lists the requests that could not be read, with the number by which they are worked again or dropped.
func (b *Bot) inboxUnread(ctx context.Context, c *call) (Reply, error) {
	list, err := b.Inbox.Unread(ctx, c.lang, c.inboxLimit())
	if err != nil {
		return Reply{}, fmt.Errorf("list the requests that could not be read: %w", err)
	}
	if len(list) == 0 {
		return Reply{Text: lang.Text(c.lang, "inbox.all_decoded", nil)}, nil
	}
	lines := []string{lang.Text(c.lang, "inbox.say_unreadable", nil)}
	for _, r := range list {
		lines = append(lines, "- #"+strconv.FormatInt(r.ID, 10)+" "+oneLine(r.Source, 60)+" · "+c.view.when(r.At)+" · "+oneLine(r.Reason, 300)+
			"\n  `"+cutRunes(strings.Join(strings.Fields(strings.ReplaceAll(r.Start, "`", "'")), " "), 120)+"`")
	}
	return Reply{Text: strings.Join(append(lines, lang.Text(c.lang, "inbox.say_unreadable_how", lang.Args{"Name": b.Name, "ID": list[0].ID})), "\n")}, nil
}

// name is what an alert is called: its title, else its key.
func (a LooseAlert) name() string { return cmp.Or(strings.TrimSpace(a.Title), a.Key) }

// looseLine is an alert on one line, with the short name by which it is called.
func (c *call) looseLine(a LooseAlert) string {
	line := "`" + a.Handle + "` **" + oneLine(a.name(), 120) + "**"
	for _, part := range []string{a.Severity, a.Service, a.Host, a.Source} {
		if part != "" {
			line += " · " + oneLine(part, 60)
		}
	}
	if !a.Firing {
		line += " · " + lang.Text(c.lang, "inbox.say_over", nil)
	}
	line += " · " + c.view.when(a.Last)
	if a.Count > 1 {
		line += " " + lang.Text(c.lang, "inbox.say_times", lang.Args{"N": a.Count})
	}
	return line + "\n  " + oneLine(a.Reason, 300)
}

// looseReply shows one alert with what can be done about it.
func (b *Bot) looseReply(ctx context.Context, c *call, a LooseAlert) (Reply, error) {
	if a.Incident != 0 {
		return Reply{Text: lang.Text(c.lang, "inbox.say_taken", lang.Args{"Number": a.Incident.String(), "Title": oneLine(a.Title, 120)})}, nil
	}
	if c.NoForms {
		return Reply{Text: c.looseLine(a)}, nil
	}
	deeds, err := b.deeds(ctx, c, a)
	if err != nil {
		return Reply{}, err
	}
	card := &Card{Title: a.Title, Tone: Calm, Text: c.looseLine(a)}
	if safeURL(a.Link) {
		card.Link = a.Link
	}
	card.Buttons = append(deeds[0].First, deeds[0].More...)
	card.Buttons[0].Style = "primary"
	return Reply{Card: card}, nil
}

// inboxOpen opens an incident for alerts at once: inbox open k7m2qd [title]. What nobody said the first alert says; what was left empty in
// the form stays empty.
func (b *Bot) inboxOpen(ctx context.Context, c *call, rest string) (Reply, error) {
	handles, title := handlesFirst(rest)
	list, err := b.looseNamed(ctx, c, handles)
	if err != nil {
		return Reply{}, err
	}
	again, err := b.didNext(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	c.line.Rest = title
	c.levelFirst() // of what a person typed: an alert's title is no order
	first := list[0]
	untitled := c.line.Rest == "" && !c.line.Has("title")
	if untitled {
		c.line.Rest = first.name()
	}
	cmd, err := b.opening(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if c.Kind != Sent {
		if len(cmd.Services) == 0 && first.Service != "" {
			cmd.Services = []string{first.Service}
		}
		if !c.line.Has("summary") && first.Description != "" && (untitled || cmd.Summary == "") {
			cmd.Summary = first.Description
		}
		if cmd.Happened.IsZero() && !first.Start.IsZero() {
			cmd.Happened = incident.Moment{At: first.Start}
		}
	}
	if cmd.Reporter == (incident.Reporter{}) {
		cmd.Reporter = incident.Reporter{Person: c.By}
	}
	if first.Runbook != "" && safeURL(first.Runbook) {
		cmd.Links = append(cmd.Links, incident.Link{Kind: "runbook", URL: first.Runbook})
	}
	done, err := b.Inbox.Adopt(ctx, Adoption{Alerts: list, Open: cmd, By: c.By, Cause: c.cause().ID, Again: again})
	if err != nil {
		return Reply{}, err //nolint:wrapcheck // a refusal must come bare
	}
	c.changed, c.inc = !done.Again, done.Incident
	reply := b.opened(c, done.Incident, nil)
	if len(list) > 1 || done.Taken > 0 {
		reply.Text += "\n" + c.adopted(done)
	}
	return reply, nil
}

// adopted says how many alerts an incident was given.
func (c *call) adopted(done Adopted) string {
	text := lang.Text(c.lang, "inbox.say_attached", lang.Args{"N": done.Alerts, "Number": done.Incident.Number.String()})
	if done.Taken > 0 {
		text += "\n" + lang.Text(c.lang, "inbox.say_left", lang.Args{"N": done.Taken})
	}
	return text
}

// inboxAttach gives alerts to an incident: inbox attach k7m2qd INC-…; in a room it is the room's.
func (b *Bot) inboxAttach(ctx context.Context, c *call, rest string) (Reply, error) {
	handles, rest := handlesFirst(rest)
	n := c.line.Number
	if word, _ := cutWord(rest); word != "" {
		typed, ok := incident.ParseNumber(fold(word))
		switch {
		case !ok && len(handles) == 0: // what should be an alert
			return Reply{}, incident.Refuse("inbox_unknown", "Word", cutRunes(word, 40))
		case !ok:
			return Reply{}, incident.Refuse("not_found", "Number", cutRunes(word, 40))
		}
		n = typed
	}
	if n == 0 {
		var err error
		if n, err = b.inRoom(ctx, c); err != nil {
			return Reply{}, err
		}
	}
	if n == 0 && c.Kind == Typed && !c.NoForms {
		return b.form(ctx, c)
	}
	if n == 0 {
		return Reply{}, b.which(ctx, c)
	}
	list, err := b.looseNamed(ctx, c, handles)
	if err != nil {
		return Reply{}, err
	}
	if c.inc, err = b.visible(ctx, c, n); err != nil {
		return Reply{}, err
	}
	again, err := b.didNext(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	done, err := b.Inbox.Adopt(ctx, Adoption{Alerts: list, Into: n, By: c.By, Cause: c.cause().ID, Again: again})
	if err != nil {
		return Reply{}, err //nolint:wrapcheck // a refusal must come bare
	}
	c.changed, c.inc = !done.Again, done.Incident
	if again {
		done.Alerts = len(list)
	}
	return Reply{Text: c.adopted(done), Number: done.Incident.Number}, nil
}

// inboxRequest works a request of which nothing could be made again, or takes it away: inbox again 12, inbox discard 12 <reason>.
func (b *Bot) inboxRequest(ctx context.Context, c *call, deed, rest string) (Reply, error) {
	if !c.mayOrder() {
		return Reply{}, incident.Refuse("inbox_managers")
	}
	word, why := cutWord(rest)
	id, err := strconv.ParseInt(strings.TrimPrefix(fold(word), "#"), 10, 64)
	if err != nil {
		return Reply{}, incident.Refuse("inbox_request", "Word", cutRunes(word, 40))
	}
	if c.line.Has("reason") {
		why = c.line.Flag("reason")
	}
	if deed == "discard" && strings.TrimSpace(why) == "" {
		if c.Kind == Typed && !c.NoForms {
			return b.form(ctx, c)
		}
		return Reply{}, incident.Refuse("inbox_discard_reason")
	}
	if deed == "again" {
		err = b.Inbox.WorkAgain(ctx, c.cause().ID, id)
	} else {
		err = b.Inbox.Drop(ctx, c.cause().ID, id, c.By, strings.TrimSpace(why))
	}
	if errors.Is(err, incident.ErrNotFound) {
		return Reply{}, incident.Refuse("inbox_request", "Word", cutRunes(word, 40))
	}
	if err != nil {
		return Reply{}, fmt.Errorf("%s request %d: %w", deed, id, err)
	}
	c.changed = true
	return Reply{Text: lang.Text(c.lang, "inbox.say_"+deed, lang.Args{"ID": id})}, nil
}
