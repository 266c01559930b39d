"""How are secrets kept at rest? Encrypted with a key from the environment, rotated by listing the old key behind the
new.

FIELD_ENCRYPTION_KEY holds one or more Fernet keys separated by commas: the first encrypts, all decrypt. Each
ciphertext names the company it belongs to, so that one moved to another company's row does not open.
"""

import base64
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class WrongOwner(ValueError):
    """The ciphertext was made for somebody else, or with a key we no longer hold."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in settings.FIELD_ENCRYPTION_KEYS])


def _fernet_key(text: str) -> bytes:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return base64.urlsafe_b64encode(raw)


def seal(secret: str, *, owner: str) -> str:
    return _box().encrypt(json.dumps([owner, secret]).encode()).decode()


def unseal(ciphertext: str, *, owner: str) -> str:
    try:
        sealed_for, secret = json.loads(_box().decrypt(ciphertext.encode()))
    except (InvalidToken, ValueError) as error:
        raise WrongOwner("The secret cannot be read with the keys in FIELD_ENCRYPTION_KEY.") from error
    if sealed_for != owner:
        raise WrongOwner("The secret belongs to another company.")
    return str(secret)
