"""Whether a pipeline may be released, and what is packed with it."""
