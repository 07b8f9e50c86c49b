"""Asterisk, over AMI, FastAGI and CEL."""
