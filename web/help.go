package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// helpPage shows every command there is, with the way to the keys and to the first tour.
func (s *Server) helpPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	reply, err := s.Console.Handle(r.Context(), rd.deed(r), bot.Request{Kind: bot.Typed, Place: incident.Place{Realm: console.Realm}, Text: "help all"})
	if err != nil {
		return err
	}
	return render(w, r, helpScreen(rd, refusedText(reply, rd.Lang)))
}

// keysPart is the dialog of the keys. Which keys there are the script knows; the words for them come from here.
func (s *Server) keysPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	return render(w, r, keysDialog(rd, keyTexts(rd.Lang)))
}

// keyTexts are all texts of the area keys, as the script reads them.
func keyTexts(l lang.Lang) string {
	const area = "keys."
	texts := map[string]string{}
	for _, id := range lang.IDs(l) {
		if strings.HasPrefix(id, area) {
			texts[id] = lang.Text(l, area+id[len(area):], nil)
		}
	}
	b, err := json.Marshal(texts)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// helpRoutes are those of the help inside: commands, keys and the first tour.
func (s *Server) helpRoutes() map[string]answer {
	return map[string]answer{
		"GET /help":      s.helpPage,
		"GET /part/keys": s.keysPart,
		"POST /do/tour":  s.doTour,
	}
}
