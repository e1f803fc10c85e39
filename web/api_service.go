package web

import (
	"net/http"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// apiService is a service of the catalogue as JSON.
type apiService struct {
	Name        string        `json:"name"`
	Tier        int           `json:"tier,omitempty"`
	Team        string        `json:"team,omitempty"`
	Owners      []string      `json:"owners,omitempty"`
	Description string        `json:"description,omitempty"`
	Lifecycle   string        `json:"lifecycle,omitempty"`
	System      string        `json:"system,omitempty"`
	Runbook     string        `json:"runbook,omitempty"`
	Dashboard   string        `json:"dashboard,omitempty"`
	Links       []apiLink     `json:"links,omitempty"`
	Aliases     []string      `json:"aliases,omitempty"`
	DependsOn   []apiNeighbor `json:"depends_on,omitempty"`
	NeededBy    []apiNeighbor `json:"needed_by,omitempty"`
	Open        []string      `json:"open_incidents"`
}

type apiLink struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

type apiNeighbor struct {
	Name string   `json:"name"`
	Open []string `json:"open_incidents,omitempty"`
}

// services lists the catalogue, or one service of it by ?name=, which may be an alias.
func (a *api) services(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	viewer, p := a.viewer(r, c)
	if p != nil {
		return p
	}
	out := []apiService{}
	if a.Services != nil {
		var names []string
		if name := r.URL.Query().Get("name"); name != "" {
			names = []string{name}
		}
		list, err := a.Services(r.Context(), viewer, names...)
		if err != nil {
			return breakage(a.Log, r, err)
		}
		for _, s := range list {
			out = append(out, serviceJSON(s))
		}
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"services": out})
	return nil
}

func serviceJSON(s bot.ServiceNow) apiService {
	out := apiService{
		Name: s.Name, Tier: s.Tier, Team: s.Team, Owners: s.Owners, Description: s.Description, Lifecycle: s.Lifecycle, System: s.System,
		Runbook: s.Runbook, Dashboard: s.Dashboard, Aliases: s.Aliases, DependsOn: neighborsJSON(s.Needs), NeededBy: neighborsJSON(s.NeededBy),
		Open: numberWords(s.Open),
	}
	for _, l := range s.Links {
		out.Links = append(out.Links, apiLink(l))
	}
	return out
}

func neighborsJSON(list []bot.Neighbour) (out []apiNeighbor) {
	for _, n := range list {
		out = append(out, apiNeighbor{n.Name, numberWords(n.Open)})
	}
	return out
}

func numberWords(rows []incident.Row) []string {
	out := make([]string, len(rows))
	for k, r := range rows {
		out[k] = r.Number.String()
	}
	return out
}

// apiPulse is a heartbeat as JSON.
type apiPulse struct {
	Name    string     `json:"name"`
	State   string     `json:"state"`
	Source  bool       `json:"source"`
	Service string     `json:"service,omitempty"`
	Every   float64    `json:"every_seconds"`
	Grace   float64    `json:"grace_seconds"`
	Last    *time.Time `json:"last,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
}

// heartbeats lists what is to give signs of life.
func (a *api) heartbeats(w http.ResponseWriter, r *http.Request, _ Caller) *Problem {
	out := []apiPulse{}
	if a.Pulses != nil {
		list, err := a.Pulses.Pulses(r.Context())
		if err != nil {
			return breakage(a.Log, r, err)
		}
		for _, p := range list {
			out = append(out, apiPulse{
				Name: p.Name, State: p.State, Source: p.Source, Service: p.Service, Every: p.Every.Seconds(), Grace: p.Grace.Seconds(),
				Last: stamp(p.Last), Since: stamp(p.Since),
			})
		}
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"heartbeats": out})
	return nil
}
