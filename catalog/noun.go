package catalog

import (
	"cmp"
	"slices"
)

// Service is what the files say of one service.
type Service struct {
	Name        string // metadata.name, with its namespace before it where that is not the default one
	Team        string // the owner where it is a group
	Owners      []string
	Tier        int // 1 to 4; 0 where nothing is said
	Description string
	Lifecycle   string
	System      string
	DependsOn   []string // names of other services of the catalogue
	Runbook     string
	Dashboard   string
	Links       []Link
	Aliases     []string
	File        string // where it stands
	Line        int
}

// Link is a page about a service.
type Link struct{ Title, URL string }

// Mistake is one thing that is wrong in the files. What is the id of a text, Args its arguments.
type Mistake struct {
	File string
	Line int // from 1; 0 where the file as a whole is meant
	What string
	Args map[string]string
}

// Catalog is what was found.
type Catalog struct {
	Services []Service
	Mistakes []Mistake
	Files    int // that were read
	Added    int // how many of the services nobody else had named; for whoever lays the catalogue below something else
}

// The bounds of a reading.
const (
	mostFiles    = 5000
	mostBytes    = 1 << 20 // of one file
	mostWhole    = 64 << 20
	mostEntities = 20000
	mostMistakes = 200
	deepest      = 16 // folders in folders, and Locations that name Locations
)

func (c *Catalog) wrong(file string, line int, what string, args ...string) {
	if len(c.Mistakes) >= mostMistakes {
		return
	}
	m := Mistake{File: file, Line: line, What: what}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = map[string]string{}
		}
		m.Args[args[i]] = args[i+1]
	}
	c.Mistakes = append(c.Mistakes, m)
}

func (c *Catalog) sort() {
	slices.SortStableFunc(c.Mistakes, func(a, b Mistake) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	slices.SortStableFunc(c.Services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
}
