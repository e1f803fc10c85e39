package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"matoi/lang"
)

// misuse is a command line that means nothing, worded for whoever typed it: exit code 2, so that a script tells it from a
// command that failed.
type misuse string

func (m misuse) Error() string { return string(m) }

// worded puts into the reader's language what cobra would say in its own words, for a command and all below it: the flag for
// help, and that an argument, a flag or the second word of a command is missing.
func worded(c *cobra.Command, l lang.Lang) {
	c.InitDefaultHelpFlag()
	if f := c.Flags().Lookup("help"); f != nil {
		f.Usage = lang.Text(l, "cli.flag_help", nil)
	}
	if c.HasParent() && c.HasSubCommands() && !c.Runnable() {
		second(c, l)
	} else if check := c.Args; check != nil && c.HasParent() {
		c.Args = func(c *cobra.Command, args []string) error {
			if check(c, args) != nil {
				return misuse(lang.Text(l, "cli.arguments", lang.Args{"Usage": c.UseLine()}))
			}
			return nil
		}
	}
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		var missing []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if _, must := f.Annotations[cobra.BashCompOneRequiredFlag]; must && !f.Changed {
				missing = append(missing, "--"+f.Name)
			}
		})
		if len(missing) > 0 {
			return misuse(lang.Text(l, "cli.flags_missing", lang.Args{"Flags": strings.Join(missing, ", ")}))
		}
		return nil
	}
	for _, below := range c.Commands() {
		worded(below, l)
	}
}

// second makes a command that only holds others ask for one of them; cobra would show its help and call that a success.
func second(c *cobra.Command, l lang.Lang) {
	c.Args = knownCommand(l)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return misuse(lang.Text(l, "cli.second_word", lang.Args{"Command": c.CommandPath(), "Words": strings.Join(below(c), ", ")}))
	}
}

// below are the names of the commands of a command.
func below(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// knownCommand refuses a word that is no command, with the nearest one.
func knownCommand(l lang.Lang) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		if near := nearest(args[0], below(c)); near != "" {
			return misuse(lang.Text(l, "cli.unknown_command_near", lang.Args{"Word": args[0], "Near": near}))
		}
		help := c.Root().Name() + " help"
		if c.HasParent() {
			help += " " + c.Name()
		}
		return misuse(lang.Text(l, "cli.unknown_command", lang.Args{"Word": args[0], "Help": help}))
	}
}

// flagError words a flag that does not exist, with the nearest one, and one without a value that it can take.
func flagError(c *cobra.Command, err error, l lang.Lang) error {
	var unknown *pflag.NotExistError
	var without *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &without):
		return misuse(lang.Text(l, "cli.flag_without", lang.Args{"Flag": "--" + without.GetFlag().Name}))
	case errors.As(err, &invalid):
		return misuse(lang.Text(l, "cli.flag_invalid", lang.Args{"Flag": "--" + invalid.GetFlag().Name, "Value": invalid.GetValue()}))
	case !errors.As(err, &unknown):
		return misuse(err.Error())
	}
	word := "--" + unknown.GetSpecifiedName()
	if short := unknown.GetSpecifiedShortnames(); short != "" {
		word = "-" + short
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if near := nearest(word, names); near != "" {
		return misuse(lang.Text(l, "cli.unknown_flag_near", lang.Args{"Word": word, "Near": near}))
	}
	return misuse(lang.Text(l, "cli.unknown_flag", lang.Args{"Word": word}))
}
