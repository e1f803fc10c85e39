package alert

import (
	"regexp"
	"slices"
	"strings"

	"matoi/lang"
)

// subject is what a mail's subject line says. Monitoring systems put it there in words of their own, and people add to it
// when they answer.
type subject struct {
	title    string
	event    string
	status   string
	severity string
	// key is what stays of the subject once everything is taken away that differs from alarm to all-clear: words of state and
	// of severity, measured values, times.
	key      string
	answered bool // by a person: Re:
}

var (
	prefixes = regexp.MustCompile(`(?i)^\s*(re|aw|sv|antw|返信|fw|fwd|wg|転送)\s*(?:\[\d+\])?\s*[:：]\s*`)
	// brackets are what stands at the beginning of a subject, or of what follows, to be sorted by.
	brackets = regexp.MustCompile(`^[\s*#|<>-]*(?:\[([^\]]*)\]|【([^】]*)】|〔([^〕]*)〕|\(([^)]*)\)|「([^」]*)」)`)
	colon    = regexp.MustCompile(`^[\s*#|-]*([^:：\[\]【】]{1,60})[:：]`)
	span     = regexp.MustCompile(`^\d+[a-z%]{0,4}$`)
	wordIn   = regexp.MustCompile(`[\p{L}\p{N}_%]+`)

	overEN = regexp.MustCompile(`\b(?:has|have|was|were|is|are|been|now|again)(?: now| been| again| back)*(?: to)? (?:recovered|resolved|cleared|closed|fixed|restored|ok|okay|up|online|healthy|normal)\b|\b(?:recovered|back to normal|back up|back online|all clear)\b`)
	notEN  = regexp.MustCompile(`\b(?:not|never|isn t|cannot be|can t be|un)(?: yet| been| fully)* (?:recovered|resolved|cleared|closed|fixed|restored|ok|up|online|healthy|normal)\b|\bfailed to \w+`)
	badNow = regexp.MustCompile(`\b(?:is|are|state|status) (?:now )?(critical|warning|down|fatal|unreachable)\b`)
)

// readSubject reads a subject. What it doesn't understand fires: an alarm too many is better than one that nobody hears.
func readSubject(line string) subject {
	s := subject{title: line}
	for {
		found := prefixes.FindStringSubmatch(s.title)
		if found == nil {
			break
		}
		kind := strings.ToLower(found[1])
		s.answered = s.answered || kind != "fw" && kind != "fwd" && kind != "wg" && kind != "転送"
		s.title = s.title[len(found[0]):]
	}
	s.title = strings.TrimSpace(s.title)
	folded := strings.ToLower(lang.Fold(s.title))
	marks := subjectMarks(folded)
	for _, mark := range marks {
		s.severity = worse(s.severity, markSeverity(mark))
	}
	if found := badNow.FindStringSubmatch(folded); found != nil {
		s.severity = worse(s.severity, severity(found[1]))
	}
	s.event, s.status = subjectEvent(folded, marks)
	s.key = subjectKey(folded)
	return s
}

// subjectMarks gives what stands before the matter itself: in brackets, and before a colon.
func subjectMarks(folded string) []string {
	var marks []string
	rest := folded
	for {
		found := brackets.FindStringSubmatch(rest)
		if found == nil {
			break
		}
		marks = append(marks, strings.Join(found[1:], ""))
		rest = rest[len(found[0]):]
	}
	if found := colon.FindStringSubmatch(rest); found != nil {
		marks = append(marks, found[1])
	}
	if starred := strings.TrimLeft(rest, " "); strings.HasPrefix(starred, "**") { // ** RECOVERY Service Alert … **
		if words := wordIn.FindAllString(starred, 1); len(words) > 0 {
			marks = append(marks, words[0])
		}
	}
	return marks
}

