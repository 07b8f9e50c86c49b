"""Logs and metrics: listeners only; nothing here changes what a call does."""
