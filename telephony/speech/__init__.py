"""Prompts, rendered ahead."""
