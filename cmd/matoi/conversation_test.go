package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// A conversation is a txtar file in testdata: its comment is a script, its files are bodies of alerts and, named
// matoi.yaml, the configuration. It is played against the whole App, on real SQLite, in a bubble of time in which hours pass at
// once. The script's lines:
//
//	# a remark
//	alice #general: text              alice types text in the channel; #INC-… is the incident's room, #@me what Matoi told her
//	alice #general react 📌 "words"   she reacts to the newest message with these words; also: unreact
//	alice #general press "label"      she presses a button or picks an option of a card; a form opens where it asks first
//	alice #general menu log "words"   she runs an entry of a message's menu
//	alice #general edit "words" "new text"   and: delete "words"
//	alice #general submit name=value | name=value    she sends the form that opened last
//	hook alertmanager file.json       a monitoring system posts the file
//	wait 5m                           time passes; down 5m: it passes while the process is not there
//	< text                            what came back to the last line contains the text
//	! code                            it was refused with this code
//	form text                         it opened a form, whose title or inputs contain the text
//	see alice #general: text          alice sees this in the channel (messages, cards); unseen: she does not
//	told alice: text                  Matoi told alice privately; untold: did not
//	entry INC-…: text                 the timeline has exactly one entry with the text; noentry: none
//	is INC-… status=new manager=alice what the incident is; a value of - is empty
//	report INC-… ja: text             the report contains the text
//
// A number may be written INC-001: the day is that of the bubble's start. At the end nothing may wait in the outbox, nothing
// may have been logged as an error, and verify must hold.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { play(t, file, archive) })
		})
	}
}

// stage is one conversation under way.
type stage struct {
	t       *testing.T
	at      string // file:line
	app     *App
	options AppOptions
	files   map[string]string
	log     *log
	day     string
	deeds   int
	last    console.Outcome
	err     error
	form    *bot.Form
	where   string // the channel of the last deed
}

func play(t *testing.T, file string, archive *txtar.Archive) {
	// Saturday, 21 November 2026, 14:00 in Tokyo.
	time.Sleep(time.Until(time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)))
	s := &stage{t: t, files: map[string]string{}, log: &log{}, day: "INC-20261121-"}
	for _, f := range archive.Files {
		s.files[f.Name] = string(f.Data)
	}
	c, err := ParseConfig("matoi.yaml", []byte(s.files["matoi.yaml"]), world())
	if err != nil {
		t.Fatal(err)
	}
	c.Data = filepath.Join(t.TempDir(), "data")
	s.options = AppOptions{Config: c, Mute: true, Log: slog.New(slog.NewTextHandler(s.log, nil))}
	s.start()
	for i, line := range strings.Split(string(archive.Comment), "\n") {
		s.at = fmt.Sprintf("%s:%d", filepath.Base(file), i+1)
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.line(strings.ReplaceAll(line, "INC-0", s.day+"0"))
		}
	}
	s.at = file
	s.finish()
}

func (s *stage) start() {
	s.app = NewApp(s.options)
	if err := s.app.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.app.Stop(context.Background()) }) // a bubble must end empty, also after a mistake
	s.settle()
}

// settle lets everything that can be done now be done.
func (s *stage) settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

func (s *stage) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := s.app.Stop(ctx); err != nil {
		s.fail("stop: %v", err)
	}
}

func (s *stage) finish() {
	if _, out, err := s.app.store.Waiting(s.t.Context()); err != nil || out != 0 {
		s.fail("%d effects still wait (%v)", out, err)
	}
	if broken, err := s.app.store.Verify(s.t.Context(), nil); broken != nil || err != nil {
		s.fail("verify: %v %v", broken, err)
	}
	s.stop()
	if strings.Contains(s.log.String(), "level=ERROR") {
		s.fail("logged:\n%s", s.log)
	}
}

func (s *stage) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%s: %s", s.at, fmt.Sprintf(format, args...))
}

