"""Ways to spoil a file: bytes, numbers, lines, cells, JSON values, and what lies inside of archives."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

# what readers have stumbled over
NUMBERS = b"? nan NaN inf -Infinity 1e999 -1e39 1_0 0x1F 1,5 NA null -0 -1 2147483648 4294967295 18446744073709551616"
WORDS = b"true false label id text sequence x y __class__ ../../etc/passwd -DOCSTART- B- I-X @data @DATA"
CHARACTERS = (
    "１２",
    "٣",
    "\u2028",
    "\u00a0",
    "\ufeff",
    "é",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    "\x1b[31m",
    "\x1a",
)
TOKENS = [
    *(NUMBERS.split() + WORDS.split() + [character.encode() for character in CHARACTERS]),
    *(bytes([byte]) for byte in b"\"'\\{}():,;@#%="),
    *(b"", b"\xff", b"\xed\xa0\x80", b"\\ud800", b'""', b"\0" * 64, b"9" * 400, b"9" * 5000, b"[" * 3000),
]

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, -1e308, float("nan"), float("inf")),
    *("", "x", "\ud800", "\0", "9" * 400, "nan", "1_0", "a" * 10_000, [], {}, [[]], [None], [[1], [1, 2]], {"x": 1}),
    *([0] * 1000, ["a", 1], [[["a"]]], "\n", "B-X", 3.5),
]


def spoil(content: bytes, random_: random.Random) -> bytes:
    """Spoil the content of a file in one to four ways."""
    for _ in range(random_.choice((1, 1, 1, 2, 2, 4))):
        content = random_.choice(_ways(content))(content, random_)
    return content


def _ways(content: bytes) -> list[Callable[[bytes, random.Random], bytes]]:
    """The ways that fit a content; those that keep what it is come often, since they reach furthest."""
    plain = [_flip, _token, _cut, _remove, _double, _number, _integer, _splice]
    if content.startswith(b"PK"):
        return [*plain, *[_inside_zip] * 8]
    if content.startswith(b"\x1f\x8b"):
        return [*plain, *[_inside_gzip] * 4]
    if content[:1] in b"{[":
        return [*plain, *[_json] * 8, _line, _cell]
    return [*plain, _line, _line, _cell, _cell, _cell, _cell, _long_line]


def _place(content: bytes, random_: random.Random) -> int:
    return random_.randrange(len(content) + 1)


def _flip(content: bytes, random_: random.Random) -> bytes:
    """Change some bits."""
    changed = bytearray(content)
    for _ in range(random_.choice((1, 1, 2, 8))):
        if changed:
            changed[random_.randrange(len(changed))] ^= 1 << random_.randrange(8)
    return bytes(changed)


def _token(content: bytes, random_: random.Random) -> bytes:
    """Put something odd somewhere."""
    place = _place(content, random_)
    return content[:place] + random_.choice(TOKENS) + content[place:]


def _cut(content: bytes, random_: random.Random) -> bytes:
    """End too early."""
    return content[: _place(content, random_)]


def _remove(content: bytes, random_: random.Random) -> bytes:
    """Leave out a part."""
    start, end = sorted((_place(content, random_), _place(content, random_)))
    return content[:start] + content[min(end, start + random_.choice((1, 4, 100))) :]


def _double(content: bytes, random_: random.Random) -> bytes:
    """Repeat a part, maybe very often."""
    start = _place(content, random_)
    part = content[start : start + random_.choice((1, 2, 10, 100))]
    return content[:start] + part * random_.choice((2, 2, 10, 3000)) + content[start:]


def _number(content: bytes, random_: random.Random) -> bytes:
    """Put another number in the place of one."""
    places = [i for i, byte in enumerate(content[:20_000]) if 48 <= byte < 58]
    if not places:
        return content
    place = random_.choice(places)
    new = random_.choice((b"0", b"-1", b"99999999999", b"1e999", b"1_0", b"nan", b"2147483648", b"", b"1.5", b"7"))
    return content[:place] + new + content[place + 1 :]


def _integer(content: bytes, random_: random.Random) -> bytes:
    """Put an extreme number of some bytes in the place of others."""
    size = random_.choice((1, 2, 4, 8))
    value = random_.choice((0, 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1, 2 ** (8 * size - 1) - 1))
    place = _place(content, random_)
    return content[:place] + value.to_bytes(size, random_.choice(("little", "big"))) + content[place + size :]


def _splice(content: bytes, random_: random.Random) -> bytes:
    """Go on from another place."""
    return content[: _place(content, random_)] + content[_place(content, random_) :]


def _line(content: bytes, random_: random.Random) -> bytes:
    """Leave out, repeat, swap, empty or blank a line."""
    lines = content.split(b"\n")
    i, j = random_.randrange(len(lines)), random_.randrange(len(lines))
    way = random_.randrange(5)
    if way == 0:
        del lines[i]
    elif way == 1:
        lines.insert(j, lines[i])
    elif way == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i] = b"" if way == 3 else b" "
    return b"\n".join(lines)


def _cell(content: bytes, random_: random.Random) -> bytes:
    """Put something odd in the place of what stands between two separators of a line, or leave it out."""
    lines = content.split(b"\n")
    i = random_.randrange(len(lines))
    separator = max((b",", b"\t", b" ", b":", b"="), key=lines[i].count)
    cells = lines[i].split(separator)
    j = random_.randrange(len(cells))
    if random_.random() < 0.2:
        del cells[j]
    else:
        cells[j] = random_.choice(TOKENS)
    lines[i] = separator.join(cells)
    return b"\n".join(lines)


def _long_line(content: bytes, random_: random.Random) -> bytes:
    """Join all lines, or make one of them very long."""
    if random_.random() < 0.3:
        return content.replace(b"\n", random_.choice((b"", b",", b"\t", b" ")))
    lines = content.split(b"\n")
    i = random_.randrange(len(lines))
    lines[i] *= min(2000, 1 + 200_000 // (1 + len(lines[i])))
    return b"\n".join(lines)


def _json(content: bytes, random_: random.Random) -> bytes:
    """Put an odd value somewhere in a JSON file, or in a line of one; or leave out or rename a key."""
    lines = content.split(b"\n") if content.count(b"\n{") > 1 else [content]
    i = random_.randrange(len(lines))
    try:
        tree = json.loads(lines[i])
    except (ValueError, RecursionError):
        return content
    lines[i] = json.dumps(_odd(tree, random_), ensure_ascii=random_.random() < 0.9).encode("utf-8", "surrogatepass")
    return b"\n".join(lines)


def _odd(tree: Any, random_: random.Random) -> Any:
    """The same tree with one value changed."""
    if random_.random() < 0.25 or not isinstance(tree, dict | list) or not tree:
        return random_.choice(ODD_VALUES)
    if isinstance(tree, list):
        i = random_.randrange(len(tree))
        return [*tree[:i], _odd(tree[i], random_), *tree[i + 1 :]]
    key = random_.choice(list(tree))
    way = random_.random()
    if way < 0.1:
        return {name: value for name, value in tree.items() if name != key}
    if way < 0.2:
        return {("odd" if name == key else name): value for name, value in tree.items()}
    return tree | {key: _odd(tree[key], random_)}


def _inside_zip(content: bytes, random_: random.Random) -> bytes:
    """Spoil a member, and keep the archive whole."""
    result = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
            chosen = random_.choice(old.infolist()) if old.infolist() else None
            for member in old.infolist():
                part = old.read(member)
                if member is chosen:
                    head = random_.choice((128, len(part)))  # the headers of arrays and recordings are short
                    part = spoil(part[:head], random_) + part[head:]
                if member is not chosen or random_.random() < 0.9:
                    new.writestr(member.filename, part, member.compress_type)
                if random_.random() < 0.02:
                    new.writestr(random_.choice(("y.npy", "lengths.npy", "odd", "__MACOSX/a.wav", "")), part)
    except Exception:  # what an earlier change has broken is left as it is
        return content
    return result.getvalue()


def _inside_gzip(content: bytes, random_: random.Random) -> bytes:
    """Spoil what is compressed, and compress it again."""
    try:
        return gzip.compress(spoil(gzip.decompress(content), random_), 1, mtime=0)
    except Exception:  # what an earlier change has broken is left as it is
        return content
