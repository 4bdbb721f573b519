"""What components say of a text: one module a component, and what all have in common."""
