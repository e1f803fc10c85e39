package lang

// notAfterMae are the characters that make another word of 前: 前後 前倒し 前提 前者
// 前半 前日 前回 前述 前段 前年 前月 前例 前任.
const notAfterMae = "後倒提者半日回述段年月例任"

// bond tells how a time hangs together with the words behind it.
type bond int

const (
	loose    bond = iota // 14:35 再起動した: the time stands apart and is taken out
	bound                // 14:35から応答なし: the time is known, the sentence must stay whole
	foreign              // 14:35のデプロイ: the time describes something else
	untilNow             // 15:30まで: fine for a deadline, foreign for what has happened
)

// tail reads what marks a time as approximate (頃, ごろ, 過ぎ, -ish) and what binds
// it to the sentence, and answers where the sentence goes on.
func (s scan) tail(i int) (approx bool, next int, b bond) {
	for {
		j, about, ok := s.marker(i)
		if !ok {
			break
		}
		approx, i = approx || about, j
	}
	if b, j, ok := s.particle(i); ok {
		return approx, s.spaces(j), b
	}
	j := s.spaces(i)
	if b, k, ok := s.apart(j); ok && j > i {
		return approx, s.spaces(k), b
	}
	if b, ok := s.upTo(j, j > i); ok {
		return approx, j, b
	}
	if s.one(j, ":;,、,|") || s.peek(j) == '-' && (j > i || s.peek(j+1) == ' ') {
		j = s.spaces(j + 1)
	}
	return approx, j, loose
}

// marker reads one word that says how exact a time is.
func (s scan) marker(i int) (next int, approx, ok bool) {
	j := s.spaces(i)
	switch {
	case s.peek(j) == '頃':
		return j + 1, true, true
	case s.peek(i) == '位' && !s.one(i+1, "置相階牌"), s.peek(i) == '台' && s.peek(i-1) == '時' && !s.one(i+1, "湾数帳風"):
		return i + 1, true, true
	}
	if k, ok := s.word(j, "ごろ", "くらい", "ぐらい", "前後", "-ish", "ish", "or so"); ok {
		return k, true, true
	}
	if k, ok := s.word(i, "ころ", "過ぎ", "すぎ"); ok {
		return k, true, true
	}
	if k, ok := s.word(j, "ちょうど", "丁度", "きっかり", "sharp"); ok {
		return k, false, true
	}
	return i, false, false
}

// particle reads the Japanese particle directly behind a time.
func (s scan) particle(i int) (b bond, next int, ok bool) {
	for _, p := range []struct {
		b     bond
		words []string
	}{
		{foreign, []string{"からの", "までの", "における", "以前", "の"}},
		{untilNow, []string{"までには", "までに", "まで", "迄に", "迄"}},
		{bound, []string{"から", "より", "以降", "以後", "時点", "点", "現在", "にも", "は", "が", "を"}},
		{loose, []string{"には", "にて"}},
	} {
		if j, ok := s.word(i, p.words...); ok {
			return p.b, j, true
		}
	}
	switch {
	case s.peek(i) == '前' && !s.one(i+1, notAfterMae):
		return bound, i, true
	case s.peek(i) == 'に' && s.peek(i+1) != 'わ': // not にわかに
		return loose, i + 1, true
	case s.peek(i) == 'と' && isDigit(s.peek(i+1)):
		return bound, i, true
	}
	return loose, i, false
}

// apart reads a particle behind a space, as people write who set spaces around digits: 14:20 のリリース. Only those count
// that hardly begin a word of the text itself (のち, はじめて, より詳しく).
func (s scan) apart(i int) (b bond, next int, ok bool) {
	if j, found := s.word(i, "から", "まで", "以降", "以後", "時点", "における", "を"); found && s.peek(j) != 'く' {
		return s.particle(i)
	}
	if s.peek(i) == 'の' && !s.one(i+1, "ちぞれみり") || s.peek(i) == 'に' && !s.one(i+1, "わぎせっ") {
		return s.particle(i)
	}
	return loose, i, false
}

// upTo tells whether a range goes on at i: 14:35-14:50, 14:35 to 14:50, 14:35〜. The
// time is its beginning and the sentence stays whole.
func (s scan) upTo(i int, spaced bool) (bond, bool) {
	if j, ok := s.word(i, "から", "to", "until", "till", "through", "and"); ok && spaced {
		if _, _, ok := s.clock(s.spaces(j), noPart, ""); ok || s.peek(i) == 'か' {
			return bound, true
		}
		return loose, false
	}
	if s.peek(i) == '~' {
		return bound, true
	}
	if s.peek(i) == '-' {
		if _, _, ok := s.clock(s.spaces(i+1), noPart, ""); ok {
			return bound, true
		}
	}
	return loose, false
}
