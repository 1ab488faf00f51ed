"""Where one can see to what a notice is about."""

# The admin page, by the first word of the notice's subject (`"number:3"`). The rooms that raise
# notices register their own.
PAGES: dict[str, str] = {}
