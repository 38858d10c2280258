"""Trains and scores the learned counter."""