// line plays one line.
func (s *stage) line(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	subject, text, _ := strings.Cut(rest, ": ")
	switch verb {
	case "hook":
		s.hook(rest)
	case "wait":
		time.Sleep(s.duration(rest))
		s.settle()
	case "down":
		s.stop()
		time.Sleep(s.duration(rest))
		s.start()
	case "<":
		s.want(s.answer(), rest, true)
	case "!":
		if s.last.Reply.Refused == nil || s.last.Reply.Refused.Code != rest {
			s.fail("was not refused with %s: %s", rest, s.answer())
		}
	case "form":
		if s.form == nil {
			s.fail("no form opened: %s", s.answer())
			return
		}
		s.want(shownForm(*s.form), rest, true)
	case "see", "unseen":
		name, channel, _ := strings.Cut(subject, " ")
		s.want(s.read(s.person(name), s.channel(channel)), text, verb == "see")
	case "told", "untold":
		id := s.person(subject)
		s.want(s.read(id, "@"+string(id)), text, verb == "told")
	case "entry", "noentry":
		s.entries(subject, text, map[bool]int{true: 1}[verb == "entry"])
	case "is":
		s.is(rest)
	case "report":
		number, l, _ := strings.Cut(subject, " ")
		s.report(number, lang.Lang(l), text)
	default:
		s.deed(line)
	}
}

// answer is what came back to the last deed, as its doer reads it.
func (s *stage) answer() string {
	r := s.last.Reply
	out := []string{r.Text, r.Document}
	if r.Card != nil {
		out = append(out, shownCard(*r.Card))
	}
	if r.Refused != nil {
		out = append(out, "(refused: "+r.Refused.Code+")")
	}
	for input, text := range r.Errors {
		out = append(out, input+": "+text)
	}
	if s.err != nil {
		out = append(out, s.err.Error())
	}
	return s.names(strings.Join(out, "\n"))
}

// names puts names in the place of mentions.
func (s *stage) names(text string) string {
	return regexp.MustCompile(`<@([^>]+)>`).ReplaceAllStringFunc(text, func(token string) string {
		p, err := s.app.store.Person(s.t.Context(), incident.PersonID(token[2:len(token)-1]))
		if err != nil {
			return token
		}
		return "@" + p.Name
	})
}

func (s *stage) want(have, text string, there bool) {
	s.t.Helper()
	if strings.Contains(have, text) != there {
		s.fail("%q there: %v, in:\n%s", text, !there, have)
	}
}

func (s *stage) duration(text string) time.Duration {
	var d Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	return time.Duration(d)
}

