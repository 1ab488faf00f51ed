"""Demo data: the service desk of a railway that does not exist, so the first look is not empty.

- `people`  agents, teams and labels
- `story`  the words in which a conversation is told
- `stories_today`, `stories_before`  the conversations themselves
- `known`  attributes and notes of some customers
- `write`  stories to rows
- `furnish`  what the desk has done besides answering: priorities, snoozes, promises, a view
- `introduce`  tells the simulator about the customers and their windows
"""
