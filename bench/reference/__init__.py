"""What the least possible server would take, to be measured beside Ringside."""
