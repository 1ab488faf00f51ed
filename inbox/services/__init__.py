"""What the inbox writes: canned responses, macros, drafts."""
