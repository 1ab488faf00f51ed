"""Scripts for developers; nothing the product runs."""
