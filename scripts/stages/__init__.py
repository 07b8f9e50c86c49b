"""Sets a machine up, one stage after the other.

Standard library only. Every stage can be repeated and is quick when nothing is to do.
"""