// person is who goes by a name, met here for the first time if need be.
func (s *stage) person(name string) incident.PersonID {
	p, err := s.app.store.Meet(s.t.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
	if err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	return p.ID
}

// channel is the name of a channel, or of an incident's room.
func (s *stage) channel(word string) string {
	name := strings.TrimPrefix(word, "#")
	if n, ok := incident.ParseNumber(name); ok {
		i := s.load(n.String())
		room, ok := i.Room("console")
		if !ok {
			s.t.Fatalf("%s: %s has no room", s.at, n)
		}
		return room.ID
	}
	return name
}

func (s *stage) load(number string) *incident.Incident {
	n, _ := incident.ParseNumber(number)
	i, err := s.app.store.Load(s.t.Context(), n)
	if err != nil {
		s.t.Fatalf("%s: %s: %v", s.at, number, err)
	}
	return i
}

// deed plays "name #channel…".
func (s *stage) deed(line string) {
	m := regexp.MustCompile(`^(\S+) (#\S+?)(: ?| )(.*)$`).FindStringSubmatch(line)
	if m == nil {
		s.t.Fatalf("%s: what is %q?", s.at, line)
	}
	s.deeds++
	id := s.person(m[1])
	if s.where = s.channel(m[2]); s.where == "@me" {
		s.where = "@" + string(id)
	}
	d := console.Deed{By: id, Viewer: incident.Viewer{Person: id}, ID: fmt.Sprint("deed", s.deeds), Lang: lang.EN}
	s.last, s.err = console.Outcome{}, nil
	if strings.HasPrefix(m[3], ":") {
		s.last, s.err = s.app.chat.Say(s.t.Context(), d, s.where, 0, m[4])
	} else {
		s.handle(d, m[4])
	}
	if refusal := (*incident.Refusal)(nil); errors.As(s.err, &refusal) {
		s.last.Reply.Refused, s.err = refusal, nil
	}
	if s.err != nil {
		s.fail("%s: %v", line, s.err)
	}
	s.form = s.last.Reply.Form
	s.settle()
}

// handle plays what is no typing.
func (s *stage) handle(d console.Deed, rest string) {
	verb, rest, _ := strings.Cut(rest, " ")
	ctx, chat := s.t.Context(), s.app.chat
	quoted := regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(rest, -1)
	first := ""
	if len(quoted) > 0 {
		first = quoted[0][1]
	}
	word, _, _ := strings.Cut(rest, " ")
	switch verb {
	case "react":
		s.last, s.err = chat.React(ctx, d, s.message(d, first).ID, word)
	case "unreact":
		s.last, s.err = chat.Unreact(ctx, d, s.message(d, first).ID, word)
	case "menu":
		s.last, s.err = chat.Menu(ctx, d, s.message(d, first).ID, word)
	case "delete":
		s.last, s.err = chat.Delete(ctx, d, s.message(d, first).ID)
	case "edit":
		s.last, s.err = chat.Rewrite(ctx, d, s.message(d, first).ID, quoted[1][1])
	case "join":
		s.last, s.err = chat.Join(ctx, d, s.where)
	case "press":
		s.press(d, first)
	case "submit":
		s.submit(d, rest)
	default:
		s.t.Fatalf("%s: what is %q?", s.at, verb)
	}
}

// message is the newest with these words in the channel of the deed.
func (s *stage) message(d console.Deed, words string) console.Message {
	list, _, err := s.app.chat.Messages(s.t.Context(), d.Viewer, s.where, 0, 0, 100)
	if err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	for _, m := range slices.Backward(list) {
		if strings.Contains(s.names(shownMessage(m)), words) {
			return m
		}
	}
	s.t.Fatalf("%s: nobody wrote %q in #%s", s.at, words, s.where)
	return console.Message{}
}

// press finds the label on the newest card that has it.
func (s *stage) press(d console.Deed, label string) {
	list, _, err := s.app.chat.Messages(s.t.Context(), d.Viewer, s.where, 0, 0, 100)
	if err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	var labels []string
	for _, m := range slices.Backward(list) {
		if m.Card == nil {
			continue
		}
		buttons := slices.Clone(m.Card.Buttons)
		for _, item := range m.Card.Items {
			buttons = append(buttons, item.Buttons...)
		}
		for _, choice := range m.Card.Selects {
			for _, o := range choice.Options {
				buttons = append(buttons, bot.Button{Label: o.Label, Command: choice.Command + " " + o.Value})
			}
		}
		for _, b := range buttons {
			labels = append(labels, b.Label)
			if b.Label == label {
				s.last, s.err = s.app.chat.Press(s.t.Context(), d, console.Push{Message: m.ID, Command: b.Command, Form: b.Form})
				return
			}
		}
	}
	s.t.Fatalf("%s: no card in #%s has %q, but %q", s.at, s.where, label, labels)
}

// submit sends the form that opened last.
func (s *stage) submit(d console.Deed, rest string) {
	if s.form == nil {
		s.t.Fatalf("%s: no form is open", s.at)
	}
	fields := map[string]string{}
	for _, in := range s.form.Inputs {
		fields[in.Name] = in.Value
	}
	for _, pair := range strings.Split(rest, "|") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if _, there := fields[name]; name != "" && !there {
			s.fail("the form has no input %q: %s", name, shownForm(*s.form))
		}
		fields[name] = value
	}
	s.last, s.err = s.app.chat.Submit(s.t.Context(), d, console.Sheet{Channel: s.where, Command: s.form.Command, Fields: fields})
}
