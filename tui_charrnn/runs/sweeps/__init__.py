"""Sweeps: every combination of some hyperparameters, run by other processes and kept in a store."""
