"""What happened: the customer's timeline."""
