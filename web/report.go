package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"matoi/incident"
	"matoi/lang"
)

// reportPage is the report as a page that prints on A4, in the language of ?lang=.
func (s *Server) reportPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	i, l, err := s.reported(r, rd)
	if err != nil {
		return err
	}
	body, err := s.Reporter.HTML(r.Context(), i.Number, l)
	if err != nil {
		return fmt.Errorf("report of %s: %w", i.Number, err)
	}
	record, err := s.traces.of(r.Context(), s.Store, i)
	if err != nil {
		return err
	}
	in := *rd // the document has a language and a zone of its own
	in.Lang, in.Zone, in.names = l, s.Zone, map[incident.PersonID]string{}
	view := s.Bot.View(r.Context(), l, s.Zone)
	view.Now, view.Names = rd.Now, in.Name
	before, after := parted(body)
	return render(w, r, reportScreen(rd, &in, i, courseOf(view, i, record), before, after))
}

// reported finds the incident and the language of a report that is asked for.
func (s *Server) reported(r *http.Request, rd *reader) (*incident.Incident, lang.Lang, error) {
	n, err := pathNumber(r)
	if err != nil {
		return nil, "", err
	}
	i, err := s.see(r, rd, n)
	if err != nil {
		return nil, "", err
	}
	if s.Reporter == nil {
		return nil, "", incident.ErrNotFound
	}
	l := rd.Lang
	if chosen, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
		l = chosen
	}
	return i, l, nil
}

// parted cuts the article where the picture of the course belongs: into its ninth item, behind the heading. An article
// without that item gets it at its end.
func parted(article string) (before, after string) {
	if at := strings.Index(article, `report-item-timeline">`); at >= 0 {
		if end := strings.Index(article[at:], "</h2>"); end >= 0 {
			at += end + len("</h2>")
			return article[:at], article[at:]
		}
	}
	if at := strings.LastIndex(article, "</article>"); at >= 0 {
		return article[:at], article[at:]
	}
	return article, ""
}

// reportMarkdown hands the report out as a file.
func (s *Server) reportMarkdown(w http.ResponseWriter, r *http.Request, rd *reader) error {
	i, l, err := s.reported(r, rd)
	if err != nil {
		return err
	}
	text, err := s.Reporter.Markdown(r.Context(), i.Number, l)
	if err != nil {
		return fmt.Errorf("report of %s: %w", i.Number, err)
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.md"`, i.Number, l))
	w.Header().Set("Cache-Control", "private, no-store")
	_, err = w.Write([]byte(text))
	return err
}

// reportSheet is what the printed page of one report has around it: its number above, the page and their count below.
// Margins of a page can be written by a style sheet only, and a style sheet of our own is all the policy lets in.
func (s *Server) reportSheet(w http.ResponseWriter, r *http.Request, rd *reader) error {
	i, l, err := s.reported(r, rd)
	if err != nil {
		return err
	}
	of := lang.Text(l, "page.print_page", nil)
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	_, err = fmt.Fprintf(w, `@page {
  size: A4;
  margin: 20mm 16mm 18mm;
  @top-left { content: "%s"; font: 8.5pt sans-serif; color: #5a5347; }
  @top-right { content: "%s"; font: 8.5pt sans-serif; color: #5a5347; }
  @bottom-right { content: "%s " counter(page) " / " counter(pages); font: 8.5pt sans-serif; color: #5a5347; }
}
`, i.Number, quotedCSS(lang.Text(l, "page.print_title", nil)), quotedCSS(of))
	return err
}

// quotedCSS makes a text safe between the quotes of a style sheet.
func quotedCSS(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "<", `\3c `).Replace(s)
}

func markdownURL(n incident.Number, l lang.Lang) templ.SafeURL {
	return templ.SafeURL("/incidents/" + n.String() + "/report.md?lang=" + string(l))
}
