"""Ringside: answers calls, decides who takes them, shows who is calling, and writes down what happened."""

__version__ = "0.1.0"
