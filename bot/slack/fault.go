package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
)

// without is how long to wait after a 429 that does not say: free workspaces send them
// (message_limit_exceeded, slack-go's pull request 1383).
const without = time.Minute

// fault turns what Slack answered into an error of bot.Chat. What it does not know is doubtful: the call may have been
// carried out.
func fault(method string, err error) error {
	if err == nil {
		return nil
	}
	if limited, ok := errors.AsType[*slackgo.RateLimitedError](err); ok {
		return &bot.Wait{After: max(limited.RetryAfter, time.Second)}
	}
	if status, ok := errors.AsType[slackgo.StatusCodeError](err); ok {
		switch {
		case status.Code == http.StatusTooManyRequests:
			return &bot.Wait{After: without, Whole: true}
		case status.Code >= 400 && status.Code < 500:
			return &bot.Permanent{Err: fmt.Errorf("%s: %w", method, err)}
		}
		return fmt.Errorf("%s: %w", method, err)
	}
	code, detail := said(err)
	if code == "" {
		return fmt.Errorf("%s: %w", method, err)
	}
	wrapped := fmt.Errorf("%s: %w%s", method, err, detail) // slack-go's text of it is the code
	if why, known := whys[code]; known {
		wrapped = bot.Because(wrapped, why)
	}
	switch {
	case code == "ratelimited" || code == "rate_limited" || code == "message_limit_exceeded":
		return &bot.Wait{After: without}
	case stranger[code]:
		return &bot.Permanent{Err: fmt.Errorf("%w: %w", wrapped, bot.ErrStranger)}
	case gone[code]:
		return &bot.Permanent{Err: fmt.Errorf("%w: %w", wrapped, bot.ErrGone)}
	case passing[code]:
		return wrapped
	}
	return &bot.Permanent{Err: wrapped}
}

// gone are the errors of what no longer exists.
var gone = map[string]bool{
	"channel_not_found": true, "is_archived": true, "message_not_found": true, "thread_not_found": true, "cant_update_message": true,
	"edit_window_closed": true, "not_in_channel": true, "is_inactive": true,
}

// whys are the errors of which people are told in their own words, with the cure.
var whys = map[string]bot.Why{
	"is_archived": bot.WhyArchived, "channel_not_found": bot.WhyDeleted, "not_in_channel": bot.WhyRemoved,
	"missing_scope": bot.WhyScope, "no_permission": bot.WhyScope, "not_allowed_token_type": bot.WhyScope, "restricted_action": bot.WhyScope,
	"permission_denied": bot.WhyScope, "ekm_access_denied": bot.WhyScope,
	"invalid_auth": bot.WhyToken, "not_authed": bot.WhyToken, "account_inactive": bot.WhyToken, "token_revoked": bot.WhyToken,
	"token_expired": bot.WhyToken, "org_login_required": bot.WhyToken,
	"msg_too_long": bot.WhyTooLong, "msg_blocks_too_long": bot.WhyTooLong, "metadata_too_large": bot.WhyTooLong,
}

// stranger are the errors of people whom Slack does not know, or who left.
var stranger = map[string]bool{
	"user_not_found": true, "users_not_found": true, "user_disabled": true, "user_not_visible": true, "cannot_dm_bot": true,
	"user_is_restricted": true, "user_is_ultra_restricted": true, "cant_invite": true,
}

// passing are the errors that mend themselves, or that an operator mends while the outbox waits
// (https://docs.slack.dev/reference/methods).
var passing = map[string]bool{
	"internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true, "team_added_to_org": true,
	"accesslimited": true, "external_channel_migrating": true, "invalid_auth": true, "not_authed": true, "account_inactive": true,
	"token_revoked": true, "token_expired": true, "missing_scope": true, "ekm_access_denied": true, "org_login_required": true,
}

// said is the code of an answer with ok:false, and what Slack added to explain it. slack-go's plain error texts are codes.
func said(err error) (code, detail string) {
	answer, ok := errors.AsType[slackgo.SlackErrorResponse](err)
	if !ok {
		return "", ""
	}
	var more []string
	more = append(more, answer.ResponseMetadata.Messages...)
	if answer.Needed != "" {
		more = append(more, "needed "+answer.Needed+", provided "+answer.Provided)
	}
	if len(more) > 0 {
		detail = " (" + strings.Join(more, "; ") + ")"
	}
	return answer.Err, detail
}

// coded reports whether err is one of Slack's codes.
func coded(err error, codes ...string) bool {
	code, _ := said(err)
	for _, c := range codes {
		if code == c && code != "" {
			return true
		}
	}
	return false
}

// lost reports whether nobody knows what became of a call.
func lost(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
