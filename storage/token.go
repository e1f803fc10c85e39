package storage

import (
	"slices"

	"matoi/incident"
	"matoi/incident/knowledge"
)

// askedTokens is how many tokens a search looks for at most.
const askedTokens = 64

// behind is above every character that a token holds: the tokens that begin with x are those from x to x+behind.
const behind = "\U0010FFFF"

// serviceToken stands for a whole service name in any case. A word never holds the sign, nor begins with it.
func serviceToken(name string) string { return "=" + foldName(name) }

// matching is Term.Matches in SQL, as a range that an index follows: the column has the order of characters on both
// databases.
func matching(a *args, column string, t incident.Term) string {
	if !t.Prefix {
		return column + ` = ` + a.add(t.Token)
	}
	return column + ` >= ` + a.add(t.Token) + ` AND ` + column + ` < ` + a.add(t.Token+behind)
}

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
	strong := strongTokens(i)
	out := slices.Concat(knowledge.Index(i.Title), knowledge.Index(i.Summary), knowledge.Index(i.Number.String()))
	for _, service := range i.Services {
		out = append(append(out, knowledge.Index(service)...), serviceToken(service))
	}
	out = slices.DeleteFunc(out, func(token string) bool {
		_, found := slices.BinarySearch(strong, token)
		return found
	})
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
	var a args
	for _, token := range strongTokens(i) {
		a = append(a, token, int64(i.Number), true)
	}
	for _, token := range weakTokens(i) {
		a = append(a, token, int64(i.Number), false)
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
