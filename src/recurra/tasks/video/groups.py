import numpy as np


def divided(clips, fraction, seed):
    names = sorted(set(clips.groups))
    if len(names) < 2:
        return clips, None
    order = np.random.default_rng([seed, 1 << 20]).permutation(len(names))
    n = min(max(1, round(fraction * len(names))), len(names) - 1)
    held = {names[i] for i in order[:n]}
    a = [i for i, g in enumerate(clips.groups) if g not in held]
    b = [i for i, g in enumerate(clips.groups) if g in held]
    return clips.select(a), clips.select(b)
