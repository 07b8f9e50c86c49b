"""Published versions of flows, and what differs between them."""
