package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"matoi/incident"
	"matoi/lang"
)

// reportPage is the report as a page that prints on A4, in the language of ?lang=.
func (s *Server) reportPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, err := pathNumber(r)
	if err != nil {
		return err
	}
	i, err := s.see(r, rd, n)
	if err != nil {
		return err
	}
	if s.Reporter == nil {
		return incident.ErrNotFound
	}
	l := rd.Lang
	if chosen, ok := lang.Parse(r.URL.Query().Get("lang")); ok {
		l = chosen
	}
	text, err := s.Reporter.Markdown(r.Context(), n, l)
	if err != nil {
		return fmt.Errorf("report of %s: %w", n, err)
	}
	body, err := ReportHTML(text)
	if err != nil {
		return err
	}
	return render(w, r, reportScreen(rd, i, l, templ.Raw(string(body))))
}

// ReportHTML renders a report's Markdown (headings, tables, lists) and takes out whatever a browser could run.
func ReportHTML(markdown string) ([]byte, error) {
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Convert([]byte(markdown), &b); err != nil {
		return nil, fmt.Errorf("render report: %w", err)
	}
	p := bluemonday.UGCPolicy()
	p.RequireNoReferrerOnLinks(true)
	return p.SanitizeBytes(b.Bytes()), nil
}
