package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

// nameMax is how many characters a channel's name may have.
const nameMax = 40

// Make makes a channel for people and lets its maker join. Names are lower case, without spaces, in any alphabet;
// those of incidents' rooms are kept for them.
func (c *Console) Make(ctx context.Context, d Deed, name string) (Channel, error) {
	name = channelName(name)
	if name == "" || utf8.RuneCountInString(name) > nameMax || strings.HasPrefix(name, "inc-") {
		return Channel{}, incident.Refuse("channel_name", "Max", nameMax)
	}
	switch _, err := c.Store.Channel(ctx, name); {
	case err == nil:
		return Channel{}, incident.Refuse("channel_taken", "Name", name)
	case !errors.Is(err, incident.ErrNotFound):
		return Channel{}, fmt.Errorf("make channel %s: %w", name, err)
	}
	ch := Channel{ID: name, Created: c.now()}
	if _, err := c.Store.SaveChannel(ctx, ch); err != nil {
		return Channel{}, fmt.Errorf("make channel %s: %w", name, err)
	}
	_, err := c.Store.AddMember(ctx, name, d.By)
	return ch, err
}

// channelName keeps letters, digits and marks of a typed name and makes everything between them one hyphen.
func channelName(typed string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(lang.Clean(lang.Fold(typed))) {
		switch {
		case unicode.In(r, unicode.L, unicode.N, unicode.M), r == '_', r == 'ー':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.Trim(out.String(), "-")
}
