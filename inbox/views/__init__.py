"""The pages and fragments of the inbox; one file per concern, each view fetches, acts, answers."""
