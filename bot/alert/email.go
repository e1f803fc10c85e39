package alert

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
)

// email decodes mails as services that receive them post them, for monitoring systems that can only write mails: JSON of
// Postmark (https://postmarkapp.com/developer/webhooks/inbound-webhook), CloudMailin, Amazon SES
// (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html), also within SNS, and anything with
// subject, from and text; forms of Mailgun (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http)
// and SendGrid (https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook), parsed or
// as the mail itself; lists of Mandrill. The subject tells what happened (readSubject). A mail's date isn't an alert's start.
func email(_ Source, header http.Header, body []byte) (Delivery, error) {
	doc, err := document(header, body)
	if err != nil {
		return Delivery{}, err
	}
	var d Delivery
	mails := mailObjects(doc)
	for i, object := range mails {
		if len(d.Alerts) == maxAlerts {
			d.leaveOut(1)
			continue
		}
		m := readMail(object)
		if m.subject == "" && m.text == "" {
			d.cannotRead(i, len(mails), "alert.error_unread_mail")
			continue
		}
		if m.automatic() {
			err = idle("automatic reply")
			continue
		}
		d.Alerts = append(d.Alerts, m.alert())
		if d.DeliveryID = first(deliveryID(header), m.id); len(d.Alerts) > 1 {
			d.DeliveryID = ""
		}
	}
	switch {
	case len(d.Alerts) > 0:
		return d, nil
	case err != nil:
		return Delivery{}, err
	}
	return Delivery{}, undecoded("alert.error_no_mail")
}

// mailObjects gives the mails of a request: itself, the elements of a list, and what their wrappings hold. An element that is no
// object is nil.
func mailObjects(doc any) []map[string]any {
	switch doc := doc.(type) {
	case []any:
		var all []map[string]any
		for _, element := range doc {
			if object, ok := element.(map[string]any); ok {
				all = append(all, mailObjects(object)...)
			} else {
				all = append(all, nil)
			}
		}
		return all
	case map[string]any:
		if list, ok := doc["mandrill_events"].([]any); ok {
			return mailObjects(list)
		}
		if text, ok := doc["Message"].(string); ok && doc["TopicArn"] != nil { // SNS
			var inner any
			if tooDeep([]byte(text)) || json.Unmarshal([]byte(text), &inner) != nil {
				return []map[string]any{{"subject": doc["Subject"], "text": text}}
			}
			return mailObjects(inner)
		}
		if inner, ok := doc["msg"].(map[string]any); ok { // Mandrill
			return []map[string]any{inner}
		}
		return []map[string]any{doc}
	}
	return nil
}

// mail is what was found of one mail, whoever sent it on.
type mail struct {
	subject, from, text string
	id                  string            // Message-ID
	thread              string            // the mail that it belongs behind
	header              map[string]string // by small letters
}

var markup = regexp.MustCompile(`(?is)<(script|style)\b.*?</(?:script|style)\s*>|<[^>]*>`)

// readMail finds a mail's parts under the names that services give them.
func readMail(object map[string]any) mail {
	byName := make(map[string]any, len(object))
	for _, name := range sortedNames(object) {
		if plain := strings.Map(fieldName, name); byName[plain] == nil {
			byName[plain] = object[name]
		}
	}
	m := mail{header: map[string]string{}}
	for _, name := range []string{"headers", "messageheaders"} {
		mailHeaders(byName[name], m.header)
	}
	common := map[string]any{}
	if inner, ok := byName["mail"].(map[string]any); ok { // SES
		mailHeaders(inner["headers"], m.header)
		if found, ok := inner["commonHeaders"].(map[string]any); ok {
			common = found
		}
	}
	of := func(names ...string) string {
		for _, name := range names {
			if value := mailText(byName[name]); strings.TrimSpace(value) != "" {
				return value
			}
		}
		return ""
	}
	raw := readMIME(of("bodymime", "rawemail", "email", "content", "rawmsg"), m.header)
	m.subject = decodedWords(first(of("subject"), mailText(common["subject"]), m.header["subject"]))
	m.from = decodedWords(first(of("from", "sender", "fromemail"), mailText(common["from"]), m.header["from"]))
	m.text = first(of("bodyplain", "textbody", "text", "plain", "strippedtext"), raw)
	if m.text == "" {
		m.text = htmlText(of("bodyhtml", "htmlbody", "html", "strippedhtml"))
	}
	m.id = first(m.header["message-id"], of("messageid"), mailText(common["messageId"]))
	m.thread = firstWord(first(m.header["references"], of("references"), m.header["in-reply-to"], of("inreplyto")))
	return m
}

