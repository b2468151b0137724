"""The PyPI package joserfc behind lines of JSON: one request a line on standard input, one answer a line on standard output.

An answer has the request's id and one of
  ok            what was asked for
  refused       the check that a token or key did not pass, in one word
  not_offered   this library lacks the algorithm
  error         anything else, which the program takes for a failure
"""

import importlib.metadata
import json
import platform
import sys
import warnings

from joserfc import errors, jwk, jwt
from joserfc.jws import JWSRegistry

# RSA keys of 2048 bits and the old name EdDSA are what this is about.
warnings.simplefilter("ignore", errors.SecurityWarning)

# What generate needs to know of an algorithm: the kind of key and its size or curve.
KEYS = {
    **{f"HS{bits}": ("oct", bits) for bits in (256, 384, 512)},
    **{f"{family}{bits}": ("RSA", 2048) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "ES256K": ("EC", "secp256k1"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}


class Refused(Exception):
    pass


class NotOffered(Exception):
    pass


def hello():
    version = importlib.metadata.version("joserfc")
    return {"name": "PyPI joserfc", "version": version, "runtime": f"Python {platform.python_version()}"}


def generate(alg, kid):
    """A key that only this library made."""
    if alg not in KEYS or alg not in JWSRegistry.algorithms:
        raise NotOffered(alg)
    kind, size = KEYS[alg]
    key = jwk.generate_key(kind, size, {"kid": kid, "alg": alg, "use": "sig"}, private=True)
    if kind == "oct":
        return {"private_jwk": key.as_dict(private=True)}
    return {
        "private_jwk": key.as_dict(private=True),
        "public_jwk": key.as_dict(private=False),
        "pkcs8": key.as_pem(private=True).decode(),
    }


def import_pem(alg, pem, kid):
    try:
        key = jwk.import_key(pem, KEYS[alg][0], {"kid": kid, "alg": alg, "use": "sig"})
    except (ValueError, errors.JoseError) as error:
        raise Refused("key") from error
    return {"private_jwk": key.as_dict(private=True), "public_jwk": key.as_dict(private=False)}


def sign(alg, typ, kid, claims, **key):
    header = {"alg": alg, "typ": typ, "kid": kid}
    return {"token": jwt.encode(header, claims, jwk.import_key(key["jwk"]), algorithms=[alg])}


def verify(**request):
    return verify_with(jwk.import_key(request.pop("jwk")), **request)


def verify_by_set(**request):
    """The set alone says which key; told is the one that was taken."""
    keys = jwk.KeySet.import_key_set(request.pop("set"))
    taken = []

    def select(token):
        try:
            key = keys.get_by_kid(token.headers()["kid"])
        except errors.InvalidKeyIdError as error:
            raise Refused("kid") from error
        taken.append(key)
        return key

    return {**verify_with(select, **request), "thumbprint": taken[0].thumbprint()}


def verify_with(key, alg, token, typ, issuer, audience, now):
    verified = jwt.decode(token, key, algorithms=[alg])
    if verified.header.get("typ") != typ:
        raise Refused("typ")
    registry = jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(verified.claims)
    return {"header": verified.header, "claims": verified.claims}


def thumbprint(**request):
    return {"thumbprint": jwk.import_key(request["jwk"]).thumbprint()}


OPERATIONS = {f.__name__: f for f in (hello, generate, import_pem, sign, verify, verify_by_set, thumbprint)}


def answer(request):
    try:
        return {"ok": OPERATIONS[request.pop("op")](**request)}
    except Refused as error:
        return {"refused": str(error)}
    except errors.BadSignatureError:
        return {"refused": "signature"}
    except (NotOffered, errors.UnsupportedAlgorithmError) as error:
        return {"not_offered": str(error)}
    except Exception as error:  # told to the program, which fails
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    # JSON is UTF-8 whatever the machine's locale.
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        request = json.loads(line)
        identifier = request.pop("id")
        print(json.dumps({"id": identifier, **answer(request)}, ensure_ascii=False), flush=True)


main()
