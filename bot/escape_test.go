package bot

import "testing"

func TestWhatWasEscapedComesBackAsItWas(t *testing.T) {
	for _, s := range []string{
		"", `\`, `a\b`, `\\`, "[/[/]", "`code` *b* _i_ ~~s~~ [t](u)", "# head\n# two\n> quote <b>", "snake_case @all @!x me@example.com", "決済 <@p17> ~", `title: ["/[/"]`,
	} {
		if got := Unescape(Escape(s)); got != s {
			t.Errorf("%q came back as %q of %q", s, got, Escape(s))
		}
	}
}
