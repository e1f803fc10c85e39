package bot

import (
	"context"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// role gives a role to a person, claims it, gives it back (--leave), or makes a new one (--new).
func (b *Bot) role(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	name, person, err := b.roleAndPerson(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if made := strings.TrimSpace(c.line.Flag("name")); made != "" { // as the form has it, where the roles there are stand in a list
		return b.invent(ctx, c, made, person)
	}
	if name == "" && person != "" && c.Kind != Sent && !c.NoForms {
		c.line.Flags["person"] = []string{mention(person)}
		return b.form(ctx, c)
	}
	if name == "" {
		return Reply{}, incident.Refuse("role_needed", "Near", c.roleNames(shippedRoles()))
	}
	if c.line.Has("new") {
		return b.invent(ctx, c, name, person)
	}
	role, err := c.roleOf(name)
	if err != nil {
		c.person = person
		return Reply{}, err
	}
	if c.line.Has("leave") {
		return b.act(ctx, c, incident.LeaveRole{Role: role, Person: person})
	}
	if person == "" {
		person = c.By
	}
	return b.act(ctx, c, incident.TakeRole{Role: role, Person: person, Stream: c.line.Flag("stream")})
}

func shippedRoles() []incident.RoleID {
	var out []incident.RoleID
	for _, r := range incident.Roles() {
		out = append(out, r.ID)
	}
	return out
}

// roleAndPerson reads "tech lead @sato", "@sato tech lead" and the flags; the role may have several words.
func (b *Bot) roleAndPerson(ctx context.Context, c *call) (role string, person incident.PersonID, err error) {
	var words []string
	for rest := c.line.Rest; rest != ""; {
		var w string
		if w, rest = cutWord(rest); w == "" {
			break
		}
		if isPerson(w) && person == "" {
			if person, err = b.person(ctx, c, w); err != nil {
				return "", "", err
			}
			continue
		}
		words = append(words, w)
	}
	c.line.Rest = ""
	if c.line.Has("person") && person == "" {
		if person, err = b.person(ctx, c, c.line.Flag("person")); err != nil {
			return "", "", err
		}
	}
	if c.line.Has("role") {
		return c.line.Flag("role"), person, nil
	}
	return strings.Join(words, " "), person, nil
}

func (b *Bot) invent(ctx context.Context, c *call, name string, person incident.PersonID) (Reply, error) {
	duty, err := b.mentions(ctx, c.line.Flag("duty"))
	if err != nil {
		return Reply{}, err
	}
	made, err := b.do(ctx, c, incident.InventRole{Name: cutRunes(name, 60), Duty: duty})
	if err != nil || person == "" || made.Incident == nil || len(made.Incident.Custom) == 0 {
		return b.recorded(c, made), err
	}
	id := made.Incident.Custom[len(made.Incident.Custom)-1].ID
	taken, err := b.do(ctx, c, incident.TakeRole{Role: id, Person: person, Stream: c.line.Flag("stream")})
	if err != nil {
		return Reply{}, err
	}
	return b.recorded(c, made, taken), nil
}

// handover offers a role, or answers an offer: handover accept.
func (b *Bot) handover(ctx context.Context, c *call) (Reply, error) {
	word, rest := cutWord(c.line.Rest)
	if answer := answerOf(word); answer != "" {
		seq, _ := strconv.ParseInt(strings.TrimLeft(fold(rest), "#"), 10, 64)
		return b.act(ctx, c, incident.AnswerHandover{Offer: seq, Answer: answer})
	}
	if c.bare() {
		return b.form(ctx, c)
	}
	name, to, err := b.roleAndPerson(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if to == "" && name != "" { // handover sato
		first, others := cutWord(name)
		if len(rolesNamed(c.inc, first)) == 0 {
			if to, err = b.person(ctx, c, first); err != nil {
				return Reply{}, err
			}
			name = others
		}
	}
	cmd := incident.OfferHandover{To: to}
	if name != "" {
		if cmd.Role, err = c.roleOf(name); err != nil {
			return Reply{}, err
		}
	}
	return b.act(ctx, c, cmd)
}

func answerOf(word string) string {
	switch fold(word) {
	case "accept", "accepted", "yes", "承諾", "受ける", "了解":
		return "accepted"
	case "decline", "declined", "no", "辞退", "断る":
		return "declined"
	case "withdraw", "cancel", "取り下げ", "撤回":
		return "withdrawn"
	}
	return ""
}

// takeover takes a role from a holder who can't answer: takeover [role] reason.
func (b *Bot) takeover(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	cmd := incident.TakeOver{Role: incident.Manager}
	if c.line.Has("role") {
		role, err := c.roleOf(c.line.Flag("role"))
		if err != nil {
			return Reply{}, err
		}
		cmd.Role = role
	} else if first, rest := cutWord(c.line.Rest); len(rolesNamed(c.inc, first)) == 1 {
		cmd.Role, c.line.Rest = rolesNamed(c.inc, first)[0], rest
	}
	var err error
	if cmd.Reason, err = b.free(ctx, c, "reason"); err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, cmd)
}

func (b *Bot) ack(ctx context.Context, c *call) (Reply, error) {
	return b.act(ctx, c, incident.Acknowledge{})
}

func (b *Bot) cant(ctx context.Context, c *call) (Reply, error) {
	reason, err := b.free(ctx, c, "reason")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Decline{Reason: reason})
}

func (b *Bot) eta(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	c.line.Flags["eta"] = []string{c.value("eta")}
	at, err := c.future("eta")
	if err != nil {
		return Reply{}, err
	}
	if at.IsZero() {
		return Reply{}, incident.Refuse("time_needed")
	}
	return b.act(ctx, c, incident.GiveETA{ETA: at})
}

// ask calls people in: ask @sato @suzuki please look at the database.
func (b *Bot) ask(ctx context.Context, c *call) (Reply, error) {
	var people []incident.PersonID
	for {
		p, err := b.someone(ctx, c, "person")
		if err != nil {
			return Reply{}, err
		}
		if p == "" || len(people) == 20 {
			break
		}
		people = append(people, p)
		if c.line.Has("person") {
			break
		}
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	if len(people) == 0 {
		return Reply{}, incident.Refuse("person_needed")
	}
	var results []incident.Result
	for _, p := range people {
		res, err := b.do(ctx, c, incident.Ask{Person: p, Why: "help", Text: text})
		if err != nil {
			return Reply{}, err
		}
		results = append(results, res)
	}
	return b.recorded(c, results...), nil
}

// who shows roles, vacancies and the responder board.
func (b *Bot) who(_ context.Context, c *call) (Reply, error) {
	v := c.view
	lines := v.roles(c.inc)
	if board := v.board(c.inc); len(board) > 0 {
		lines = append(lines, "", lang.Text(c.lang, "card.field_people", nil)+":")
		lines = append(lines, board...)
	}
	if len(c.inc.Reporters) > 0 {
		var names []string
		for _, r := range c.inc.Reporters {
			names = append(names, Escape(reporterName(r, c.names)))
		}
		lines = append(lines, lang.Text(c.lang, "bot.reporters", lang.Args{"Names": list(names, c.lang)}))
	}
	if duties := v.whoNow(); len(duties) > 0 {
		lines = append(append(lines, ""), duties...)
	}
	if alarm := v.alarm(c.inc); alarm != "" {
		lines = append([]string{alarm}, lines...)
	}
	return Reply{Text: lang.Text(c.lang, "bot.who", lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")}), Number: c.inc.Number}, nil
}
