package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/config"
)

// completion offers names of the configuration; where it cannot be read there is nothing to offer.
func (a *app) completion(names func(*config.Config) []string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, _, err := config.LoadAll(a.flags.config, os.LookupEnv)
		if err != nil || c == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(c), cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *app) completeCampaigns(cmd *cobra.Command, words []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.completion(func(c *config.Config) []string {
		var names []string
		for _, name := range c.CampaignNames {
			names = append(names, cobra.CompletionWithDesc(name, c.Campaigns[name].Title))
		}
		return names
	})(cmd, words, typed)
}

func (a *app) completeReports(cmd *cobra.Command, words []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.completion(func(c *config.Config) []string { return c.ReportNames })(cmd, words, typed)
}

func (a *app) completeRuns(cmd *cobra.Command, words []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.completion(func(c *config.Config) []string {
		names := append([]string(nil), c.JobNames...)
		names = append(names, "load", "analyze", "collect", "backtest")
		for _, name := range c.CampaignNames {
			names = append(names, cobra.CompletionWithDesc("campaign "+name, c.Campaigns[name].Title))
		}
		for _, name := range c.ReportNames {
			names = append(names, "report "+name)
		}
		return names
	})(cmd, words, typed)
}

func (a *app) completeEditions(cmd *cobra.Command, words []string, typed string) ([]string, cobra.ShellCompDirective) {
	program, err := a.program(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	editions, err := program.Editions()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range editions {
		names = append(names, cobra.CompletionWithDesc(e.Campaign+"/"+string(e.Slot), e.State))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
