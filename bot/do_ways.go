package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// wayDeeds are what can be done with the ways by which one is reached.
func wayDeeds() []string { return []string{"add", "remove", "first", "test", "reset"} }

// wayDeed reads one of them in either language.
func wayDeed(word string) string {
	switch fold(word) {
	case "add", "追加":
		return "add"
	case "remove", "delete", "削除", "除外":
		return "remove"
	case "first", "top", "order", "先頭", "優先", "順序":
		return "first"
	case "test", "try", "テスト", "試す", "確認":
		return "test"
	case "reset", "default", "既定", "初期化", "戻す":
		return "reset"
	}
	return ""
}

// ways shows how one is reached and in which order, and changes it: ways add sms +81…, ways first 2, ways remove 3, ways
// test, ways reset.
func (b *Bot) ways(ctx context.Context, c *call) (Reply, error) {
	if b.Pagers == nil || c.By == "" {
		return Reply{}, incident.Refuse("ways_none")
	}
	if again, err := b.didNext(ctx, c); err != nil || again {
		reply, broken := b.listWays(ctx, c, lang.Text(c.lang, "way.ways_set", nil))
		return reply, errors.Join(err, broken)
	}
	if c.Kind == Sent || c.line.Has("way") {
		return b.addWay(ctx, c, c.line.Flag("way"), c.line.Flag("address"))
	}
	word, rest := cutWord(c.line.Rest)
	switch wayDeed(word) {
	case "add":
		name, address := cutWord(rest)
		return b.addWay(ctx, c, name, address)
	case "remove", "first":
		return b.moveWay(ctx, c, wayDeed(word), rest)
	case "test":
		return b.testWays(ctx, c, rest)
	case "reset":
		return b.keepWays(ctx, c, nil, "ways_reset")
	}
	if word != "" {
		return Reply{}, incident.Refuse("way_deed", "Word", cutRunes(word, 40), "Near", wayDeeds())
	}
	return b.listWays(ctx, c, "")
}

// WayView is a way as its owner sees it.
type WayView struct {
	Way
	Usable bool      // it leads somewhere now
	Last   PageState // of the last page by it; without a Key there was none
}

// List are a person's ways as they see them; own is whether they chose them.
func (p *Pagers) List(ctx context.Context, who incident.Person) (list []WayView, own bool, err error) {
	chosen, own, err := p.Chosen(ctx, who.ID)
	if err != nil {
		return nil, false, err
	}
	const looked = 50
	pages, err := p.Store.PagesOf(ctx, who.ID, looked)
	if err != nil {
		return nil, false, fmt.Errorf("read the pages of %s: %w", who.ID, err)
	}
	for _, w := range chosen {
		v := WayView{Way: w}
		v.Way, v.Usable = p.usable(w, who)
		at := slices.IndexFunc(pages, func(s PageState) bool { return s.Realm == v.Realm && s.Address == v.Address })
		if at >= 0 {
			v.Last = pages[at]
		}
		list = append(list, v)
	}
	return list, own, nil
}

// WayName is what a way is called to its owner.
func WayName(w Way, l lang.Lang) string {
	switch w.Realm {
	case ChatRealm:
		return lang.Text(l, "way.chat", nil)
	case MailRealm:
		return lang.Text(l, "way.mail", nil)
	}
	return w.Word()
}

// WayState is how the last page by a way fared, empty where there was none.
func WayState(v WayView, l lang.Lang, when string) string {
	if v.Last.Key == "" {
		return ""
	}
	return lang.Text(l, "way.state_"+v.Last.State, lang.Args{"When": when, "Why": v.Last.Why})
}

// listWays is the list, with what was done in front.
func (b *Bot) listWays(ctx context.Context, c *call, done string) (Reply, error) {
	list, own, err := b.Pagers.List(ctx, c.me)
	if err != nil {
		return Reply{}, err
	}
	var lines []string
	if done != "" {
		lines = append(lines, done, "")
	}
	lines = append(lines, lang.Text(c.lang, "way.list", nil))
	for n, v := range list {
		line := strconv.Itoa(n+1) + ". " + Escape(WayName(v.Way, c.lang))
		if v.Address != "" && v.Realm != ChatRealm {
			line += " " + Escape(v.Address)
		}
		if !v.Usable {
			line += " – " + lang.Text(c.lang, "way.closed", nil)
		} else if state := WayState(v, c.lang, lang.DateTime(c.lang, v.Last.At, c.now, c.zone)); state != "" {
			line += " – " + Escape(state)
		}
		lines = append(lines, line)
	}
	if !own {
		lines = append(lines, "", lang.Text(c.lang, "way.not_chosen", nil))
	}
	lines = append(lines, lang.Text(c.lang, "way.how", lang.Args{"Name": b.Name, "Words": strings.Join(b.Pagers.Words(), ", ")}))
	reply := Reply{Text: strings.Join(lines, "\n")}
	if !c.NoForms && done == "" {
		reply.Card = &Card{Tone: Calm, Buttons: []Button{
			{Label: lang.Text(c.lang, "way.button_test", nil), Command: "ways test", Style: "primary"},
			{Label: lang.Text(c.lang, "way.button_add", nil), Command: "ways", Form: true},
		}}
	}
	return reply, nil
}

