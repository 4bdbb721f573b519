"""Pipelines, their teachers, and training them."""