// subjectEvent tells what happened: by the first mark that is about that, else by a sentence that says it is over.
func subjectEvent(folded string, marks []string) (event, status string) {
	for _, mark := range marks {
		if event := markEvent(mark); event != "" {
			if event == EventResolve {
				return event, Resolved
			}
			return event, Firing
		}
	}
	spaced := strings.Join(wordIn.FindAllString(folded, -1), " ")
	if overEN.MatchString(spaced) && !notEN.MatchString(spaced) || overInJapanese(folded) {
		return EventResolve, Resolved
	}
	return EventTrigger, Firing
}

// markEvent gives what a mark says happened, or nothing: one with any other word in it is a name ("[OK Store]"), whatever
// else stands there.
func markEvent(mark string) string {
	words := stateWords(mark)
	has := func(set map[string]bool) bool {
		return slices.ContainsFunc(words, func(one string) bool { return set[one] })
	}
	switch {
	case has(fireWords):
		return EventTrigger
	case has(overWords), len(words) == 1 && words[0] == "up":
		return EventResolve
	case has(seenWords):
		return EventAcknowledge
	case has(noteWords):
		return EventNote
	}
	return ""
}

// stateWords gives a mark's words if all of them are about how things are, else none.
func stateWords(mark string) []string {
	words := wordIn.FindAllString(mark, -1)
	if len(words) > 2 && (overWords[words[0]] || fireWords[words[0]] || restWords[words[0]]) && slices.Contains([]string{"on", "in", "after", "for"}, words[1]) {
		words = words[:1] // [Recovered on {host:db-1}]
	}
	for _, one := range words {
		if !overWords[one] && !fireWords[one] && !seenWords[one] && !noteWords[one] && !restWords[one] && !span.MatchString(one) {
			return nil
		}
	}
	return words
}

// markSeverity gives the severity that a mark tells, or nothing. 通知 and alert are what mails call themselves, however bad it is.
func markSeverity(mark string) string {
	told := ""
	for _, one := range stateWords(mark) {
		if known := severity(one); known != Unknown && one != "通知" && one != "alert" {
			told = worse(told, known)
		}
	}
	return told
}

var (
	// measured are values and times, which differ from one message to the next; addresses and numbers in names stay.
	measured = regexp.MustCompile(`\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}:\d{2}(?::\d{2})?|(?:^|[\s(=:<>,])\d+(?:[.,]\d+)?\s?(?:%|ms|msec|sec|seconds?|s|min|minutes?|m|hours?|h|days?|d|[kmgt]i?b|bytes?)(?:[\s).,;]|$)|\d+(?:\.\d+)?(?:秒|分|時間|件|回|パーセント)|(?:^|[\s(=:<>])\d+\.\d+(?:[\s),;]|$)`)
	stateJA  = regexp.MustCompile(`未?(?:障害|発生|復旧|回復|解消|解決|検知|検出|正常化|正常|異常|警告|緊急|重大|停止|ダウン|再開)(?:に(?:戻り|なり|復し|回復し))?(?:し|され|いたし|致し)?(?:ました|ています|ていません|ていない|ません|ない|した|た|です|済み?|作業|待ち|見込み?|中|完了|通知|連絡|報告)*`)
	linkEN   = wordSet("is are was were has have had been be now again back to the a an not yet off online offline down up unreachable")
)

// subjectKey leaves of a subject what is the same from alarm to all-clear.
func subjectKey(folded string) string {
	for _, mark := range subjectMarks(folded) {
		if stateWords(mark) != nil {
			folded = strings.Replace(folded, mark, " ", 1)
		}
	}
	for range 2 { // one value may end where the next begins
		folded = measured.ReplaceAllString(folded, " ")
	}
	var kept []string
	for _, one := range wordIn.FindAllString(stateJA.ReplaceAllString(folded, " "), -1) {
		if !overWords[one] && !fireWords[one] && !seenWords[one] && !linkEN[one] && (!restWords[one] || severity(one) == Unknown) {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, " ")
}

// worse gives the worse of two severities, either of which may be empty.
func worse(a, b string) string {
	if badness(b) > badness(a) || a == "" {
		return b
	}
	return a
}
