"""Views: fetch with access, act through a service, answer."""
