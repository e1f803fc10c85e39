package stock

import (
	"fmt"
	"math/rand/v2"
)

// saying is a text in both languages; a person writes one of them.
type saying struct{ ja, en string }

func (s saying) in(english bool) string {
	if english {
		return s.en
	}
	return s.ja
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func services() []string {
	areas := []string{"checkout", "payment", "search", "login", "mail", "batch", "inventory", "shipping", "report", "ledger"}
	parts := []string{"api", "web", "worker", "db"}
	var out []string
	for _, a := range areas {
		for _, p := range parts {
			out = append(out, a+"-"+p)
		}
	}
	return append(out, "基幹システム", "会員サイト", "社内ネットワーク", "勤怠システム")
}

// symptoms are the ends of titles, behind the name of a service.
func symptoms() []saying {
	return []saying{
		{"の応答が遅い", "answers slowly"},
		{"がタイムアウトする", "times out"},
		{"のエラー率が上昇", "error rate is up"},
		{"に接続できない", "can't be reached"},
		{"のディスク使用率が 95% を超過", "disk usage above 95 %"},
		{"の証明書が期限切れ間近", "certificate is about to expire"},
		{"で二重登録が発生", "writes records twice"},
		{"のキューが滞留", "queue is piling up"},
		{"のメモリ不足で再起動を繰り返す", "restarts for lack of memory"},
		{"のレプリケーション遅延", "replication lags behind"},
		{"の夜間バッチが終わらない", "nightly batch does not end"},
		{"の表示が崩れる", "pages are broken"},
		{"へのログインが断続的に失敗", "logins fail now and then"},
		{"から古い結果が返る", "returns stale results"},
		{"のバックアップが失敗", "backup failed"},
	}
}

func notes() []saying {
	return []saying{
		{"直近のデプロイは 14:05。差分を確認中", "Last deployment was at 14:05, reading the difference"},
		{"再起動したが改善せず", "Restarted, no change"},
		{"DB の接続数が上限に張り付いている", "Connections to the database are at their limit"},
		{"影響は西日本リージョンのみ", "Only the western region is affected"},
		{"ロールバックで改善の見込み", "A rollback should mend it"},
		{"ベンダーに問い合わせ済み。回答待ち", "Asked the vendor, waiting for the answer"},
		{"スローログに同じクエリが並んでいる", "The slow log is full of one query"},
		{"監視の値は正常に戻りつつある", "The graphs are coming back to normal"},
		{"お客様からの問い合わせは 12 件", "12 customers have called so far"},
		{"ネットワークチームが経路を切り替えた", "The network team switched the route"},
		{"キャッシュを消して様子を見る", "Cleared the cache, watching"},
		{"原因は証明書の更新漏れと判明", "It was a certificate that was not renewed"},
	}
}

func causes() []saying {
	return []saying{
		{"接続プールの設定誤り", "A wrong setting of the connection pool"},
		{"証明書の更新漏れ", "A certificate that was not renewed"},
		{"索引の無いクエリ", "A query without an index"},
		{"機器の故障", "A broken device"},
		{"想定を超えるアクセス", "More visitors than expected"},
	}
}

func fixes() []saying {
	return []saying{
		{"一つ前の版に戻した", "Rolled back to the version before"},
		{"設定を直して再起動した", "Corrected the setting and restarted"},
		{"ディスクを増やした", "Added disk space"},
		{"予備機に切り替えた", "Switched to the spare"},
	}
}

func updates() []saying {
	return []saying{
		{"事象を確認し、調査しています。次の連絡をお待ちください", "We know of it and are looking into it"},
		{"原因を特定し、対応しています", "The cause is known, we are mending it"},
		{"暫定対応により利用できる状態です", "It can be used again by a workaround"},
	}
}

// name is a person's: most are Japanese.
func name(k int) string {
	family := []string{"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口"}
	given := []string{"葵", "蓮", "陽菜", "湊", "結衣", "大翔", "美咲", "悠真", "さくら", "健太"}
	if k%5 == 4 {
		return fmt.Sprintf("%s %s", []string{"Anna", "Ben", "Carla", "David", "Eve", "Farid", "Grace"}[k/5%7], []string{"Smith", "Kim", "Garcia", "Müller", "Nguyen"}[k/35%5])
	}
	return fmt.Sprintf("%s %s", family[k%len(family)], given[k/len(family)%len(given)])
}
