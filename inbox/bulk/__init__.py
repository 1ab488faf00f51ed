"""One action on many conversations: what can be done, in portions, and taken back."""
