"""`python -m telephony` is `ringside`."""

from telephony.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
