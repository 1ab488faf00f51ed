"""Search: what agents type (`query`), found by index (`lines`, `people`), shown (`told`).

Access rules are part of every query; nothing is filtered afterwards. docs/search.md has the plans.
"""
