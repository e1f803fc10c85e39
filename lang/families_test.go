package lang

// family is a set of texts whose ids are made of a prefix and a value, so that no
// literal in the source names them one by one. The prefix itself must stand in the
// source as a literal ("refusal." + code), the reason says where its values come
// from. Everyone who builds such ids adds a line here.
type family struct{ prefix, reason string }

func families() []family {
	return []family{
		{"refusal.", "incident.Refusal.Code"},
		{"broken.", "incident.Broken.Code"},
		{"fault.", "storage.Fault.Code"},
		{"fact.", "the kinds of facts, incident.Fact"},
		{"status.", "incident.Status"},
		{"priority.", "incident.Priority"},
		{"page.kind_", "web.kindOf: the kinds of entries"},
		{"page.group_", "web.groups: what a timeline is filtered by"},
		{"page.why_", "incident.Revised.Why"},
		{"page.input_", "the flags of the grammar table that have no form of their own"},
		{"course.bar_", "the looks of bars in the picture of the course"},
		{"course.shape_", "the shapes of marks in the picture of the course"},
		{"role.", "incident.Role: names and duties"},
		{"task.", "incident.Policy.Checklist"},
		{"verb.", "the verbs of the grammar table"},
		{"help.", "the verbs of the grammar table: help and example"},
		{"effect.", "incident.Effect"},
		{"api.problem_", "web.Problem.Code"},
		{"inbox.why_", "web.whys: why an alert opened nothing"},
		{"inbox.how_", "web.whys: how such an alert is decided"},
		{"board.role_", "incident.RoleID in a word, beside a face"},
		{"people.realm_", "the realms of chats, as people call them"},
		{"bot.link_", "the kinds of links between incidents"},
		{"bot.hold_", "the reasons of a hold"},
		{"bot.channel_", "the channels of receipt, incident.Opened.Channel"},
		{"bot.effect_", "incident.Effect, as the room is told"},
		{"bot.ask_", "incident.Asked.Why"},
		{"bot.lang_", "lang.Lang"},
		{"bot.sort_", "incident.Noted.Sort"},
		{"card.state_", "incident.Responder.State"},
		{"call.on_", "incident.Trigger.On"},
		{"clock.", "incident.ClockKind"},
		{"compose.kind_", "bot.Kind: what a value of the grammar may be"},
		{"compose.word_", "bot.Verb.First: words that may stand in front of a text"},
		{"compose.first_", "bot.Verb.First: what such a word does"},
		{"compose.usable_", "the values of --restored"},
		{"compose.emoji_group_", "the groups of static/emoji.json"},
		{"duty.", "incident.RoleID: what whoever takes it is sent"},
		{"form.", "the flags and verbs of the grammar table: inputs and titles of forms"},
		{"task.", "the items of the shipped checklist"},
		{"oncall.fault_", "oncall.Fault.Code"},
		{"oncall.change_", "oncall.State"},
		{"oncall.why_", "oncall.Why"},
		{"oncall.day_", "time.Weekday"},
		{"target.from_", "what a clock counts from, bot.explanation.origin"},
		{"target.weekday_", "time.Weekday"},
		{"oncall.config_hours_", "calendar.Invalid.Why"},
		{"legal.start_", "incident.Start"},
		{"legal.form_", "bot.legalDeeds"},
		{"keys.", "the script's shortcuts, in the dialog of the keys"},
		{"update.", "incident.Published: sorts and audiences"},
		{"way.", "bot.PageState.State, and what was done with a list of ways"},
	}
}
