#!/usr/bin/env python3
"""Makes the vectors beside this file, from Python's standard library and the specification alone.

    python3 test/vectors/make.py

The texts are drawn from a seeded generator, so that a run changes nothing unless this file changed.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import random
import zlib

HERE = pathlib.Path(__file__).parent
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
UNRESERVED = DIGITS + "-._~"
draw = random.Random(20260101)


def text(length, alphabet=DIGITS):
    return "".join(draw.choice(alphabet) for _ in range(length))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def crc32(value):
    return zlib.crc32(value.encode("ascii"))


def six_digits(number):
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits = DIGITS[rest] + digits
    return digits


def length_prefixed(parts):
    """Each part with its length in UTF-16 code units before it; an absent one is a hyphen."""
    return "".join("-" if part is None else f"{len(part.encode('utf-16-le')) // 2}:{part}" for part in parts)


def sha256(value):
    return base64url(hashlib.sha256(value.encode()).digest())


def hmac_sha256(key, value):
    return base64url(hmac.new(key, value.encode(), hashlib.sha256).digest())


def checksums():
    texts = ["", "0", "123456789", "cl_", "sk_live_", "The quick brown fox jumps over the lazy dog"]
    texts += [text(length) for length in (1, 2, 41, 44, 1000)]
    return [{"text": t, "crc32": crc32(t), "digits": six_digits(crc32(t))} for t in texts]


def digits():
    numbers = [0, 1, 61, 62, 3843, 3844, 2**31 - 1, 2**31, 2**32 - 1]
    return [{"number": number, "digits": six_digits(number)} for number in numbers]


def credentials():
    prefixes = ["cl", "sl", "sk_live", "sk_test", "a", "A1_b2_C3", "x" * 32]
    for prefix in prefixes:
        locator, verifier = text(11), text(27)
        body = f"{prefix}_{locator}{verifier}"
        yield {
            "kind": "token",
            "prefix": prefix,
            "locator": locator,
            "verifier": verifier,
            "id": f"{prefix}_{locator}",
            "text": body + six_digits(crc32(body)),
        }


def digests():
    for kind in ("token", "refresh"):
        for prefix in ("cl", "sk_live"):
            parts = {"kind": kind, "prefix": prefix, "locator": text(11), "verifier": text(27)}
            value = length_prefixed(list(parts.values()))
            yield {**parts, "pepper": None, "hash": sha256(value)}
            for size in (32, 64, 65, 200):
                key = bytes(draw.randrange(256) for _ in range(size))
                pepper = {"id": f"p{size}", "key": base64url(key)}
                yield {**parts, "pepper": pepper, "hash": hmac_sha256(key, value)}


def pkce():
    verifiers = ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"]  # RFC 7636 appendix B
    verifiers += [text(length, UNRESERVED) for length in (43, 64, 128)]
    return [{"verifier": verifier, "challenge": sha256(verifier)} for verifier in verifiers]


def tuples():
    tuples_of_parts = [
        [],
        [None],
        [""],
        [None, ""],
        ["", None],
        ["-"],
        ["0:"],
        ["a", "b"],
        ["ab"],
        ["a", "b", None],
        ["1:a"],
        ["user:u_42", None, "local-dev"],
        ["user:u_42", "", "local-dev"],
        ["Zürich", "日本", "🔑", "e\u0301", "\u00e9"],
        ["x" * 1000],
    ]
    return [
        {"parts": parts, "encoded": length_prefixed(parts), "key": sha256(length_prefixed(parts))}
        for parts in tuples_of_parts
    ]


FILES = {
    "checksum": lambda: {"texts": checksums(), "numbers": digits()},
    "credential": lambda: list(credentials()),
    "digest": lambda: list(digests()),
    "pkce": pkce,
    "tuple": tuples,
}

for name, make in FILES.items():
    (HERE / f"{name}.json").write_text(json.dumps(make(), indent=2, ensure_ascii=True) + "\n")
