"""What annotations are worth, which of them may be wrong, and what to annotate next."""
