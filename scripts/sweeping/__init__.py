"""Sweeps: many updates by different settings, compared on dev."""
