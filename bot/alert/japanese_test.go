package alert

import "testing"

func TestJapaneseThatSaysItIsOver(t *testing.T) {
	for _, line := range []string{
		"決済DBが復旧しました", "【緊急】決済DBが復旧しました", "決済障害 解決しました", "決済 API が回復しました。", "db01 解消しました(原因は調査中です)", "復旧いたしました: 決済",
		"web01 復旧済み", "web01 復旧済", "決済DB 復旧完了", "決済DBの復旧が完了しました", "決済DBの復旧を確認しました", "決済DBの障害は解消されました", "決済DBが回復しています",
		"決済DBは復旧しましたが、原因は調査中です", "復旧した 決済DB", "決済DBは復旧し、正常に動いています", "決済DBが正常に戻りました", "決済DBが正常になりました", "決済DBは正常です", "決済DBは正常に戻っています", "web-01 91% → 正常",
		"障害が終息しました", "障害が収束しました", "【復旧】決済DB", "【回復】決済DB", "【解消】決済DB", "【正常化】決済DB", "復旧: 決済DB", "【復旧済み】決済DB", "【解決済み】決済DB",
	} {
		if s := readSubject(line); s.status != Resolved || s.event != EventResolve {
			t.Errorf("%q: %s", line, s.event)
		}
	}
}

func TestJapaneseThatSaysItIsNotOver(t *testing.T) {
	for _, line := range []string{
		"【緊急】決済DBが復旧しません", "【緊急】決済障害 解決しない", "決済API が回復しない", "【警告】db01 解消しません", "web01 が復旧しません", "決済DBが復旧していません", "決済DBが復旧しておりません", "決済DBが復旧していない",
		"決済DBが復旧せず", "決済DBが復旧できません", "決済DBが復旧できていない", "決済DBは復旧されていません", "決済DBの復旧に至っていません", "障害が解消されない", "障害は解消されず継続しています",
		"決済DB 復旧の見込みなし", "決済DB 復旧の見込みが立たない", "決済DB 復旧見込み 18:00", "決済DB 復旧の見通しが立ちません", "【未復旧】決済DB", "決済DBは未復旧です", "未解決: 決済DB", "決済DB 復旧待ち", "【復旧待ち】決済DB",
		"決済DB 復旧中", "【復旧中】決済DB", "決済DB 復旧作業中", "【復旧作業中】決済DB", "決済DB 復旧作業を開始しました", "決済DB 復旧の目処が立っていません", "決済DB 復旧の目途が立たず", "決済DB 復旧のめどなし", "決済DB 復旧対応中",
		"決済DBが復旧し次第ご連絡します", "決済DBが復旧しましたらご連絡します", "決済DBが復旧したら連絡", "決済DBが復旧した場合は連絡", "決済DB 復旧完了予定 18:00", "決済DB 復旧完了見込み", "決済DBの復旧が完了していません", "決済DBの復旧が完了しない",
		"決済DBの復旧を確認できません", "決済DBの復旧が確認できていない", "決済DBは復旧しましたか?", "決済DBは復旧しましたが、API が復旧しません", "決済DBが一部復旧しました", "決済DBが一部のみ回復", "決済DB 復旧困難", "決済DB 復旧に失敗しました",
		"決済DB 復旧しつつあります", "決済DBが正常に戻りません", "決済DBが正常に戻らない", "決済DBは正常ではありません", "決済DBが回復するまで", "解決済みではありません",
	} {
		if s := readSubject(line); s.status != Firing || s.event != EventTrigger {
			t.Errorf("%q: %s", line, s.event)
		}
	}
}

func TestWhatIsNotOverKeepsItsKey(t *testing.T) {
	alarm := readSubject("【障害】決済DBが停止しました").key
	for _, line := range []string{"【緊急】決済DBが復旧しません", "決済DBが復旧していません", "決済DBが未復旧です", "決済DBが復旧しました"} {
		if s := readSubject(line); s.key != alarm {
			t.Errorf("%q: %q, want %q", line, s.key, alarm)
		}
	}
}
