"""Who gives a command."""

import getpass


def user(named: str = "") -> str:
    """Return the name that was given, else the user of this machine; '' when it has none."""
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user need not be in its list of users
        return ""
