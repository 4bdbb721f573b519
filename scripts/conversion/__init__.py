"""Label Studio exports to Docs: reading, deciding, recording."""
