package config

import "path/filepath"

// Resolve is a path of the file as the process sees it: relative ones start at the config file's folder.
func (c *Config) Resolve(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.Dir, path)
}

// DataPath is the data folder.
func (c *Config) DataPath() string { return c.Resolve(c.DataDir) }

// OutboxPath is the folder of .eml files.
func (c *Config) OutboxPath() string {
	if c.Mail.Outbox == "" {
		return filepath.Join(c.DataPath(), "outbox")
	}
	return c.Resolve(c.Mail.Outbox)
}

// BouncesPath is the Maildir that is read, "" where there is none.
func (c *Config) BouncesPath() string { return c.own(c.Mail.Bounces.Maildir) }

// SQLPath is the folder of the company's own models, "" where it has none.
func (c *Config) SQLPath() string { return c.own(c.SQLDir) }

// TemplatesPath is the folder of the company's own templates, "" where it has none.
func (c *Config) TemplatesPath() string { return c.own(c.TemplatesDir) }

func (c *Config) own(dir string) string {
	if dir == "" {
		return ""
	}
	return c.Resolve(dir)
}
