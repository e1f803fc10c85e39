package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/incident"
	"matoi/incident/calendar/ics"
	"matoi/incident/oncall"
	"matoi/incident/wording"
	"matoi/lang"
)

// What the page and the feed reach over.
const (
	dutyWeeks   = 4
	dutyShown   = 40 // shifts in the table of a schedule
	feedBack    = 14 * 24 * time.Hour
	feedAhead   = 180 * 24 * time.Hour
	gapsAhead   = 14 * 24 * time.Hour
	gapsShown   = 6
	withoutEnd  = 360 * 24 * time.Hour // a shift this long has no end that anybody would ask for
	feedSuffix  = ".ics"
	feedRealm   = `Basic realm="Matoi", charset="UTF-8"`
	feedTextual = "text/calendar; charset=utf-8"
)

// dutyView is a schedule as the page shows it.
type dutyView struct {
	Name   string
	Now    []shiftView
	Next   []shiftView // one, or none
	Gaps   []oncall.Gap
	Left   int // gaps that are not shown
	Coming []shiftView
	Weeks  []dutyWeek
	Age    time.Time // when shifts from elsewhere were read; zero where there are none
	Wrong  []string  // what is wrong with those from elsewhere, in words
}

// shiftView is a shift with its person.
type shiftView struct {
	oncall.Shift
	Who     personID
	Endless bool
}

func shiftOf(shift oncall.Shift, now time.Time) shiftView {
	return shiftView{shift, personID(shift.Person), shift.To.Sub(now) > withoutEnd}
}

// oncallPage shows who is on call now, next and in the coming weeks.
func (s *Server) oncallPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	policy := s.Bot.View(r.Context(), rd.Lang, rd.Zone).Policy
	var list []dutyView
	for n := range policy.Schedules {
		list = append(list, scheduled(rd, &policy.Schedules[n]))
	}
	v := oncallView{Schedules: list, Standing: policy.OnCall}
	var err error
	if v.Reach, err = s.reachOf(r.Context(), rd, policy); err != nil {
		return err
	}
	if v.Ways, err = s.waysOf(r.Context(), rd, rd.Person); err != nil {
		return err
	}
	return render(w, r, oncallScreen(rd, v))
}

// scheduled gathers what is shown of a schedule.
func scheduled(rd *reader, s *oncall.Schedule) dutyView {
	v := dutyView{Name: s.Name, Age: s.AsOf, Wrong: outside(rd, s)}
	if s.Stale(rd.Now) { // Wrong says it
		v.Age = time.Time{}
	}
	for _, shift := range s.Current(rd.Now) {
		v.Now = append(v.Now, shiftOf(shift, rd.Now))
	}
	if next, ok := s.Next("", rd.Now); ok {
		v.Next = append(v.Next, shiftOf(next, rd.Now))
	}
	v.Gaps = s.Gaps(rd.Now, rd.Now.Add(gapsAhead))
	v.Left = max(0, len(v.Gaps)-gapsShown)
	v.Gaps = v.Gaps[:len(v.Gaps)-v.Left]
	v.Weeks = drawDuty(rd, s)
	for _, shift := range s.Whole(rd.Now, v.Weeks[dutyWeeks-1].To) {
		if len(v.Coming) < dutyShown {
			v.Coming = append(v.Coming, shiftOf(shift, rd.Now))
		}
	}
	return v
}

// outside says what is wrong with shifts from elsewhere.
func outside(rd *reader, s *oncall.Schedule) (out []string) {
	if s.Outside == nil {
		return nil
	}
	if s.AsOf.IsZero() {
		out = append(out, rd.T("oncall.outside_never"))
	} else if s.Stale(rd.Now) {
		out = append(out, rd.T("oncall.outside_old", "Ago", rd.Ago(s.AsOf)))
	}
	if s.Outside.Trouble != "" {
		out = append(out, rd.T("oncall.outside_trouble", "Why", wording.Trouble(s.Outside.Trouble, rd.Lang)))
	}
	if len(s.Outside.Unknown) > 0 {
		out = append(out, rd.T("oncall.outside_unknown", "Names", strings.Join(s.Outside.Unknown, ", ")))
	}
	return out
}

// dayTime is a planned time with its day of the week.
func (rd *reader) dayTime(t time.Time) string { return lang.DayTime(rd.Lang, t, rd.Now, rd.Zone) }

// end is the end of a stretch, without its day where that is the one it begins on.
func (rd *reader) end(from, to time.Time) string {
	if from.In(rd.Zone).Format(time.DateOnly) == to.In(rd.Zone).Format(time.DateOnly) {
		return lang.Clock(rd.Lang, to, rd.Zone)
	}
	return rd.dayTime(to)
}

// feedURL is where a schedule can be subscribed to.
func feedURL(name string) templ.SafeURL {
	return templ.SafeURL("/oncall/" + url.PathEscape(name) + feedSuffix)
}

// oncallFeed is a schedule as a calendar to subscribe to. Calendar programs know no sessions: they give a token as the password.
func (s *Server) oncallFeed(w http.ResponseWriter, r *http.Request, rd *reader) error {
	if rd.Person.ID == "" && !s.Local && !s.entrusted(r) {
		w.Header().Set("WWW-Authenticate", feedRealm)
		http.Error(w, rd.T("web.who_are_you_first"), http.StatusUnauthorized)
		return nil
	}
	name, ok := strings.CutSuffix(r.PathValue("file"), feedSuffix)
	policy := s.Bot.View(r.Context(), rd.Lang, rd.Zone).Policy
	schedule, known := policy.Schedule(name)
	if !ok || !known {
		return incident.ErrNotFound
	}
	var list []ics.Occurrence
	for _, shift := range schedule.Whole(rd.Now.Add(-feedBack), rd.Now.Add(feedAhead)) {
		who := personID(shift.Person)
		list = append(list, ics.Occurrence{
			UID:     shift.From.UTC().Format("20060102T150405Z") + "-" + shift.Person + "-" + url.PathEscape(name) + "@matoi",
			Summary: rd.T("oncall.feed_entry", "Schedule", name, "Person", rd.Name(who)), Start: shift.From, End: shift.To,
		})
	}
	var out bytes.Buffer
	if err := ics.Write(&out, rd.T("oncall.title", "Schedule", name), rd.Now, list); err != nil {
		return err
	}
	w.Header().Set("Content-Type", feedTextual)
	w.Header().Set("Content-Disposition", `inline; filename="oncall.ics"`)
	_, err := w.Write(out.Bytes())
	return err
}

// entrusted reports whether a request carries somebody's token, as a bearer's or as the password.
func (s *Server) entrusted(r *http.Request) bool {
	if s.Auth == nil {
		return false
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		_, token, _ = r.BasicAuth()
	}
	if token == "" {
		return false
	}
	_, err := s.Auth.Login(r.Context(), strings.TrimSpace(token))
	return err == nil
}

// oncallRoutes is the page of who is on call.
func (s *Server) oncallRoutes() map[string]answer {
	return map[string]answer{"GET /oncall": s.oncallPage}
}
