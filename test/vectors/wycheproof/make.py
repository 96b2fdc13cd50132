#!/usr/bin/env python3
"""Takes from a checkout of Wycheproof what the tests use, one test a line.

    python3 test/vectors/wycheproof/make.py <checkout>

Left out are the notes, private halves of key pairs whose public half is given, keys in other encodings, and what only decryption needs.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(sys.argv[1])
TEST = ("tcId", "comment", "result", "jws", "jwe", "msg", "sig")


def keys_of(group):
    """The public keys where there are such, or else all that there is."""
    if "publicKey" in group:
        return {"x": group["publicKey"]["wx"], "y": group["publicKey"]["wy"]}
    return group.get("public", group.get("private"))


def trimmed(name):
    whole = json.loads((SOURCE / "testvectors_v1" / f"{name}.json").read_text())
    lines = []
    for group in whole["testGroups"]:
        tests = [{k: t[k] for k in TEST if k in t} for t in group["tests"]]
        body = ",\n".join("    " + json.dumps(t) for t in tests)
        keys = None if name == "json_web_encryption_test" else keys_of(group)
        lines.append(f'  {{"keys": {json.dumps(keys)}, "tests": [\n{body}\n  ]}}')
    return '{"numberOfTests": %d, "groups": [\n%s\n]}\n' % (whole["numberOfTests"], ",\n".join(lines))


for name in (
    "json_web_signature_test",
    "json_web_key_test",
    "json_web_crypto_test",
    "json_web_encryption_test",
    "ecdsa_secp256r1_sha256_p1363_test",
    "ecdsa_secp256r1_sha256_test",
):
    (HERE / f"{name}.json").write_text(trimmed(name))
(HERE / "LICENSE").write_text((SOURCE / "LICENSE").read_text())
