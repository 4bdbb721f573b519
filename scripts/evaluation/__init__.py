"""Predictions against gold and against each other: scores with their intervals."""
