"""The ML backend of Label Studio: predictions, and updates in the background."""
