package alert

import "slices"

// Service is one of the catalogue's, with the other names that it has.
type Service struct {
	Name    string
	Aliases []string
}

// Names are the services by each of their names, folded. The zero value knows none.
type Names map[string]*names

// names are those of one service.
type names struct {
	written []string // its own first
	folded  []string
}

// NewNames gives services by their names: a service's own name is none of another one, and of several that claim an alias the first
// has it.
func NewNames(services []Service) Names {
	out := make(Names, 2*len(services))
	for _, s := range services {
		if key := fold(s.Name); out[key] == nil {
			out[key] = &names{[]string{s.Name}, []string{key}}
		}
	}
	for _, s := range services {
		of := out[fold(s.Name)]
		for _, alias := range s.Aliases {
			key := fold(alias)
			if out[key] == nil {
				out[key] = of
			}
			if out[key] == of {
				of.written, of.folded = append(of.written, alias), append(of.folded, key)
			}
		}
	}
	return out
}

// of gives the names of a service by any of them; nil where it is not known.
func (n Names) of(service string) *names {
	if service == "" || len(n) == 0 {
		return nil
	}
	return n[fold(service)]
}

// named gives the service of an alert the name that the house has for it, and keeps the sender's where that is none of those written down.
func (c *Config) named(a *Alert) {
	a.names = c.Names.of(a.Service)
	if a.names == nil {
		return
	}
	if !slices.Contains(a.names.written, a.Service) {
		a.Called = a.Service
	}
	a.Service = a.names.written[0]
}

// Know reports whether a service has this name.
func (n Names) Know(service string) bool { return n.of(service) != nil }

// Written are all names as they are written, in order.
func (n Names) Written() []string {
	var out []string
	for _, of := range n {
		out = append(out, of.written...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
