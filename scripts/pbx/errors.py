"""What can go wrong here, said so that a person can mend it."""


class PbxError(Exception):
    """Something could not be had; the text says what to do."""


class NoAsteriskError(PbxError):
    """This machine cannot have an Asterisk of its own; Ringside then runs with the simulated carrier."""
