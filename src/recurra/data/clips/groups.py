"""Groups of clips that must not be divided: of one person or one source. Splits by group, and leaks between parts."""

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from recurra.data.batches import hold_out
from recurra.data.clips.clips import Clips
from recurra.errors import DataError, quote


def groups_by_name(names: Sequence[str], pattern: str) -> list[str]:
    """The group of each clip by what its name says.

    Args:
        names: of the clips, such as their paths.
        pattern: a regular expression with one group, such as `person(\\d+)_`, which is searched for.

    Raises:
        DataError: the pattern is none or has no group, or a name does not fit it.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"group_pattern: expected a regular expression, got {quote(pattern)}: {error}") from None
    if compiled.groups != 1:
        raise DataError(f"group_pattern: expected one group, such as person(\\d+)_, got {quote(pattern)}")
    groups = []
    for name in names:
        match = compiled.search(name)
        if match is None or not match[1]:
            raise DataError(f"{name}: expected a name in which {quote(pattern)} is found, got another")
        groups.append(match[1])
    return groups


def hold_out_groups(clips: Clips, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose clips to learn from, and others to hold out, so that no group is in both.

    Groups are drawn at random until the share is reached as nearly as whole groups can; those whose answers have not
    been drawn yet come first, so that a small share knows as many classes as it can.

    Args:
        clips: with groups, or each is a group of its own.
        fraction: to hold out.
        seed: of the choice.

    Returns:
        Their positions, each in rising order. At least one group is left to learn from, so that of one group none is
        held out.
    """
    if clips.groups is None or len(set(clips.groups)) == len(clips):
        answers = clips.answers if _are_plain(clips.answers) else None
        return hold_out(answers, len(clips), fraction, seed)
    members = _members(clips.groups)
    target_count = fraction * len(clips)
    is_held_out = np.zeros(len(clips), bool)
    for group in _with_new_classes_first(clips, members, seed)[:-1]:
        count = int(is_held_out.sum())
        if count and abs(count - target_count) <= abs(count + len(members[group]) - target_count):
            break
        is_held_out[members[group]] = True
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def _with_new_classes_first(clips: Clips, members: dict[str, list[int]], seed: int) -> list[str]:
    """The groups in a random order, but that each has as many classes that none before it had as any behind it."""
    names = list(members)
    remaining = [names[i] for i in np.random.default_rng([seed, 1 << 20]).permutation(len(names))]
    classes = {name: _classes(clips, members[name]) for name in names}
    missing = set().union(*classes.values())
    ordered = list[str]()
    while missing:
        group = max(remaining, key=lambda name: len(classes[name] & missing))
        remaining.remove(group)
        ordered.append(group)
        missing -= classes[group]
    return ordered + remaining


def _members(groups: Sequence[str]) -> dict[str, list[int]]:
    """The positions of the clips of each group."""
    members: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    return members


def _are_plain(answers: Sequence[Any] | None) -> bool:
    """Whether each answer is one label."""
    return answers is not None and not isinstance(answers[0], list | np.ndarray)


def _classes(clips: Clips, indices: list[int]) -> set[Any]:
    """The labels of some clips, where each has one."""
    if clips.answers is None or not _are_plain(clips.answers):
        return set()
    return {clips.answers[i] for i in indices}


def leaks(train: Clips, other: Clips) -> str | None:
    """Say whether two parts share a group or a file, by which a network may know the answers of the other part.

    Args:
        train: what is learnt from.
        other: what is validated or tested on.

    Returns:
        A line that names the first two of these and their number, or None where the parts share nothing.
    """
    shared = _shared_clips(train.checksums, other.checksums, train, other)
    if shared:
        return f"{_count(len(shared), 'clip')} in both parts: {_first_two(shared)}"
    groups = sorted(set(train.groups or ()) & set(other.groups or ()))
    if groups:
        return f"{_count(len(groups), 'group')} in both parts: {_first_two(groups)}"
    return None


def learnt_before(groups: Collection[str], checksums: Collection[str], other: Clips) -> list[str]:
    """Find clips of which a network may know the answer, since it learnt from their group or from their content.

    Args:
        groups, checksums: of the clips that were learnt from.
        other: what it is scored on.

    Returns:
        What is called each of them.
    """
    of_group = [False] * len(other) if other.groups is None else [group in groups for group in other.groups]
    sums = other.checksums or [""] * len(other)
    return [other.where(i) for i in range(len(other)) if of_group[i] or (sums[i] and sums[i] in checksums)]


def _shared_clips(
    train_sums: Sequence[str] | None, other_sums: Sequence[str] | None, train: Clips, other: Clips
) -> list[str]:
    """What is called each clip of the other part that has the content of one that is learnt from."""
    if train_sums is None or other_sums is None:
        return []
    first = {checksum: i for i, checksum in reversed(list(enumerate(train_sums))) if checksum}
    pairs = [(first[checksum], i) for i, checksum in enumerate(other_sums) if checksum in first]
    return [f"{other.where(i)} (learnt from as {train.where(k)})" for k, i in pairs]


def _count(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number:,} {noun}s are"


def _first_two(names: list[str]) -> str:
    return ", ".join(names[:2]) + (", ..." if len(names) > 2 else "")
