package slacktest

// BotScopes are the scopes that an incident bot asks for.
func BotScopes() []string {
	return []string{
		"app_mentions:read", "bookmarks:read", "bookmarks:write", "canvases:read", "canvases:write", "channels:history", "channels:join", "channels:manage", "channels:read",
		"chat:write", "chat:write.public", "commands", "files:read", "files:write", "groups:history", "groups:read", "groups:write", "im:history",
		"im:read", "im:write", "links:read", "links:write", "pins:read", "pins:write", "reactions:read", "reactions:write", "team:read",
		"usergroups:read", "usergroups:write", "users:read", "users:read.email", "metadata.message:read",
	}
}

// methods is the Web API: tier and scope of each as its page under docs.slack.dev/reference/methods says. Where the scope is
// empty none is needed, or it depends on the conversation.
func methods() map[string]method {
	return map[string]method{
		"auth.test":             {special, "", (*Workspace).authTest},
		"team.info":             {tier3, "team:read", (*Workspace).teamInfo},
		"apps.connections.open": {tier3, "", (*Workspace).appsConnectionsOpen},

		"conversations.create":          {tier2, "", (*Workspace).conversationsCreate},
		"conversations.rename":          {tier2, "", (*Workspace).conversationsRename},
		"conversations.setTopic":        {tier2, "", describe("topic")},
		"conversations.setPurpose":      {tier2, "", describe("purpose")},
		"conversations.archive":         {tier2, "", (*Workspace).conversationsArchive},
		"conversations.unarchive":       {tier2, "", (*Workspace).conversationsUnarchive},
		"conversations.list":            {tier2, "", (*Workspace).conversationsList},
		"conversations.info":            {tier3, "", (*Workspace).conversationsInfo},
		"conversations.history":         {tier3, "", (*Workspace).conversationsHistory},
		"conversations.replies":         {tier3, "", (*Workspace).conversationsReplies},
		"conversations.invite":          {tier3, "", (*Workspace).conversationsInvite},
		"conversations.kick":            {tier3, "", (*Workspace).conversationsKick},
		"conversations.join":            {tier3, "channels:join", (*Workspace).conversationsJoin},
		"conversations.members":         {tier4, "", (*Workspace).conversationsMembers},
		"conversations.open":            {tier3, "im:write", (*Workspace).conversationsOpen},
		"conversations.canvases.create": {tier2, "canvases:write", (*Workspace).conversationsCanvasesCreate},

		"chat.postMessage":   {posting, "chat:write", (*Workspace).chatPostMessage},
		"chat.update":        {tier3, "chat:write", (*Workspace).chatUpdate},
		"chat.delete":        {tier3, "chat:write", (*Workspace).chatDelete},
		"chat.postEphemeral": {tier4, "chat:write", (*Workspace).chatPostEphemeral},
		"chat.getPermalink":  {special, "", (*Workspace).chatGetPermalink},
		"chat.unfurl":        {tier3, "links:write", (*Workspace).chatUnfurl},

		"entity.presentDetails": {tier4, "", (*Workspace).entityPresentDetails},
		"blocks.validate":       {tier3, "", (*Workspace).blocksValidate},

		"pins.add":    {tier2, "pins:write", (*Workspace).pinsAdd},
		"pins.remove": {tier2, "pins:write", (*Workspace).pinsRemove},
		"pins.list":   {tier2, "pins:read", (*Workspace).pinsList},

		"bookmarks.add":    {tier2, "bookmarks:write", (*Workspace).bookmarksAdd},
		"bookmarks.edit":   {tier2, "bookmarks:write", (*Workspace).bookmarksEdit},
		"bookmarks.remove": {tier2, "bookmarks:write", (*Workspace).bookmarksRemove},
		"bookmarks.list":   {tier3, "bookmarks:read", (*Workspace).bookmarksList},

		"reactions.add":    {tier3, "reactions:write", (*Workspace).reactionsAdd},
		"reactions.remove": {tier2, "reactions:write", (*Workspace).reactionsRemove},
		"reactions.get":    {tier3, "reactions:read", (*Workspace).reactionsGet},

		"users.info":          {tier4, "users:read", (*Workspace).usersInfo},
		"users.list":          {tier2, "users:read", (*Workspace).usersList},
		"users.lookupByEmail": {tier3, "users:read.email", (*Workspace).usersLookupByEmail},

		"usergroups.list":         {tier2, "usergroups:read", (*Workspace).usergroupsList},
		"usergroups.create":       {tier2, "usergroups:write", (*Workspace).usergroupsCreate},
		"usergroups.users.list":   {tier2, "usergroups:read", (*Workspace).usergroupsUsersList},
		"usergroups.users.update": {tier2, "usergroups:write", (*Workspace).usergroupsUsersUpdate},

		"views.open":    {tier4, "", (*Workspace).viewsOpen},
		"views.push":    {tier4, "", (*Workspace).viewsPush},
		"views.update":  {tier4, "", (*Workspace).viewsUpdate},
		"views.publish": {tier4, "", (*Workspace).viewsPublish},

		"files.getUploadURLExternal":   {tier4, "files:write", (*Workspace).filesGetUploadURL},
		"files.completeUploadExternal": {tier4, "files:write", (*Workspace).filesComplete},
		"files.info":                   {tier4, "files:read", (*Workspace).filesInfo},
		"files.delete":                 {tier3, "files:write", (*Workspace).filesDelete},

		"canvases.edit":            {tier3, "canvases:write", (*Workspace).canvasesEdit},
		"canvases.delete":          {tier3, "canvases:write", (*Workspace).canvasesDelete},
		"canvases.sections.lookup": {tier3, "canvases:read", (*Workspace).canvasesSectionsLookup},

		"functions.completeSuccess": {tier3, "", (*Workspace).functionsCompleteSuccess},
		"functions.completeError":   {tier3, "", (*Workspace).functionsCompleteError},
	}
}

func (w *Workspace) authTest(*call) (object, error) {
	bot := w.users[w.BotUser]
	out := object{
		"url": "https://" + w.Domain + ".slack.com/", "team": w.Domain, "user": bot.Name, "team_id": w.Team, "user_id": bot.ID,
		"bot_id": w.BotID, "is_enterprise_install": w.OrgInstall,
	}
	if w.Enterprise != "" {
		out["enterprise_id"] = w.Enterprise
	}
	return out, nil
}

func (w *Workspace) teamInfo(*call) (object, error) {
	team := object{"id": w.Team, "name": w.Domain, "domain": w.Domain, "email_domain": "example.com", "icon": object{}}
	if w.Enterprise != "" {
		team["enterprise_id"], team["enterprise_name"] = w.Enterprise, "Example Grid"
	}
	return object{"team": team}, nil
}

// blocksValidate tells what is wrong with blocks without showing them to anybody.
func (w *Workspace) blocksValidate(c *call) (object, error) {
	blocks, err := c.list("blocks")
	if err != nil || blocks == nil {
		return nil, no("invalid_blocks_format")
	}
	if faults := checkBlocks(blocks, "message", "/blocks"); len(faults) > 0 {
		return nil, because("invalid_blocks", faults)
	}
	return object{}, nil
}
