"""One suite for every carrier: each walks every flow over every edge, and all must tell the same story."""
