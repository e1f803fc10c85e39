package bot

// flags lists every flag once; verbs name those they take.
func flags() []Flag {
	return []Flag{
		{Name: "in", Aliases: []string{"i", "incident", "インシデント", "対象", "番号指定"}, Kind: Another},
		{Name: "impact", Aliases: []string{"影響", "影響度"}, Kind: Impacts},
		{Name: "urgency", Aliases: []string{"緊急度", "緊急"}, Kind: Urgency},
		{Name: "priority", Aliases: []string{"p", "prio", "sev", "severity", "優先度", "優先"}, Kind: Level},
		{Name: "category", Aliases: []string{"c", "カテゴリ", "カテゴリー", "分類"}, Kind: Word},
		{Name: "service", Aliases: []string{"s", "svc", "services", "サービス"}, Kind: Word},
		{Name: "reporter", Aliases: []string{"報告者", "連絡者"}, Kind: Person},
		{Name: "occurred", Aliases: []string{"発生", "発生日時", "発生時刻"}, Kind: Past},
		{Name: "private", Aliases: []string{"非公開"}, Kind: Switch},
		{Name: "summary", Aliases: []string{"概要"}, Kind: Free},
		{Name: "team", Aliases: []string{"チーム", "担当チーム"}, Kind: Word},
		{Name: "channel", Aliases: []string{"経路", "受付経路"}, Kind: Choice, Words: channels()},
		{Name: "reason", Aliases: []string{"because", "理由"}, Kind: Free},
		{Name: "title", Aliases: []string{"タイトル", "件名"}, Kind: Free},
		{Name: "text", Aliases: []string{"t", "本文", "内容"}, Kind: Free},
		{Name: "by", Aliases: []string{"実施者", "行為者"}, Kind: Person},
		{Name: "at", Aliases: []string{"日時", "時刻"}, Kind: Past},
		{Name: "kind", Aliases: []string{"k", "種別", "種類"}, Kind: Choice, Words: sorts()},
		{Name: "sort", Aliases: []string{"報の種別", "type"}, Kind: Choice, Words: updateSorts()},
		{Name: "next", Aliases: []string{"n", "次回", "次報"}, Kind: Future},
		{Name: "audience", Aliases: []string{"to", "宛先", "送り先"}, Kind: Choice, Words: audiences()},
		{Name: "person", Aliases: []string{"who", "担当", "担当者"}, Kind: Person},
		{Name: "role", Aliases: []string{"役割"}, Kind: RoleWord},
		{Name: "stream", Aliases: []string{"系統", "受け持ち"}, Kind: Word},
		{Name: "new", Aliases: []string{"新設"}, Kind: Switch},
		{Name: "name", Aliases: []string{"役割名", "名称"}, Kind: Free},
		{Name: "duty", Aliases: []string{"任務"}, Kind: Free},
		{Name: "leave", Aliases: []string{"返上", "離任"}, Kind: Switch},
		{Name: "for", Aliases: []string{"待ち", "待ち先"}, Kind: Choice, Words: holds()},
		{Name: "review", Aliases: []string{"見直し", "見直し日時"}, Kind: Future},
		{Name: "ticket", Aliases: []string{"チケット"}, Kind: Word},
		{Name: "contact", Aliases: []string{"連絡先"}, Kind: Word},
		{Name: "promised", Aliases: []string{"回答予定", "約束"}, Kind: Future},
		{Name: "how", Aliases: []string{"方法"}, Kind: Choice, Words: ways()},
		{Name: "target", Aliases: []string{"to", "相手", "先"}, Kind: Person},
		{Name: "root", Aliases: []string{"根本", "根本原因"}, Kind: Switch},
		{Name: "owner", Aliases: []string{"担当", "担当者"}, Kind: Person},
		{Name: "due", Aliases: []string{"期限", "期日"}, Kind: Word},
		{Name: "measure", Aliases: []string{"対策種別"}, Kind: Word},
		{Name: "never", Aliases: []string{"never-worked", "直っていない", "未復旧"}, Kind: Switch},
		{Name: "pending", Aliases: []string{"残件", "継続"}, Kind: Free},
		{Name: "add", Aliases: []string{"追加"}, Kind: Switch},
		{Name: "restored", Aliases: []string{"復旧"}, Kind: Choice, Words: []string{"yes", "partly", "no"}},
		{Name: "since", Aliases: []string{"復旧日時", "時点"}, Kind: Past},
		{Name: "withdraw", Aliases: []string{"撤回", "取り下げ"}, Kind: Switch},
		{Name: "issue", Aliases: []string{"発行"}, Kind: Switch},
		{Name: "lang", Aliases: []string{"言語"}, Kind: Choice, Words: []string{"ja", "en"}},
		{Name: "status", Aliases: []string{"状態"}, Kind: Word},
		{Name: "all", Aliases: []string{"a", "すべて", "全件"}, Kind: Switch},
		{Name: "mine", Aliases: []string{"自分", "自分の"}, Kind: Switch},
		{Name: "limit", Aliases: []string{"件数"}, Kind: Word},
		{Name: "into", Aliases: []string{"統合先"}, Kind: Another},
		{Name: "url", Aliases: []string{"アドレス"}, Kind: Word},
		{Name: "remove", Aliases: []string{"除外"}, Kind: Switch},
		{Name: "room", Aliases: []string{"ルーム"}, Kind: Switch},
		{Name: "zone", Aliases: []string{"タイムゾーン"}, Kind: Word},
		{Name: "word", Aliases: []string{"語"}, Kind: Free},
		{Name: "task", Aliases: []string{"タスク"}, Kind: Word},
		{Name: "entry", Aliases: []string{"項番"}, Kind: Word},
		{Name: "eta", Aliases: []string{"到着予定"}, Kind: Future},
		{Name: "way", Aliases: []string{"手段", "連絡手段"}, Kind: Word},
		{Name: "address", Aliases: []string{"電話番号", "送信先"}, Kind: Word},
		{Name: "legal", Aliases: []string{"届出内容"}, Kind: Word},
		{Name: "which", Aliases: []string{"対象アラート"}, Kind: Free},
		{Name: "span", Aliases: []string{"期間"}, Kind: Free},
		{Name: "source", Aliases: []string{"送信元"}, Kind: Word},
		{Name: "match", Aliases: []string{"条件"}, Kind: Free},
		{Name: "then", Aliases: []string{"処理", "扱い"}, Kind: Choice, Words: ruleThens()},
		{Name: "after", Aliases: []string{"待ち時間"}, Kind: Word},
		{Name: "rule", Aliases: []string{"ルール名"}, Kind: Free},
	}
}

