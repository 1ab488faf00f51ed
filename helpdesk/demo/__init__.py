"""Demo data: the service desk of a railway that does not exist, so the first look is not empty.

- `people`  agents, teams and labels
- `story`  the words in which a conversation is told
- `stories_today`, `stories_before`  the conversations themselves
- `write`  stories to rows
- `introduce`  tells the simulator about the customers and their windows
"""
