package alert

import (
	"regexp"
)

// What Japanese sentences say about how things are. A verb tells by its end whether it is done: 復旧しました, 復旧しません, 復旧しましたら.
var (
	mends = regexp.MustCompile(`復旧|回復|解消|解決|正常化|終息|収束|沈静化`)
	// unmended is what may stand before it so that it isn't so, or only in part.
	unmended = regexp.MustCompile(`(?:未|未だ|未だに|一部(?:の[^\s。、,障]{1,16}?)?(?:が|は|のみ)?|部分|部分的に)$`)
	// completed is what may stand between, of which the verb tells then whether it is done: 復旧作業が完了しました. Without a verb it is.
	completed = regexp.MustCompile(`^(?:作業|対応)?(?:が|を|は)?(?:完了|確認)`)
	mended    = regexp.MustCompile(`^(?:(?:いた|致)?し(?:ました|た|ています|ております|ており|ている|て?[、。,]|て?(?: |$))|され(?:ました|た|ています|ている)|でき(?:ました|た)|済)`)
	// never is what may follow a deed so that it isn't done: ら of したら, い of したい, でな of 済みでない, ません of しておりません.
	never = regexp.MustCompile(`^(?:ら|い|する|場合|後|際|時点|時刻|時間|とは|わけ|か(?:[^ら]|$)|み?(?:では|でな|でしょ|とは)|[がはもの]?(?:予定|見込|見通|目標|目処|目途|めど|待|次第|中|まで|前))|^(?:が|は|も|に)?(?:し|でき|出来|され|とれ|取れ|至)?(?:て|ら|っ)?(?:は)?(?:い|お|おり)?(?:ない|なく|なかっ|ません|ず)`)
	// undone is what may follow what is completed, without a verb before it that says so, so that it isn't: 完了するまで, 確認してください.
	undone = regexp.MustCompile(`^[^\s。、,!:()「」]{0,16}?(?:ない|なく|なかっ|ません|ず|見込|見通|予定|目標|目処|目途|めど|待|次第|しだい|中|まで|たら|場合|困難|不能|不可|失敗|遅|ください|下さい|願|依頼|必要|べき)`)
	// unfinished is what may follow where nothing is done.
	unfinished = regexp.MustCompile(`^[^\s。、,!！]{0,16}?(?:ない|なく|なかっ|ません|ず|無し|なし|見込|見通|予定|目標|目処|目途|めど|待|次第|しだい|つつ|に向け|作業|対応|中|途上|まで|たら|場合|困難|不能|不可|失敗|遅)`)
	// well is said of what is right again.
	well = regexp.MustCompile(`正常に(?:戻り|復し|復帰し|回復し|なり)(?:ました|[、。,]|$)|正常に(?:戻っ|復し|復帰し|回復し|なっ)(?:た|ている|ています|ております)|正常(?:です|になりました)|(?:→|->|⇒|=>)\s*(?:正常|復旧|ok\b)`)
)

// overInJapanese reports whether a sentence, folded, says that it is over. One word that it isn't outweighs all others.
func overInJapanese(folded string) bool {
	over := false
	for _, at := range mends.FindAllStringIndex(folded, -1) {
		before, after := folded[:at[0]], folded[at[1]:]
		step := completed.FindString(after)
		after = after[len(step):]
		done := mended.FindString(after)
		rest := after[len(done):]
		switch {
		case unmended.MatchString(before):
			return false
		case done == "" && step == "":
			if unfinished.MatchString(after) {
				return false
			}
		case never.MatchString(rest), done == "" && undone.MatchString(rest):
			return false
		default:
			over = true
		}
	}
	for _, at := range well.FindAllStringIndex(folded, -1) {
		if never.MatchString(folded[at[1]:]) {
			return false
		}
		over = true
	}
	return over
}
