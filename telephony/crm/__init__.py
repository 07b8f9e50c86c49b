"""Where flows and screens look things up outside: one file is one kind of source."""
