package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// The bounds of what is silenced and shown.
const (
	longestSilence = 92 * 24 * time.Hour
	silencesShown  = 10
	silencePast    = 24 * time.Hour // how long one that is over is listed
	longestWhy     = 300
)

// silenceDeeds are the words in front of what else can be done than to set one.
func silenceDeeds() []string { return []string{"end"} }

func silenceEnds(word string) bool {
	return slices.Contains([]string{"end", "stop", "expire", "off", "解除", "終了", "取り消し", "取消"}, fold(word))
}

// silence keeps alerts quiet, ends that, or lists what is quiet: silence service=db host=web-* 2h why, silence end 12, silence; in the
// room of an incident silence 2h for its alerts. Maintenance does the same for a service at which somebody works.
func (b *Bot) silence(ctx context.Context, c *call) (Reply, error) {
	if b.Silences == nil {
		return Reply{}, incident.Refuse("silence_none")
	}
	word, rest := cutWord(c.line.Rest)
	switch {
	case silenceEnds(word):
		return b.endSilence(ctx, c, rest)
	case c.Kind == WantForm:
		return b.form(ctx, c)
	case word == "" && len(c.line.Flags) == 0:
		return b.listSilences(ctx, c)
	}
	return b.setSilence(ctx, c)
}

// ordered is a silence as it was typed.
type ordered struct {
	Silence
	timed bool
}

func (b *Bot) setSilence(ctx context.Context, c *call) (Reply, error) {
	if c.By == "" {
		return Reply{}, incident.Refuse("silence_person")
	}
	o, err := c.silenceTyped()
	if err != nil {
		return Reply{}, err
	}
	if len(o.Match) == 0 {
		if err := b.silenceHere(ctx, c, &o.Silence); err != nil {
			return Reply{}, err
		}
	}
	if !o.timed {
		return Reply{}, incident.Refuse("silence_time")
	}
	if err := b.Silences.CheckMatch(o.Match); err != nil {
		return Reply{}, err
	}
	seen, fits, err := b.silenceForeseen(ctx, c, o.Silence)
	if err != nil {
		return Reply{}, err
	}
	o.By, o.Made, o.Place = c.By, c.now, incident.Place{Realm: c.Place.Realm, Room: c.Place.Room, Thread: c.Place.Thread}
	done, err := b.Silences.ChangeSilence(ctx, c.cause(), 0, func(Silence) (Silence, []incident.Effect, error) {
		return o.Silence, tellSilence(o.Silence), nil
	})
	if err != nil {
		return Reply{}, err
	}
	c.changed = true
	reply := Reply{Text: c.view.text("silence.set", "Line", c.view.silence(done)) + seen}
	if done.Place.Room == "" { // a room is told with the same button
		reply = c.undoable(reply.Text, "silence.button_end", "silence end "+strconv.FormatInt(done.Number, 10))
	}
	reply.Silence, reply.Heard = done.Number, done.Place.Room != "" && fits
	return reply, nil
}

// silenceForeseen says what a silence would have fitted, and what may be meant where that is nothing: who set it is told that, but no room.
func (b *Bot) silenceForeseen(ctx context.Context, c *call, s Silence) (said string, fits bool, err error) {
	if s.Incident != 0 {
		return "", true, nil
	}
	f, word, near, err := b.Silences.Foresee(ctx, s.Match)
	if err != nil {
		return "", false, fmt.Errorf("look what a silence fits: %w", err)
	}
	if f.Of > 0 {
		said = "\n" + c.foreseen(f)
	}
	if near != "" {
		said += "\n" + c.view.text("silence.near", "Word", Escape(cutRunes(word, 60)), "Near", Escape(near))
	}
	return said, f.Fits > 0 || said == "", nil
}

// silenceHere takes what the alerts of the room's incident have in common.
func (b *Bot) silenceHere(ctx context.Context, c *call, s *Silence) error {
	err := b.locate(ctx, c)
	if _, refused := errors.AsType[*incident.Refusal](err); refused || err == nil && c.inc == nil {
		return incident.Refuse("silence_what")
	}
	if err != nil {
		return err
	}
	if s.Match, err = b.Silences.AlertsOf(ctx, c.inc.Number); err != nil {
		return fmt.Errorf("read the alerts of %s: %w", c.inc.Number, err)
	}
	if len(s.Match) == 0 {
		return incident.Refuse("silence_no_alerts", "Number", c.inc.Number.String())
	}
	s.Incident = c.inc.Number
	return nil
}

// silenceTyped reads the line or the form: patterns, a time, and why, in any order but that why comes last.
func (c *call) silenceTyped() (o ordered, err error) {
	o = ordered{Silence: Silence{Kind: ForNoise, Match: map[string][]string{}}}
	rest := c.line.Rest
	if c.line.Verb.ID == "maintenance" {
		o.Kind = ForWork
	}
	for _, name := range []string{"which", "span"} {
		if given := c.line.Flag(name); given != "" {
			if given, err = o.read(given, c); err != nil {
				return o, err
			}
			if given = strings.TrimSpace(given); given != "" {
				return o, incident.Refuse("silence_word", "Word", cutRunes(given, 60), "Flag", "--"+name)
			}
		}
	}
	if rest, err = o.read(rest, c); err != nil {
		return o, err
	}
	if o.Kind == ForWork && len(o.Match) == 0 && rest != "" { // maintenance payments 2h why
		word, behind := cutWord(rest)
		o.Match["service"] = []string{word}
		if rest, err = o.read(behind, c); err != nil {
			return o, err
		}
	}
	o.Why = cutRunes(strings.Join(strings.Fields(rest+" "+c.line.Flag("reason")), " "), longestWhy)
	return o, nil
}

