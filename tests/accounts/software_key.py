"""A security key made of software: answers WebAuthn's questions as a browser with a passkey would."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class SoftwareKey:
    def __init__(self, host: str) -> None:
        self.rp_hash = hashlib.sha256(host.encode()).digest()
        self.origin = f"http://{host}"
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = ""

    def register(self, options: dict[str, Any]) -> str:
        """The answer to the options of a page that adds a key, as the page's script would post it."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.private_key.public_key())
        )
        flags = VERIFIED | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(self.rp_hash, flags, 0, credential)
        answer = {
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", public["challenge"])),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._credential(answer, {"credProps": {"rk": True}})

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to the options of a page that asks for a key."""
        client_data = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(self.rp_hash, VERIFIED, 1)
        signed = self.private_key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed),
            "userHandle": self.user_handle,
        }
        return self._credential(answer, {})

    def _client_data(self, kind: str, challenge: str) -> bytes:
        websafe_decode(challenge)  # the page must hand it over as WebAuthn's JSON writes it
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, str], extensions: dict[str, Any]) -> str:
        key_id = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": key_id,
                "rawId": key_id,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )
