"""Plays stored calls through a version of their flow."""