// read takes patterns and one time off the front of a text.
func (o *ordered) read(text string, c *call) (rest string, err error) {
	for {
		word, behind := cutWord(text)
		name, patterns, is := patternTyped(text)
		switch {
		case word == "":
			return "", nil
		case is:
			if name == "" || len(patterns) == 0 {
				return "", incident.Refuse("silence_pattern", "Word", cutRunes(word, 60), "Detail", "")
			}
			o.Match[name], text = append(o.Match[name], patterns...), behind
		case !o.timed:
			if rest, err = o.time(text, c); err != nil || rest == text {
				return rest, err
			}
			text = rest
		default:
			return text, nil
		}
	}
}

// time reads 2h, until 18:00, 22:00-02:00, sat 22:00 to sun 06:00, weekly sun 02:00-04:00. What is no time is given back whole.
func (o *ordered) time(text string, c *call) (rest string, err error) {
	rest = text
	word, behind := cutWord(text)
	if slices.Contains([]string{"weekly", "every", "毎週", "毎日", "daily"}, fold(word)) {
		return o.weekly(fold(word), behind, c)
	}
	if slices.Contains([]string{"for", "until", "till"}, fold(word)) {
		text = behind
	}
	from, to, after, ok := spanOf(text, c.now, c.zone)
	if !ok {
		from, after = c.now, text
		if d, then, long := lang.ParseDuration(text); long {
			to, after, ok = c.now.Add(d), then, true
		} else if at, then, future := lang.ParseFuture(text, c.now, c.zone); future && then != text {
			to, after, ok = at, then, true
		}
	}
	if !ok {
		return rest, nil
	}
	for _, mark := range []string{"まで", "間"} {
		after = strings.TrimSpace(strings.TrimPrefix(after, mark))
	}
	switch {
	case !to.After(from), !to.After(c.now):
		return "", incident.Refuse("silence_past")
	case to.Sub(c.now) > longestSilence:
		return "", incident.Refuse("silence_long", "Days", int(longestSilence.Hours()/24))
	}
	o.From, o.Until, o.timed = from, to, true
	return after, nil
}

// weekly reads sun 02:00-04:00, mon,wed 22:00-02:00 or 日曜 2:00-4:00 by the clock of the asker's zone.
func (o *ordered) weekly(how, text string, c *call) (rest string, err error) {
	w := Weekly{Zone: c.zone.String()}
	if how == "daily" || how == "毎日" {
		w.Days = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	} else {
		word, behind := cutWord(text)
		for part := range strings.FieldsFuncSeq(fold(word), func(r rune) bool { return r == ',' || r == '、' || r == '・' }) {
			day, ok := weekdayOf(part)
			if !ok {
				return "", incident.Refuse("silence_weekly", "Word", cutRunes(part, 30))
			}
			w.Days = append(w.Days, day)
		}
		text = behind
	}
	word, rest := cutWord(text)
	span, err := calendar.ParseSpan(strings.NewReplacer("〜", "-", "～", "-", "~", "-", "–", "-", "から", "-").Replace(fold(word)))
	if err != nil || len(w.Days) == 0 {
		return "", incident.Refuse("silence_weekly", "Word", cutRunes(word, 30))
	}
	w.From, w.To = span.From, span.To%(24*60)
	o.From, o.Weekly, o.timed = c.now, &w, true
	return rest, nil
}

// weekdayOf reads sun, sunday, 日, 日曜 or 日曜日.
func weekdayOf(word string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		name := strings.ToLower(day.String())
		sign := string([]rune("日月火水木金土")[day])
		if slices.Contains([]string{name, name[:3], name + "s", sign, sign + "曜", sign + "曜日"}, word) {
			return day, true
		}
	}
	return 0, false
}

// patternTyped reads service=db, host=web-*, team!=db, title=~"disk|raid" at the front of a text, as other tools write them, too: a
// regular expression behind ~ means the whole value. Several values stand with commas between them.
func patternTyped(text string) (name string, patterns []string, is bool) {
	text = strings.TrimSpace(text)
	word := text[:(&quotes{text: text}).wordEnd(0)]
	if at := strings.Index(word, "!~"); at >= 0 && !strings.ContainsAny(word[:at], "=＝") {
		word = word[:at] + "!=~" + word[at+2:]
	}
	at := strings.IndexAny(word, "=＝")
	if at < 0 {
		return "", nil, false
	}
	name, value := word[:at], strings.TrimPrefix(strings.TrimPrefix(word[at:], "＝"), "=")
	if name = strings.TrimSpace(lang.Fold(name)); strings.HasPrefix(name, "-") || strings.ContainsAny(name, "\"'「“") {
		return "", nil, false
	}
	name, not := strings.CutSuffix(name, "!")
	if strings.HasPrefix(value, "~") { // title=~"a|b"
		expression := unquote(strings.TrimPrefix(value, "~"))
		if expression == "" {
			return fieldTyped(name), nil, true
		}
		return fieldTyped(name), []string{negated("/^(?:"+expression+")$/", not)}, true
	}
	values := []string{unquote(value)}
	if values[0] == value { // what stands in quotes is one
		values = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '、' })
	}
	for _, one := range values {
		if one = strings.TrimSpace(one); one != "" {
			patterns = append(patterns, negated(one, not))
		}
	}
	return fieldTyped(name), patterns, true
}

