"""Reps compared with one another: the curves of their joints, which is odd, and where two differ."""
