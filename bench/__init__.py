"""Measures Ringside beside the dialplan alone and beside bare servers, in one run: `make bench`."""
