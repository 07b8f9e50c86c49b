"""Twilio and clouds that speak its language, as a carrier."""