func negated(pattern string, not bool) string {
	if not {
		return "!" + pattern
	}
	return pattern
}

// fieldTyped gives the field that a word means; another one is a label's name, in which case counts.
func fieldTyped(name string) string {
	switch fold(name) {
	case "service", "サービス":
		return "service"
	case "host", "instance", "ホスト", "サーバー", "サーバ":
		return "host"
	case "source", "送信元", "監視":
		return "source"
	case "title", "alert", "件名", "タイトル", "アラート":
		return "title"
	case "severity", "重大度", "深刻度":
		return "severity"
	}
	return name
}

// silenceForm asks which alerts, how long and why, with what was typed already.
func (f *former) silenceForm() []Input {
	which, span := f.text("which", 300), f.text("span", 80)
	if o, err := f.c.silenceTyped(); err == nil && which.Value == "" {
		which.Value = o.Pattern()
	}
	reason := f.area("reason")
	reason.Value, reason.Max = f.c.line.Flag("reason"), longestWhy
	return []Input{which, must(span), reason}
}

// endSilence ends one before its time.
func (b *Bot) endSilence(ctx context.Context, c *call, rest string) (Reply, error) {
	word, _ := cutWord(rest)
	number, err := strconv.ParseInt(strings.TrimLeft(fold(word), "#"), 10, 64)
	if err != nil || number < 1 {
		return Reply{}, incident.Refuse("silence_number", "Word", cutRunes(word, 20))
	}
	done, err := b.Silences.ChangeSilence(ctx, c.cause(), number, func(was Silence) (Silence, []incident.Effect, error) {
		now, ok := was.End(c.By, c.now)
		if !ok {
			return was, nil, incident.Refuse("silence_over", "Number", strconv.FormatInt(number, 10))
		}
		now.Told = c.now
		return now, tellSilence(now), nil
	})
	if errors.Is(err, incident.ErrNotFound) {
		return Reply{}, incident.Refuse("silence_number", "Word", itoa(int(number)))
	}
	if err != nil {
		return Reply{}, err
	}
	c.changed = true
	text, err := b.silenceEnd(ctx, c.view, done)
	return Reply{Text: text, Silence: done.Number, Heard: done.Place.Realm == c.Place.Realm && done.Place.Room == c.Place.Room && c.Place.Room != ""}, err
}

// listSilences shows those in force, to come, and over since yesterday, with what each hides.
func (b *Bot) listSilences(ctx context.Context, c *call) (Reply, error) {
	all, err := b.Silences.Silences(ctx, c.now.Add(-silencePast))
	if err != nil {
		return Reply{}, fmt.Errorf("list silences: %w", err)
	}
	var parts []string
	for _, part := range []struct {
		id string
		in func(Silence) bool
	}{
		{"silence.now", func(s Silence) bool { _, on := s.At(c.now); return on }},
		{"silence.coming", func(s Silence) bool { _, on := s.At(c.now); return !on && !s.Over(c.now) }},
		{"silence.past", func(s Silence) bool { return s.Over(c.now) }},
	} {
		lines := []string{"**" + c.view.text(part.id) + "**"}
		shown := slices.DeleteFunc(slices.Clone(all), func(s Silence) bool { return !part.in(s) })
		for n, s := range shown {
			if n == silencesShown {
				lines = append(lines, c.view.text("silence.more", "N", len(shown)-n))
				break
			}
			h, err := b.Silences.Hidden(ctx, s.Key(), s.since(c.now))
			if err != nil {
				return Reply{}, fmt.Errorf("count what silence %s hides: %w", s.Key(), err)
			}
			if s.Over(c.now) { // it was said at the end what fires still
				h.Firing = 0
			}
			lines = append(lines, "- "+c.view.silence(s)+c.view.hides(h))
		}
		if len(shown) > 0 {
			parts = append(parts, strings.Join(lines, "\n"))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, c.view.text("silence.list_none"))
	}
	if link := c.view.silencesLink(); link != "" {
		parts = append(parts, c.view.text("silence.page", "Link", link))
	}
	return Reply{Text: strings.Join(parts, "\n\n")}, nil
}

// since is the beginning of the span that counts at an instant: the one in force, else the last.
func (s Silence) since(now time.Time) time.Time {
	if span, on := s.At(now); on {
		return span.From
	}
	if span, ended := s.Last(now); ended {
		return span.From
	}
	return s.From
}
