"""Proposes walks that take every way of a flow."""
