"""Pipeline components that a packaged pipeline needs. It carries this file: import spaCy only."""