// addWay puts a way at the end; one that is there already is made anew with its address.
func (b *Bot) addWay(ctx context.Context, c *call, word, address string) (Reply, error) {
	word = fold(word)
	if isMailWord(word) {
		word = MailRealm
	} else if isChatWord(word) {
		word = ChatRealm
	}
	if words := b.Pagers.Words(); !slices.Contains(words, word) {
		return Reply{}, incident.Refuse("way_unknown", "Word", cutRunes(word, 40), "Near", words)
	}
	way, refusal := ReadWay(RealmOf(word), address)
	if refusal != nil {
		return Reply{}, refusal
	}
	chosen, _, err := b.Pagers.Chosen(ctx, c.By)
	if err != nil {
		return Reply{}, err
	}
	if slices.Contains(chosen, way) {
		return Reply{}, incident.Refuse("already_so")
	}
	if len(chosen) >= MostWays {
		return Reply{}, incident.Refuse("ways_many", "Max", MostWays)
	}
	return b.keepWays(ctx, c, append(chosen, way), "ways_set")
}

func isMailWord(word string) bool {
	return slices.Contains([]string{"mail", "email", "e-mail", "メール"}, word)
}
func isChatWord(word string) bool { return slices.Contains([]string{"chat", "チャット"}, word) }

// nth reads which way of the list is meant.
func nth(typed string, most int) (int, *incident.Refusal) {
	n, err := strconv.Atoi(strings.TrimLeft(fold(typed), "#"))
	if err != nil || n < 1 || n > most {
		return 0, incident.Refuse("way_number_unknown", "Word", cutRunes(typed, 40), "Max", most)
	}
	return n, nil
}

func (b *Bot) moveWay(ctx context.Context, c *call, deed, which string) (Reply, error) {
	chosen, _, err := b.Pagers.Chosen(ctx, c.By)
	if err != nil {
		return Reply{}, err
	}
	n, refusal := nth(which, len(chosen))
	if refusal != nil {
		return Reply{}, refusal
	}
	if deed == "first" {
		return b.keepWays(ctx, c, firstly(chosen, n), "ways_set")
	}
	if len(chosen) == 1 {
		return Reply{}, incident.Refuse("way_last")
	}
	return b.keepWays(ctx, c, without(chosen, n), "ways_set")
}

// keepWays saves them as the person's own. The same again changes nothing, so that a request may come twice.
func (b *Bot) keepWays(ctx context.Context, c *call, ways []Way, said string) (Reply, error) {
	if err := b.Pagers.Store.SetWays(ctx, c.By, ways, c.cause().ID); err != nil {
		return Reply{}, fmt.Errorf("save the ways of %s: %w", c.By, err)
	}
	c.changed = true
	return b.listWays(ctx, c, words(c.lang, "way.", said))
}

// testWays sends a test by one way, or by all that are open.
func (b *Bot) testWays(ctx context.Context, c *call, which string) (Reply, error) {
	list, _, err := b.Pagers.List(ctx, c.me)
	if err != nil {
		return Reply{}, err
	}
	if which != "" {
		n, refusal := nth(which, len(list))
		if refusal != nil {
			return Reply{}, refusal
		}
		list = list[n-1 : n]
	} else {
		list = slices.DeleteFunc(list, func(v WayView) bool { return !v.Usable })
	}
	if len(list) == 0 {
		return Reply{}, incident.Refuse("way_closed", "Word", "")
	}
	var lines []string
	for _, v := range list {
		state, err := b.Pagers.Test(ctx, c.me, v.Way, c.cause().ID)
		if err != nil {
			return Reply{}, err
		}
		lines = append(lines, "- "+Escape(WayName(v.Way, c.lang))+": "+
			Escape(lang.Text(c.lang, "way.tested_"+state.State, lang.Args{"Why": state.Why})))
	}
	c.changed = true
	return Reply{Text: lang.Text(c.lang, "way.tested", lang.Args{"Lines": strings.Join(lines, "\n")})}, nil
}
