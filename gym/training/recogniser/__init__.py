"""Trains and scores the exercise recogniser."""
