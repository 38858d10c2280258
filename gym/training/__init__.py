"""Offline: how the networks were made. The application never imports this package."""
