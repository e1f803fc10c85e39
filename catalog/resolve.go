package catalog

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// resolve makes services of what was read, once all of it is known: entities name each other across files.
func (r *reading) resolve() {
	services := map[ref]*Service{}
	taken := map[string]ref{} // by name: a Component and a Resource may be called alike
	var list []*entity
	for _, e := range r.order {
		if !e.serves() {
			continue
		}
		name := e.called()
		if before, is := taken[strings.ToLower(name)]; is {
			r.found.wrong(e.file, e.line, "service.entity_alike", "Name", name, "Other", before.String())
			continue
		}
		taken[strings.ToLower(name)] = e.ref
		services[e.ref] = r.service(e)
		list = append(list, e)
	}
	providers := map[ref][]*Service{} // by API
	for _, e := range list {
		for _, api := range e.texts("providesApis") {
			at := e.parse(api, "api")
			providers[at] = append(providers[at], services[e.ref])
		}
	}
	for _, e := range list {
		r.relate(e, services, providers)
	}
	r.alias(list, services)
	for _, e := range list {
		slices.Sort(services[e.ref].DependsOn)
		r.found.Services = append(r.found.Services, *services[e.ref])
	}
}

// serves reports whether an entity is something that can break.
func (e *entity) serves() bool { return e.kind == "component" || e.kind == "resource" }

// relate says on which others a service depends: those it names, those that name it, and who provides the APIs it consumes.
func (r *reading) relate(e *entity, services map[ref]*Service, providers map[ref][]*Service) {
	s := services[e.ref]
	for _, text := range e.texts("dependsOn") {
		at := e.parse(text, e.kind)
		if on := services[at]; on != nil {
			s.needs(on)
		} else if name, is := r.elsewhere(at); is {
			s.needs(&Service{Name: name})
		} else if r.entities[at] == nil {
			r.found.wrong(e.file, e.line, "service.entity_unknown", "Name", e.called(), "Key", "dependsOn", "Other", text)
		} else {
			for _, on := range providers[at] { // an API
				s.needs(on)
			}
		}
	}
	for _, text := range e.texts("dependencyOf") {
		at := e.parse(text, e.kind)
		if by := services[at]; by != nil {
			by.needs(s)
		} else if name, is := r.elsewhere(at); is {
			r.beyond(name).needs(s)
		} else {
			r.found.wrong(e.file, e.line, "service.entity_unknown", "Name", e.called(), "Key", "dependencyOf", "Other", text)
		}
	}
	for _, text := range e.texts("consumesApis") {
		for _, on := range providers[e.parse(text, "api")] {
			s.needs(on)
		}
	}
}

// elsewhere finds a service that is not in the files, by the name that it has where it is written.
func (r *reading) elsewhere(at ref) (name string, is bool) {
	if k := slices.IndexFunc(r.known, func(name string) bool { return strings.EqualFold(name, at.name) }); k >= 0 && (at.kind == "component" || at.kind == "resource") {
		return r.known[k], true
	}
	return "", false
}

// beyond is what the files say of a service that is written elsewhere.
func (r *reading) beyond(name string) *Service {
	k := slices.IndexFunc(r.found.Services, func(s Service) bool { return s.Name == name })
	if k < 0 {
		k = len(r.found.Services)
		r.found.Services = append(r.found.Services, Service{Name: name})
	}
	return &r.found.Services[k]
}

// needs adds a dependency. Of two that need each other it is nobody's mistake here: whoever uses them says so.
func (s *Service) needs(on *Service) {
	if on != s && !slices.Contains(s.DependsOn, on.Name) {
		s.DependsOn = append(s.DependsOn, on.Name)
	}
}

