"""Texts and Docs on disk: shards, splits, near-duplicates."""
