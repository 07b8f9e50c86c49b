"""Walks: scripts of calls, and calls on paper."""