func channels() []string    { return []string{"chat", "phone", "email", "web", "alert", "api"} }
func sorts() []string       { return []string{"note", "finding", "theory", "decision", "action"} }
func updateSorts() []string { return []string{"first", "update", "restored", "final"} }
func holds() []string       { return []string{"user", "vendor", "part", "change", "other"} }
func ways() []string        { return []string{"functional", "hierarchical"} }
func linkKinds() []string   { return []string{"related", "runbook", "dashboard", "call", "page"} }

func audiences() []string {
	return []string{"responders", "stakeholders", "executives", "reporters", "support", "pr", "customers"}
}

// text is the free text behind a verb.
func text(name string) Arg     { return Arg{Name: name, Kind: Free} }
func optional(name string) Arg { return Arg{Name: name, Kind: Free, Optional: true} }

// verbs is the grammar: one row for everything that can be typed, pressed or sent in a form.
func verbs() []Verb {
	free := []Arg{text("text")}
	maybe := []Arg{optional("text")}
	entry := []string{"by", "at"}
	return []Verb{
		{
			ID: "open", Group: "start", Alone: true, Form: true, do: (*Bot).open,
			Aliases: []string{"new", "declare", "create", "start", "trigger", "起票", "開始", "新規", "オープン", "発生"},
			Args:    []Arg{{Name: "priority", Kind: Level, Optional: true}, text("title")},
			Flags:   []string{"impact", "urgency", "category", "service", "reporter", "occurred", "private", "summary", "team", "channel", "reason", "contact"},
		},
		{
			ID: "list", Group: "start", Alone: true, Reads: true, do: (*Bot).list,
			Aliases: []string{"ls", "incidents", "find", "search", "一覧", "リスト", "検索"},
			Args:    []Arg{optional("word")}, Flags: []string{"status", "priority", "service", "all", "mine", "limit"},
		},
		{
			ID: "status", Group: "start", Alone: true, Reads: true, do: (*Bot).status,
			Aliases: []string{"state", "show", "info", "card", "状況", "状態", "ステータス", "表示"},
			Args:    []Arg{{Name: "incident", Kind: Another, Optional: true}},
		},
		{
			ID: "catalog", Group: "start", Alone: true, Reads: true, do: (*Bot).catalog,
			Aliases: []string{"catalogue", "about service", "カタログ", "サービス一覧", "サービス情報"},
			Args:    []Arg{{Name: "service", Kind: Free, Optional: true}},
		},
		{
			ID: "heartbeats", Group: "start", Alone: true, Reads: true, do: (*Bot).heartbeats,
			Aliases: []string{"heartbeat", "pulse", "ハートビート", "生存監視", "死活"},
		},
		{
			ID: "inbox", Group: "start", Alone: true, Form: true, do: (*Bot).inbox,
			Aliases: []string{"alerts", "alert", "受信箱", "アラート", "アラート一覧"},
			Args:    []Arg{optional("text")}, First: inboxDeeds(),
			Flags: []string{
				"source", "service", "reason", "limit", "title", "impact", "urgency", "priority", "category", "reporter", "occurred", "private", "summary",
				"match", "then", "after", "rule",
			},
		},
		{
			ID: "silence", Group: "start", Alone: true, Form: true, do: (*Bot).silence,
			Aliases: []string{"silences", "サイレンス", "静観", "抑止", "アラート抑止"},
			Args:    []Arg{optional("text")}, Flags: []string{"which", "span", "reason"}, First: silenceDeeds(),
		},
		{
			ID: "maintenance", Group: "start", Alone: true, Form: true, do: (*Bot).silence,
			Aliases: []string{"downtime", "メンテナンス", "メンテ", "計画停止"},
			Args:    []Arg{optional("text")}, Flags: []string{"which", "span", "reason"}, First: silenceDeeds(),
		},

		{
			ID: "role", Group: "people", Form: true, do: (*Bot).role,
			Aliases: []string{"assign", "lead", "claim", "役割", "任命", "割り当て", "アサイン", "ロール"},
			Args:    []Arg{{Name: "role", Kind: RoleWord}, {Name: "person", Kind: Person, Optional: true}},
			Flags:   []string{"stream", "new", "name", "duty", "leave"},
		},
		{
			ID: "handover", Group: "people", Form: true, do: (*Bot).handover,
			Aliases: []string{"hand over", "handoff", "hand off", "引き継ぎ", "引継ぎ", "引継", "引き継ぐ"},
			Args:    []Arg{{Name: "person", Kind: Person}, {Name: "role", Kind: RoleWord, Optional: true}},
			First:   []string{"accept", "decline", "withdraw"},
		},
		{
			ID: "takeover", Group: "people", Form: true, do: (*Bot).takeover,
			Aliases: []string{"take over", "強制引き継ぎ", "強制引継ぎ", "強制引継"},
			Args:    []Arg{{Name: "role", Kind: RoleWord, Optional: true}, text("reason")},
		},
		{
			ID: "who", Group: "people", Reads: true, do: (*Bot).who,
			Aliases: []string{"roles", "people", "board", "体制", "体制図", "誰", "メンバー"},
		},
		{
			ID: "oncall", Group: "people", Alone: true, do: (*Bot).oncall,
			Aliases: []string{"on-call", "on call", "duty", "rota", "shift", "shifts", "当番", "オンコール", "待機当番"},
			Args:    []Arg{optional("text")}, First: shiftDeeds(),
		},
		{
			ID: "ack", Group: "people", do: (*Bot).ack,
			Aliases: []string{"acknowledge", "on it", "了解", "承知", "対応します", "受領"},
		},
		{
			ID: "cant", Group: "people", Form: true, do: (*Bot).cant,
			Aliases: []string{"can't", "cannot", "decline", "対応不可", "不可", "辞退"}, Args: []Arg{optional("reason")},
		},
		{
			ID: "eta", Group: "people", Form: true, do: (*Bot).eta,
			Aliases: []string{"到着予定", "到着"}, Args: []Arg{{Name: "eta", Kind: Future}},
		},
		{
			ID: "ask", Group: "people", do: (*Bot).ask,
			Aliases: []string{"invite", "page", "call", "呼ぶ", "招集", "招待", "応援", "応援依頼", "呼び出し"},
			Args:    []Arg{{Name: "person", Kind: Person}, optional("text")},
		},

		{
			ID: "log", Group: "record", Form: true, Loose: true, do: (*Bot).log,
			Aliases: []string{"note", "timeline", "record", "記録", "メモ", "ログ", "タイムライン", "追記"},
			Args:    []Arg{{Name: "at", Kind: Past, Optional: true}, text("text")}, Flags: []string{"by", "kind"},
		},
		{ID: "finding", Group: "record", Loose: true, do: (*Bot).log, Aliases: []string{"found", "fact", "発見", "事実", "判明"}, Args: free, Flags: entry},
		{ID: "theory", Group: "record", Loose: true, do: (*Bot).log, Aliases: []string{"hypothesis", "仮説", "推測"}, Args: free, Flags: entry},
		{ID: "decision", Group: "record", Loose: true, do: (*Bot).log, Aliases: []string{"decide", "decided", "決定", "判断"}, Args: free, Flags: entry},
		{ID: "action", Group: "record", Loose: true, do: (*Bot).log, Aliases: []string{"did", "対応", "実施", "処置"}, Args: free, Flags: entry},
		{ID: "deed", Group: "record", Loose: true, do: (*Bot).deed, Aliases: []string{"announce", "作業宣言", "作業", "作業開始", "作業完了", "作業終了"}, Args: free, Flags: []string{"entry"}, First: []string{"done"}},
		{
			ID: "correct", Group: "record", Loose: true, do: (*Bot).correct, Aliases: []string{"revise", "訂正", "修正"},
			Args: []Arg{{Name: "entry", Kind: Word}, text("text")},
		},
		{
			ID: "brief", Group: "record", Reads: true, do: (*Bot).brief,
			Aliases: []string{"catchup", "catch up", "summarize", "sitrep", "状況共有", "経緯", "キャッチアップ", "ブリーフ"},
		},
		{
			ID: "report", Group: "record", Reads: true, do: (*Bot).report,
			Aliases: []string{"postmortem", "pm", "報告書", "障害報告書", "レポート"}, Flags: []string{"lang", "issue"},
		},

		{
			ID: "update", Group: "tell", Form: true, Loose: true, do: (*Bot).update,
			Aliases: []string{"notify", "続報", "第一報", "復旧報", "最終報", "更新", "周知"},
			Args:    free, Flags: []string{"next", "audience", "sort"},
		},
		{
			ID: "clock", Group: "tell", Reads: true, do: (*Bot).clock,
			Aliases: []string{"clocks", "sla", "deadline", "deadlines", "timer", "期限", "時計", "目標"},
		},
		{
			ID: "legal", Group: "tell", Form: true, Loose: true, do: (*Bot).legal,
			Aliases: []string{"further", "filing", "filings", "duties", "法定", "法定期限", "報告期限", "届出", "届け出"},
			Args:    []Arg{optional("text")}, Flags: []string{"at", "url", "reason", "by", "legal"}, First: legalDeeds(),
		},
		{
			ID: "snooze", Group: "tell", do: (*Bot).snooze,
			Aliases: []string{"mute", "quiet", "スヌーズ", "あとで", "後で", "通知停止", "通知オフ"},
			Args:    maybe, First: []string{"until", "never", "off"},
		},
		{
			ID: "escalation", Group: "tell", Reads: true, do: (*Bot).escalation,
			Aliases: []string{"escalations", "calls", "呼び出し状況", "エスカレーション状況"},
		},
		{
			ID: "escalate", Group: "tell", Form: true, do: (*Bot).escalate,
			Aliases: []string{"エスカレーション", "エスカレート", "エスカレ", "上申"},
			Args:    []Arg{text("reason")}, Flags: []string{"how", "target"}, First: ways(),
		},

		{
			ID: "priority", Group: "sort", Form: true, do: (*Bot).priority,
			Aliases: []string{"prio", "sev", "severity", "優先度", "優先順位", "重要度"},
			Args:    []Arg{{Name: "priority", Kind: Level, Optional: true}, optional("reason")}, Flags: []string{"impact", "urgency"},
		},
		{ID: "category", Group: "sort", do: (*Bot).category, Aliases: []string{"カテゴリ", "カテゴリー", "分類"}, Args: []Arg{{Name: "category", Kind: Word}}},
		{ID: "service", Group: "sort", do: (*Bot).service, Aliases: []string{"services", "サービス"}, Args: []Arg{{Name: "service", Kind: Free}}, Flags: []string{"add"}},
		{ID: "team", Group: "sort", do: (*Bot).team, Aliases: []string{"queue", "チーム", "担当チーム"}, Args: []Arg{text("team")}},
		{ID: "assignee", Group: "sort", do: (*Bot).assignee, Aliases: []string{"owner", "担当者", "担当"}, Args: []Arg{{Name: "person", Kind: Person, Optional: true}}},
		{ID: "title", Group: "sort", Loose: true, do: (*Bot).title, Aliases: []string{"rename", "タイトル", "件名"}, Args: []Arg{text("title")}},
		{ID: "summary", Group: "sort", Loose: true, do: (*Bot).summary, Aliases: []string{"describe", "概要", "要約"}, Args: free},
		{ID: "occurred", Group: "sort", do: (*Bot).occurred, Aliases: []string{"began", "発生日時", "発生時刻"}, Args: []Arg{{Name: "at", Kind: Past}}},
		{ID: "reporter", Group: "sort", do: (*Bot).reporter, Aliases: []string{"報告者", "連絡者"}, Args: []Arg{{Name: "person", Kind: Person}}, Flags: []string{"contact"}},
		{
			ID: "link", Group: "sort", do: (*Bot).link, Aliases: []string{"リンク", "関連"},
			Args: []Arg{{Name: "url", Kind: Word}, optional("title")}, Flags: []string{"kind"},
		},

		{ID: "task", Group: "work", Form: true, Loose: true, do: (*Bot).task, Aliases: []string{"todo", "タスク", "作業項目"}, Args: free, Flags: []string{"owner", "task"}, First: []string{"claim", "done", "drop"}},
		{ID: "checklist", Group: "work", Reads: true, do: (*Bot).checklist, Aliases: []string{"tasks", "チェックリスト", "確認項目"}},
		{ID: "triage", Group: "work", do: (*Bot).move, Aliases: []string{"triaged", "切り分け", "切り分け済み", "切分け"}, Args: maybe},
		{ID: "investigate", Group: "work", do: (*Bot).move, Aliases: []string{"investigating", "調査", "調査中"}, Args: maybe},
		{ID: "identify", Group: "work", do: (*Bot).move, Aliases: []string{"identified", "原因特定", "特定"}, Args: maybe},
		{
			ID: "cause", Group: "work", Loose: true, do: (*Bot).cause, Aliases: []string{"rootcause", "root-cause", "root cause", "原因", "発生原因", "直接原因", "根本原因"},
			Args: free, Flags: []string{"root"},
		},
		{ID: "impact", Group: "work", Loose: true, do: (*Bot).impact, Aliases: []string{"影響", "影響範囲"}, Args: free},
		{
			ID: "mitigate", Group: "work", Form: true, Loose: true, do: (*Bot).mitigate,
			Aliases: []string{"mitigated", "workaround", "暫定対応", "暫定対応済み", "暫定", "回避策"}, Args: maybe, Flags: []string{"restored", "since"},
		},
		{
			ID: "restored", Group: "work", Form: true, do: (*Bot).restored,
			Aliases: []string{"restore", "recovered", "復旧", "復旧済み"},
			Args:    []Arg{{Name: "since", Kind: Past, Optional: true}, optional("text")}, Flags: []string{"withdraw"},
		},
		{ID: "fix", Group: "work", Loose: true, do: (*Bot).fix, Aliases: []string{"恒久対応", "本対応"}, Args: free},
		{
			ID: "measure", Group: "work", Form: true, Loose: true, do: (*Bot).measure,
			Aliases: []string{"measures", "prevention", "followup", "follow-up", "再発防止", "再発防止策", "対策"}, Args: free, Flags: []string{"measure", "owner", "due"},
			First: []string{"done", "drop", "list"},
		},
		{
			ID: "hold", Group: "work", Form: true, do: (*Bot).hold, Aliases: []string{"pause", "保留"},
			Args: []Arg{text("reason")}, Flags: []string{"for", "review", "ticket", "contact", "promised"}, First: holds(),
		},
		{ID: "resume", Group: "work", do: (*Bot).resume, Aliases: []string{"unhold", "保留解除", "解除"}},

		{ID: "resolve", Group: "end", Form: true, Loose: true, do: (*Bot).resolve, Aliases: []string{"resolved", "done", "finish", "解決", "解決済み"}, Args: maybe},
		{ID: "confirm", Group: "end", do: (*Bot).confirm, Aliases: []string{"confirmed", "確認", "確認済み", "直った"}, Args: maybe},
		{ID: "notfixed", Group: "end", do: (*Bot).confirm, Aliases: []string{"not fixed", "not-fixed", "直らない", "直っていない", "未解決"}, Args: maybe, Flags: []string{"never"}},
		{ID: "reopen", Group: "end", Form: true, do: (*Bot).reopen, Aliases: []string{"再開", "再オープン", "再発"}, Args: []Arg{optional("reason")}, Flags: []string{"never"}},
		{ID: "close", Group: "end", Form: true, do: (*Bot).closing, Aliases: []string{"closed", "end", "クローズ", "終了"}, Args: []Arg{optional("pending")}},
		{ID: "cancel", Group: "end", Form: true, do: (*Bot).cancel, Aliases: []string{"false-alarm", "false alarm", "取消", "取り消し", "取消し", "キャンセル", "誤報"}, Args: []Arg{text("reason")}},
		{ID: "merge", Group: "end", Form: true, do: (*Bot).merge, Aliases: []string{"duplicate", "統合", "マージ", "重複"}, Args: []Arg{{Name: "into", Kind: Another}}},
		{ID: "undo", Group: "end", do: (*Bot).undo, Aliases: []string{"元に戻す", "取り消す", "戻す"}},

		{ID: "private", Group: "access", do: (*Bot).access, Aliases: []string{"restrict", "非公開"}, Args: []Arg{{Name: "person", Kind: Person, Optional: true}}, Flags: []string{"remove"}},
		{ID: "public", Group: "access", do: (*Bot).access, Aliases: []string{"公開"}},

		{ID: "lang", Group: "me", Alone: true, do: (*Bot).setLang, Aliases: []string{"language", "言語"}, Args: []Arg{{Name: "lang", Kind: Choice, Words: []string{"ja", "en"}}}, Flags: []string{"room"}},
		{ID: "zone", Group: "me", Alone: true, do: (*Bot).setZone, Aliases: []string{"timezone", "tz", "タイムゾーン", "時間帯"}, Args: []Arg{{Name: "zone", Kind: Word}}},
		{
			ID: "ways", Group: "me", Alone: true, Form: true, do: (*Bot).ways,
			Aliases: []string{"contacts", "reach", "連絡手段", "連絡方法", "呼び出し先"},
			Args:    []Arg{{Name: "way", Kind: Word, Optional: true}, {Name: "address", Kind: Word, Optional: true}}, First: wayDeeds(),
		},
		{
			ID: "digest", Group: "me", Alone: true, do: (*Bot).digest, Aliases: []string{"agenda", "today", "まとめ", "今日の確認", "朝のまとめ", "ダイジェスト"},
			Args: []Arg{{Name: "text", Kind: Word, Optional: true}}, First: []string{"on", "off"},
		},
		{ID: "me", Group: "me", Alone: true, Reads: true, do: (*Bot).me, Aliases: []string{"whoami", "settings", "自分", "私", "設定"}},
		{ID: "help", Group: "me", Alone: true, Reads: true, do: (*Bot).help, Aliases: []string{"?", "commands", "ヘルプ", "使い方"}, Args: []Arg{optional("word")}, Flags: []string{"all"}},
	}
}
