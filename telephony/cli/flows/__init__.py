"""`ringside flows`: publishes flows, and shows, compares and brings back what was published."""
