package gateway

import (
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// payload is what is posted. The names of its fields never change.
type payload struct {
	Type     string           `json:"type"` // incident.page, or test.page
	ID       string           `json:"id"`
	To       string           `json:"to"`
	Person   string           `json:"person"`
	Language string           `json:"language"`
	Incident *incident.Number `json:"incident,omitempty"`
	Title    string           `json:"title"`
	Text     string           `json:"text"`
	SMS      string           `json:"sms"` // at most 160 characters, with the link that matters most
	Link     string           `json:"link"`
	Answers  []bot.Answer     `json:"answers"`
	Urgent   bool             `json:"urgent"`
	SentAt   time.Time        `json:"sent_at"`
}

func payloadOf(to string, p bot.Page) payload {
	out := payload{
		Type: "test.page", ID: p.Key, To: to, Person: p.Person, Language: string(p.Lang), Title: p.Title, Text: p.Text, SMS: short(p), Link: p.Link,
		Answers: p.Answers, Urgent: p.Urgent, SentAt: p.Sent.UTC(),
	}
	if p.Number != 0 {
		out.Type, out.Incident = "incident.page", &p.Number
	}
	if out.Answers == nil {
		out.Answers = []bot.Answer{}
	}
	return out
}

// smsSize is the length of one text message in the alphabet of GSM; in Japanese that is three messages which telephones join.
const smsSize = 160

// short is a page in one text message: the title, and behind it the link to answer by, which is never cut.
func short(p bot.Page) string {
	link := p.Link
	if len(p.Answers) > 0 {
		link = p.Answers[0].URL
	}
	text := []rune(strings.Join(strings.Fields(p.Title), " "))
	left := smsSize - len([]rune(link)) - 1
	switch {
	case link == "":
		left = smsSize
	case left < 10: // a link longer than a message goes alone
		return link
	}
	if len(text) > left {
		text = append(text[:left-1], '…')
	}
	return strings.TrimSpace(string(text) + " " + link)
}