// service is what one entity says by itself.
func (r *reading) service(e *entity) *Service {
	s := &Service{Name: e.called(), Description: short(e.meta.Description, 500), Lifecycle: e.text("lifecycle"), File: e.file, Line: e.line}
	if owner := e.text("owner"); owner != "" {
		at := e.parse(owner, "group")
		name := owner
		if o := r.entities[at]; o != nil {
			name = cmp.Or(o.within("profile", "displayName"), o.meta.Title, o.meta.Name)
		} else if at.namespace == ordinary {
			name = owner[strings.LastIndexAny(owner, ":/")+1:]
		}
		if s.Owners = []string{name}; at.kind == "group" {
			s.Team = name
		}
	}
	if system := e.text("system"); system != "" {
		s.System = system
		if at := r.entities[e.parse(system, "system")]; at != nil {
			s.System = cmp.Or(at.meta.Title, at.meta.Name)
		}
	}
	for _, of := range []map[string]string{e.meta.Labels, e.meta.Annotations} {
		for _, key := range sorted(of) {
			s.note(r, e, key[strings.LastIndex(key, "/")+1:], of[key])
		}
	}
	for _, l := range e.meta.Links {
		if u, err := url.Parse(l.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			r.found.wrong(e.file, e.line, "service.entity_link", "Name", e.called(), "Link", short(l.URL, 100))
			continue
		}
		about := strings.ToLower(l.Type + " " + l.Title + " " + l.Icon)
		switch {
		case s.Runbook == "" && strings.Contains(about, "runbook"):
			s.Runbook = l.URL
		case s.Dashboard == "" && strings.Contains(about, "dashboard") && !strings.Contains(about, "admin"):
			s.Dashboard = l.URL
		default:
			s.Links = append(s.Links, Link{Title: short(cmp.Or(l.Title, l.URL), 100), URL: l.URL})
		}
	}
	return s
}

// note takes over what labels and annotations say. Backstage itself has none for these; the part after the / counts, whoever's
// domain stands before it.
func (s *Service) note(r *reading, e *entity, key, value string) {
	value = strings.TrimSpace(value)
	switch key {
	case "tier", "service-tier":
		word := strings.TrimLeft(strings.ToLower(value), "tier-_ ")
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > 4 {
			r.found.wrong(e.file, e.line, "service.entity_tier", "Name", e.called(), "Word", short(value, 40))
			return
		}
		s.Tier = n
	case "runbook", "runbook-url":
		if strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "http://") {
			s.Runbook = value
		}
	case "dashboard", "dashboard-url":
		if strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "http://") {
			s.Dashboard = value
		}
	}
}

// alias gives services the other names by which alerts may call them: the title, what a label or annotation says are aliases, and
// what other tools call it. A name that two services would have is nobody's.
func (r *reading) alias(list []*entity, services map[ref]*Service) {
	names, counts := map[string]bool{}, map[string]int{}
	wanted := make([][]string, len(list))
	for _, e := range list {
		names[strings.ToLower(services[e.ref].Name)] = true
	}
	for k, e := range list {
		own := map[string]bool{}
		for _, name := range e.otherNames() {
			if low := strings.ToLower(name); name != "" && !names[low] && !own[low] {
				own[low] = true
				counts[low]++
				wanted[k] = append(wanted[k], name)
			}
		}
	}
	for k, e := range list {
		for _, name := range wanted[k] {
			if counts[strings.ToLower(name)] == 1 {
				services[e.ref].Aliases = append(services[e.ref].Aliases, short(name, 200))
			}
		}
	}
}

// otherNames are those that an entity says of itself.
func (e *entity) otherNames() (out []string) {
	out = append(out, e.meta.Title)
	for _, of := range []map[string]string{e.meta.Labels, e.meta.Annotations} {
		for _, key := range sorted(of) {
			value := strings.TrimSpace(of[key])
			switch {
			case key == "aliases" || strings.HasSuffix(key, "/aliases"):
				for one := range strings.SplitSeq(value, ",") {
					out = append(out, strings.TrimSpace(one))
				}
			case key == "backstage.io/kubernetes-id", key == "github.com/project-slug", key == "gitlab.com/project-slug", key == "datadoghq.com/service-name":
				out = append(out, value)
			case key == "sentry.io/project-slug": // organisation/project
				out = append(out, value[strings.LastIndex(value, "/")+1:])
			}
		}
	}
	if e.namespace != ordinary {
		out = append(out, e.meta.Name)
	}
	return out
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// short is a text on one line of at most so many runes.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
