package main

import "testing"

func TestATerminalShowsAReplyWithoutTheMarkupOfChats(t *testing.T) {
	t.Parallel()
	for markdown, want := range map[string]string{
		"Opened **INC-20261121-001**: \\<script\\> \\*a\\* (P1)": "Opened INC-20261121-001: <script> *a* (P1)",
		"\\*\\*x\\*\\* C:\\\\temp \\#4 a_b \\_c":                 "**x** C:\\temp #4 a_b _c",
		"@\u200bchannel と 決済\\":                                  "@channel と 決済\\",
	} {
		if got := bare(markdown); got != want {
			t.Errorf("%q is shown as %q, want %q", markdown, got, want)
		}
	}
}
