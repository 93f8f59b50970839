"""Rewards: what a search is asked to improve, and how a value becomes a desirability between 0 and 1."""
