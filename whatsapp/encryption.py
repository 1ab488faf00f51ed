"""Where the first migration of this room looks for the encrypted column; it lives in `accounts`."""

from accounts.encryption import EncryptedTextField, cipher

__all__ = ["EncryptedTextField", "cipher"]
