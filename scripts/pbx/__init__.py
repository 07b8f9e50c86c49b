"""Finds or fetches an Asterisk and runs private instances of it.

Standard library only: it runs before any environment is made.
"""