// mailText gives a value as a text: of a list its first, of an address its address.
func mailText(value any) string {
	switch value := value.(type) {
	case []any:
		if len(value) > 0 {
			return mailText(value[0])
		}
		return ""
	case map[string]any:
		return first(mailText(value["email"]), mailText(value["address"]), mailText(value["Email"]), mailText(value["name"]))
	}
	return plainText(value)
}

// firstWord gives what stands before the first space.
func firstWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// mailHeaders reads headers as services write them: an object, a list of objects or of pairs, or the lines themselves.
func mailHeaders(value any, into map[string]string) {
	add := func(name string, value any) {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && into[name] == "" {
			into[name] = mailText(value)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sortedNames(value) {
			add(strings.ReplaceAll(name, "_", "-"), value[name])
		}
	case []any:
		for _, element := range value {
			switch element := element.(type) {
			case map[string]any:
				add(first(plainText(element["name"]), plainText(element["Name"])), first(plainText(element["value"]), plainText(element["Value"])))
			case []any:
				if len(element) == 2 {
					add(plainText(element[0]), element[1])
				}
			}
		}
	case string:
		readMIME(value+"\r\n\r\n", into)
	}
}

// htmlText leaves of a page what a person reads.
func htmlText(page string) string {
	page = strings.NewReplacer("<br", "\n<br", "</p", "\n</p", "</tr", "\n</tr", "</div", "\n</div").Replace(page)
	var lines []string
	for line := range strings.SplitSeq(html.UnescapeString(markup.ReplaceAllString(page, " ")), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// automatic reports whether nobody wrote the mail, and no monitoring system: an answer of somebody's absence, or a mail
// that came back.
func (m mail) automatic() bool {
	kind := strings.ToLower(m.header["auto-submitted"])
	from := strings.ToLower(m.from)
	return strings.HasPrefix(kind, "auto-replied") || m.header["x-autoreply"] != "" || m.header["x-failed-recipients"] != "" ||
		strings.Contains(from, "mailer-daemon@") || strings.HasPrefix(strings.ToLower(m.header["content-type"]), "multipart/report")
}

var address = regexp.MustCompile(`https?://[^\s<>"'）」】。、]+`)

// alert translates a mail. Monitoring systems that know of threads put all mails of one alert behind the same one, the first
// included; a person's answer stands behind whatever it answers, so that the subject tells it better.
func (m mail) alert() Alert {
	s := readSubject(m.subject)
	a := Alert{
		Title:       first(s.title, firstLine(m.text)),
		Event:       s.event,
		Status:      s.status,
		Severity:    s.severity,
		DedupeKey:   first(s.key, strings.ToLower(s.title)),
		Description: m.text,
		Link:        strings.TrimRight(address.FindString(m.text), ".,;:)]"),
		Labels:      map[string]string{},
	}
	if m.thread != "" && !s.answered {
		a.DedupeKey = m.thread
	}
	if s.answered && s.status == Firing {
		a.Event, a.Actor, a.Comment = EventNote, m.from, m.text
	}
	if a.Severity == "" && (strings.HasPrefix(m.header["x-priority"], "1") || strings.EqualFold(m.header["importance"], "high")) {
		a.Severity = Error
	}
	for label, value := range map[string]string{"from": m.from, "to": m.header["to"], "list-id": m.header["list-id"]} {
		if value != "" {
			a.Labels[label] = value
		}
	}
	return a
}
