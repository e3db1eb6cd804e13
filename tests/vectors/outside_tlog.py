"""
Makes outside_tlog.json: what aics-tlog 0.2.1, an implementation of transparency logs that is not ours, answers.

It needs Python 3.12 and later, so it is asked once, apart from the hub:

    python3.12 -m venv outside && outside/bin/pip install aics-tlog==0.2.1
    outside/bin/python tests/vectors/outside_tlog.py > tests/vectors/outside_tlog.json
"""

import json
from hashlib import sha256

ORIGIN, SIZE, TIME = "hub.example/ledger", 512, 1_780_000_000
MOST, LEAVES, INDEX = 64, 256 * 257, 513


def digest(parts):
    return sha256(b"".join(parts)).hexdigest()


def main():
    import aics_tlog as tlog
    from aics_tlog.tiles import MemoryTileReader, inclusion_proof_from_tiles, materialise_tiles, tree_root_from_tiles
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    tree = tlog.MerkleTree([bytes([number]) for number in range(MOST)])
    sizes = range(1, MOST + 1)
    log, witness = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
    signed = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, SIZE, bytes(32)), log, ORIGIN)
    _, line = tlog.sign_cosignature(witness, "police.example", TIME, ORIGIN, SIZE, bytes(32))
    files = materialise_tiles([str(number).encode() for number in range(LEAVES)])
    tiles = {name: data for name, data in files.items() if not name.startswith("tile/entries/")}
    proof = inclusion_proof_from_tiles(MemoryTileReader(files), INDEX, LEAVES)
    return {
        "about": "Answers of aics-tlog 0.2.1; outside_tlog.py says how they were made. Hashes in hex.",
        "roots": [tree.root(size).hex() for size in sizes],
        "inclusion": digest(one for size in sizes for at in range(size) for one in tree.inclusion_proof(at, size)),
        "consistency": digest(
            one for size in sizes for old in sizes[:size] for one in tree.consistency_proof(old, size)
        ),
        "log": tlog.format_vkey(tlog.vkey_from_ed25519(ORIGIN, log.public_key())),
        "witness": tlog.format_vkey(tlog.cosignature_vkey("police.example", witness.public_key())),
        "note": tlog.Note(text=signed.text, signatures=(*signed.signatures, line)).serialise(),
        "tiles": {
            "leaves": LEAVES,
            "names": digest(f"{name}\n".encode() for name in tiles),
            "hashes": digest(tiles.values()),
            "root": tree_root_from_tiles(MemoryTileReader(files), LEAVES).hex(),
            "index": INDEX,
            "proof": [one.hex() for one in proof],
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
