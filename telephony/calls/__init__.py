"""What a call is: values only."""
