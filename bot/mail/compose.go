package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"

	smtp "github.com/wneessen/go-mail"

	"matoi/bot"
	"matoi/lang"
)

// compose makes the mail of a page.
func (p *Pager) compose(to string, page bot.Page) (*smtp.Msg, error) {
	m := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	m.FromMailAddress(&p.from)
	if err := m.To(to); err != nil {
		return nil, fmt.Errorf("to %s: %w", to, err)
	}
	m.Subject(line(page.Title))
	m.SetDateWithValue(page.Sent)
	m.SetMessageIDWithValue(p.id(page.Key))
	if page.Number != 0 { // the mails of an incident stand together below one that was never sent
		root := "<" + p.id(page.Number.String()) + ">"
		m.SetGenHeader(smtp.HeaderInReplyTo, root)
		m.SetGenHeader(smtp.HeaderReferences, root)
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no absence notices, please
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader("List-Id", "Matoi <matoi."+p.domain()+">")
	if page.Urgent {
		m.SetImportance(smtp.ImportanceUrgent)
	}
	m.SetBodyString(smtp.TypeTextPlain, plainText(page))
	html, err := richText(page)
	if err != nil {
		return nil, err
	}
	m.AddAlternativeString(smtp.TypeTextHTML, html)
	return m, nil
}

// id is the local part and the domain of a Message-ID: the same for the same key.
func (p *Pager) id(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "matoi." + hex.EncodeToString(sum[:16]) + "@" + p.domain()
}

func (p *Pager) domain() string {
	_, domain, _ := strings.Cut(p.from.Address, "@")
	return domain
}

// line is a text in one line, as a header must be.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// plainText is the mail for programs that show no markup.
func plainText(p bot.Page) string {
	parts := []string{p.Title}
	if p.Text != "" {
		parts = append(parts, p.Text)
	}
	if len(p.Answers) > 0 {
		lines := []string{lang.Text(p.Lang, "way.mail_answer", nil)}
		for _, a := range p.Answers {
			lines = append(lines, a.Label+": "+a.URL)
		}
		parts = append(parts, strings.Join(lines, "\r\n"))
	}
	if p.Link != "" {
		parts = append(parts, lang.Text(p.Lang, "way.mail_open", nil)+": "+p.Link)
	}
	parts = append(parts, "-- \r\n"+lang.Text(p.Lang, "way.mail_foot", nil))
	return strings.ReplaceAll(strings.ReplaceAll(strings.Join(parts, "\r\n\r\n"), "\r\n", "\n"), "\n", "\r\n") + "\r\n"
}

// rich is the mail with buttons. Mail programs know no style sheets, so that every element has its own.
var rich = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title></head>
<body style="margin:0;padding:16px;background:#f6f3ea;color:#1e1b16;font:16px/1.6 sans-serif">
<div style="max-width:34em;margin:0 auto;padding:20px;background:#fffdf8;border-top:4px solid {{.Colour}}">
<h1 style="font-size:20px;line-height:1.35;margin:0 0 12px">{{.Title}}</h1>
{{range .Lines}}<p style="margin:0 0 12px">{{.}}</p>
{{end}}{{if .Answers}}<p style="margin:16px 0 8px">{{.Ask}}</p>
{{range $n, $a := .Answers}}<p style="margin:0 0 10px"><a href="{{$a.URL}}" style="display:block;padding:14px;border-radius:8px;text-align:center;font-weight:bold;text-decoration:none;border:2px solid #24406e;{{if $n}}color:#24406e{{else}}background:#24406e;color:#ffffff{{end}}">{{$a.Label}}</a></p>
{{end}}{{end}}{{if .Link}}<p style="margin:16px 0 0"><a href="{{.Link}}" style="color:#24406e">{{.Open}}</a></p>
{{end}}</div>
<p style="max-width:34em;margin:12px auto 0;color:#5a5347;font-size:13px">{{.Foot}}</p>
</body></html>
`))

// richText is the same as plainText, with buttons.
func richText(p bot.Page) (string, error) {
	colour := "#24406e"
	if p.Urgent {
		colour = "#c8391c"
	}
	var out strings.Builder
	err := rich.Execute(&out, map[string]any{
		"Lang": p.Lang, "Title": p.Title, "Lines": strings.FieldsFunc(p.Text, func(r rune) bool { return r == '\n' }), "Answers": p.Answers, "Link": p.Link,
		"Colour": template.CSS(colour), "Ask": lang.Text(p.Lang, "way.mail_answer", nil), //nolint:gosec // two constants
		"Open": lang.Text(p.Lang, "way.mail_open", nil), "Foot": lang.Text(p.Lang, "way.mail_foot", nil),
	})
	return out.String(), err
}
