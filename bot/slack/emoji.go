package slack

import "strings"

// emoji gives the sign that Slack's short name stands for; a name that is not here stays a name, by which the configuration
// can list it too. Only those that a person may want to log a message with are needed.
func emoji(name string) string {
	name, _, _ = strings.Cut(name, "::") // the colour of a hand
	if sign, ok := signsOf()[name]; ok {
		return sign
	}
	return name
}

func signsOf() map[string]string {
	return map[string]string{
		"pushpin": "📌", "round_pushpin": "📍", "memo": "📝", "pencil": "📝", "pencil2": "✏️", "bookmark": "🔖", "star": "⭐",
		"white_check_mark": "✅", "eyes": "👀", "fire": "🔥", "warning": "⚠️", "rotating_light": "🚨", "bulb": "💡", "clipboard": "📋",
		"camera": "📷", "floppy_disk": "💾", "spiral_note_pad": "🗒️", "notebook": "📓", "triangular_flag_on_post": "🚩",
	}
}
