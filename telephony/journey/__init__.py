"""The way of a call: effects around the rules."""
