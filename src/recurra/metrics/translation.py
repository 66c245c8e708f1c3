"""How good translations are: BLEU and chrF, by sacreBLEU (Post, 2018)."""

from collections.abc import Sequence
from typing import Any


def score(
    translations: Sequence[str], references: Sequence[str], lowercase: bool = False, tokens: str = "13a"
) -> dict[str, Any]:
    """Score translations of whole texts.

    Args:
        translations: what is scored.
        references: the true translation of each.
        lowercase: whether capitals count as small letters.
        tokens: how sacreBLEU cuts texts for BLEU: 13a, as its figures are usually given; none, for texts that are cut
            already; intl; zh; or char.

    Returns:
        "bleu" and "chrf", from 0 to 100, and what they are exactly in "bleu_signature" and "chrf_signature"; and
        "exact", the share of translations that are their reference.
    """
    from sacrebleu import BLEU, CHRF  # slow to import

    bleu = BLEU(lowercase=lowercase, tokenize=tokens, force=tokens == "none")  # no warning of what was asked for
    scores: dict[str, Any] = {}
    for name, metric in (("bleu", bleu), ("chrf", CHRF(lowercase=lowercase))):
        scores[name] = float(metric.corpus_score(list(translations), [list(references)]).score)
        scores[f"{name}_signature"] = str(metric.get_signature())
    normal = str.lower if lowercase else str
    exact = sum(normal(a) == normal(b) for a, b in zip(translations, references, strict=True))
    return scores | {"exact": exact / max(1, len(references))}
