package main

import (
	"bufio"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// beat is one line of a script: who does what, and when.
type beat struct {
	line  int // of the script, for whoever has to mend it
	scene *act
	at    time.Time
	who   string // the part of an e-mail address before the @; empty: what follows is no person's deed
	where string // #channel or #scene, @person; empty: the scene's own room
	verb  string
	words string // in quotes: which message or button is meant
	text  string
}

// act is a scene of a script: one incident, or a conversation.
type act struct {
	label string
	start time.Time
}

// readScript takes a script apart. Its lines:
//
//	== label, day -3 14:31            a scene that begins three days before the last day, at 14:31 on the organisation's clock
//	== label, -2h13m                  one that begins that long before the end
//	+5m who: text                     five minutes into the scene who types text in its room
//	who #general: text                in a channel, 20 seconds after the line before; #label is a scene's room, @who a direct message
//	who answers "words": text         in the thread of the newest message with these words
//	who reacts 👀 "words"             and edits "words": text, deletes "words", presses "label", joins
//	who shows "words": text           a picture of a graph, under that name
//	alarm Name severity service host-1,host-2: summary    what Alertmanager says of alerts that begin; clear ends them
//	hook source {json}                any other monitoring system
//	all read                          everybody has seen everything
//
// A person is named by their e-mail address up to the @, also in mentions. {label} is the number of a scene's incident,
// {+5m} the time so far into the scene on the speaker's clock, {day 14} the date in so many days, \n a new line. The beats
// come in the order of their times.
func readScript(text string, end time.Time, zone *time.Location) ([]beat, error) {
	var out []beat
	var scene *act
	var last time.Time
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "== "):
			label, when, _ := strings.Cut(line[3:], ", ")
			start, err := sceneStart(when, end, zone)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			scene, last = &act{label: label, start: start}, start.Add(-pauseBetween)
			continue
		case scene == nil:
			return nil, fmt.Errorf("line %d: stands before the first scene", n)
		}
		b := beat{line: n, scene: scene, at: last.Add(pauseBetween)}
		if offset, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(line, "+") {
			d, err := sceneTime(offset)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			b.at, line = scene.start.Add(d), strings.TrimSpace(rest)
		}
		if b.at.Before(last) { // several lines of one minute
			b.at = last.Add(time.Second)
		}
		if b.at.After(end) {
			return nil, fmt.Errorf("line %d: at %s, which is after the end", n, b.at.In(zone).Format("2 Jan 15:04:05"))
		}
		if err := b.read(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		last = b.at
		out = append(out, b)
	}
	slices.SortStableFunc(out, func(a, b beat) int { return a.at.Compare(b.at) })
	return out, lines.Err()
}

// pauseBetween is how long people need for a line when the script does not say when it comes.
const pauseBetween = 20 * time.Second

func (b *beat) read(line string) error {
	for _, verb := range []string{"alarm", "clear", "hook", "all"} {
		if rest, ok := strings.CutPrefix(line, verb+" "); ok {
			b.verb, b.text = verb, rest
			return nil
		}
	}
	said := regexp.MustCompile(`^(\w+)(?: ([#@]\S+?))?: (.*)$`).FindStringSubmatch(line)
	if said != nil {
		b.who, b.where, b.verb, b.text = said[1], said[2], "says", said[3]
		return nil
	}
	done := regexp.MustCompile(`^(\w+)(?: ([#@]\S+))? (answers|reacts|edits|deletes|presses|joins|shows)(?: ([^\s"]+))?(?: ?"([^"]*)")?(?:: (.*))?$`).FindStringSubmatch(line)
	if done == nil {
		return fmt.Errorf("what is %q?", line)
	}
	b.who, b.where, b.verb, b.words, b.text = done[1], done[2], done[3], done[5], done[6]
	if done[4] != "" {
		b.text = strings.TrimSpace(done[4] + " " + b.text)
	}
	return nil
}

// sceneStart reads when a scene begins.
func sceneStart(text string, end time.Time, zone *time.Location) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d < 0 {
		return end.Add(d), nil
	}
	m := regexp.MustCompile(`^day -(\d+) (\d\d):(\d\d)$`).FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, fmt.Errorf("what time is %q?", text)
	}
	var n [3]int
	for k := range n {
		n[k], _ = strconv.Atoi(m[k+1])
	}
	day := end.In(zone)
	return time.Date(day.Year(), day.Month(), day.Day()-n[0], n[1], n[2], 7, 0, zone).UTC(), nil
}

// sceneTime reads an offset from the beginning of a scene: +5m, +1d2h, -3m.
func sceneTime(text string) (time.Duration, error) {
	sign, rest := time.Duration(1), strings.TrimPrefix(text, "+")
	if r, ok := strings.CutPrefix(rest, "-"); ok {
		sign, rest = -1, r
	}
	var days time.Duration
	if d, after, ok := strings.Cut(rest, "d"); ok {
		n, err := strconv.Atoi(d)
		if err != nil {
			return 0, fmt.Errorf("what time is %q?", text)
		}
		days, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest == "" || rest == "0" {
		return sign * days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("what time is %q?", text)
	}
	return sign * (days + d), nil
}
