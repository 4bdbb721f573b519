"""Talking to Label Studio: what is read from a project, and what is written to it."""
