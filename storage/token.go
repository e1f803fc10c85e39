package storage

import (
	"slices"

	"matoi/incident"
	"matoi/incident/knowledge"
)

// askedTokens is how many tokens a search looks for at most.
const askedTokens = 64

// serviceToken stands for a whole service name in any case; a word never holds the sign.
func serviceToken(name string) string { return "service=" + foldName(name) }

// strongTokens are those of the title and the services, by which twins are found.
func strongTokens(i *incident.Incident) []string {
	out := knowledge.Tokens(i.Title)
	for _, service := range i.Services {
		out = append(out, knowledge.Tokens(service)...)
	}
	return distinct(out)
}

// weakTokens are what else an incident is found by.
func weakTokens(i *incident.Incident) []string {
	out := append(knowledge.Tokens(i.Summary), knowledge.Tokens(i.Number.String())...)
	for _, service := range i.Services {
		out = append(out, serviceToken(service))
	}
	return distinct(out)
}

func distinct(tokens []string) []string {
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// putTokens replaces the tokens of an incident.
func (t *tx) putTokens(i *incident.Incident, replace bool) error {
	if replace {
		if _, err := t.exec(`DELETE FROM token WHERE number = $1`, int64(i.Number)); err != nil {
			return err
		}
	}
	strong := strongTokens(i)
	var a args
	for _, token := range strong {
		a = append(a, token, int64(i.Number), true)
	}
	for _, token := range weakTokens(i) {
		if _, found := slices.BinarySearch(strong, token); !found {
			a = append(a, token, int64(i.Number), false)
		}
	}
	return t.putRows(`INSERT INTO token (token, number, strong) VALUES `, 3, a, "")
}

// putRows inserts many rows of so many columns each, in few statements.
func (t *tx) putRows(insert string, columns int, a args, conflict string) error {
	const most = 32 // rows of a statement: kept texts stay few
	for len(a) > 0 {
		n := min(len(a)/columns, most)
		if _, err := t.exec(insert+values(n, columns)+conflict, a[:n*columns]...); err != nil {
			return err
		}
		a = a[n*columns:]
	}
	return nil
}
