package alert

import "strings"

// The words that say how things are, in small letters: of a subject's marks, each of which says that only if it holds nothing else, and of
// any tool's field for its state.
var (
	overWords = wordSet("resolved recovered recovery ok okay cleared clear closed normal fixed restored success successful succeeded passed complete completed ended healthy green inactive 復旧 回復 解消 解決 正常 正常化 終息 障害復旧 障害回復 障害解消 復旧完了 復旧済 復旧済み 回復済 回復済み 解消済 解消済み 解決済 解決済み 対応済 対応済み 対応完了 完了 終了 正常終了 正常復帰 復帰 収束 異常なし 問題なし クローズ")
	fireWords = wordSet("firing problem alerting triggered alarm down open opened new failed failure failing unhealthy insufficient_data 障害 発生 障害発生 異常 異常発生 警報 検知 障害検知 異常検知 異常終了 アラート エラー 停止")
	seenWords = wordSet("acknowledged acknowledgement ack acknowledge 確認済 確認済み 対応中 対応開始")
	noteWords = wordSet("flappingstart downtimestart downtimeend downtimecancelled downtimeremoved maintenance custom comment メンテナンス")
	restWords = wordSet("alert alerts service host status state notification notice info information in is the now on monitor monitoring critical crit warning warn error err high low medium minor major fatal emergency emerg urgent severe disaster average p1 p2 p3 p4 p5 sev0 sev1 sev2 sev3 sev4 up updated update severity unknown 監視 通知 連絡 報告 お知らせ 緊急 重大 警告 注意 情報 重要 警戒 最高 致命的 深刻 軽微 致命的な障害 重度の障害 軽度の障害 高 中 低 のお知らせ のご連絡")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, one := range strings.Fields(words) {
		set[one] = true
	}
	return set
}

// overTold are further words for the end that only a field for the state means so.
var overTold = wordSet("resolve close recover up off false 0 end good cancel cancelled canceled")

// genericEvent reads a tool's word for what happened. No word, or an unknown one, fires: an alarm too many is better
// than one that nobody hears.
func genericEvent(word string) (event, status string) {
	word = fold(word)
	switch {
	case word == "":
		return EventTrigger, Firing
	case overWords[word], overTold[word]:
		return EventResolve, Resolved
	case seenWords[word]:
		return EventAcknowledge, Firing
	case word == "note", word == "comment", word == "addnote":
		return EventNote, Firing
	case word == "update", word == "updated":
		return EventUpdate, Firing
	case !plain(word) && overInJapanese(word): // 復旧しました
		return EventResolve, Resolved
	}
	return EventTrigger, Firing
}
