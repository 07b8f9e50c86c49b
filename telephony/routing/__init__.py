"""Who answers: rules only."""
