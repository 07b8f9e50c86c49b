"""Who is calling: records, and how a number leads to one."""
