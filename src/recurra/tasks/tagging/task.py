"""Labelling every word of a sentence: parts of speech, chunks, entities.

The network and its loss: `recurra.tasks.tagging.network`; what it learns from: `recurra.tasks.tagging.data`. Here is
what turns sentences into numbers and scores back into labels and spans. Spans are learnt as BIOES, whatever scheme the
data have, and given back in theirs.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from recurra.data import batches
from recurra.data.sentences import word_tokenizer as running_text
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.lexicon import Lexicon
from recurra.data.sentences.sentences import Sentences, sentences_of
from recurra.data.sources import named, tagged
from recurra.errors import DataError, quote, require_count
from recurra.nn import batch_invariance
from recurra.nn.device import device_of
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.tagging import encoding as tagging_data
from recurra.tasks.tagging import label_probabilities
from recurra.tasks.tagging.comparison import Comparison
from recurra.tasks.tagging.config import TaggerConfig
from recurra.tasks.tagging.contextual_embeddings import WordStates
from recurra.tasks.tagging.data import MONITOR, EncodedSentences, TaggerDataModule
from recurra.tasks.tagging.label_paths import best_paths
from recurra.tasks.tagging.label_probabilities import Scores
from recurra.tasks.tagging.label_scheme import LabelColumn
from recurra.tasks.tagging.labels_file import LabelsFile
from recurra.tasks.tagging.network import TaggerNetwork
from recurra.tasks.tagging.pretrained_vectors import PretrainedVectors
from recurra.tasks.tagging.signature import N_BEST_MOST, TOP_LABELS_MOST, signature
from recurra.tasks.tagging.words_to_tag import split_texts, words_of
from recurra.training.batch import to_device
from recurra.training.data_module import Preparation
from recurra.training.run import RunFolder
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.task import Task
from recurra.training.validation import Validation, evaluating

_AT_ONCE = 4096  # words, roughly, when nothing is learnt
_LANGUAGE_MODEL = "language_model"  # a copy of that run, inside the tagger's


class Tagger(Task[TaggerConfig, TaggerNetwork]):
    """A network that labels every word of a sentence.

    Example:
        >>> tagger = Tagger(cell="gru").fit("train.conllu", valid="dev.conllu")
        >>> tagger.tag("I love sequences .".split())
        ['PRON', 'VERB', 'NOUN', 'PUNCT']
    """

    name = "tagger"
    Config = TaggerConfig
    artifacts = ("lexicon_", "columns_", "layout_", "states_")
    lasting = frozenset({"cell", "activation", "lowercase", "min_count", "vectors", "language_model"})
    lexicon_: Lexicon | None = None
    columns_: dict[str, LabelColumn]
    layout_: Layout | None = None  # of the files that were learnt from
    states_: WordStates | None = None

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, valid: Any = None, **more: Any) -> Self:  # type: ignore[override]
        """Learn from labelled sentences.

        Args:
            X: files or a named data set, see `recurra.data.sources.tagged.resolve`; or, with `y`, lists of words.
            y: the labels of each sentence; or by column a list of them.
            valid: what to choose the best weights by: as `X`, or X and y as a tuple or list of two.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This tagger, with the best weights.

        Raises:
            DataError: data or a setting are not as expected.
        """
        return super().fit(X if y is None else sentences_of(X, y), valid, **more)

    def _reset(self) -> None:
        self.network = self.lexicon_ = self.layout_ = self.states_ = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[TaggerNetwork]:
        config = self.config
        parts = self._resolve(data)
        train, held = parts["train"], parts.get("valid")
        if valid is not None:
            held = next(iter(self._resolve(valid, train.layout).values()))
        fingerprints = fingerprints_of(train, held)
        whole = train = tagging_data.with_words(train)
        if held is not None:
            held = tagging_data.with_words(held)
        named_valid = held
        if not train.labels:
            raise DataError(f"{train.name(0)}: expected words with labels to learn from, got words alone")
        if held is not None:
            tagging_data.require_labels(held, train.labels)
        elif config.valid_fraction and len(train) > 1:
            train, held = batches.divided(train, None, config.valid_fraction, config.seed)
        if not is_new:
            tagging_data.require_labels(train, self.columns_)
            tagging_data.require_alike(train, self.columns_)
        network = self._learn(train) if is_new else self._build()
        self.layout_ = train.layout or self.layout_
        if named_valid is not None:
            tagging_data.require_alike(named_valid, self.columns_)
        encoded = self.encode(train)
        warnings = tagging_data.warnings(whole, named_valid, self.columns_)
        if held is None and config.valid_fraction:
            warnings.append("1 sentence is too few to hold some out: training loss chooses the weights")
        data_module = TaggerDataModule(config, encoded, warnings=warnings)
        return Preparation(network, data_module, self._validation(held), fingerprints)

    def _learn(self, train: Sentences) -> TaggerNetwork:
        """Learn words and labels; build the network, with the vectors and the language model that the settings name."""
        config, pretrained = self.config, None
        if config.language_model:
            self.states_ = WordStates(LanguageModel.load(config.language_model))
        if config.vectors:
            pretrained = PretrainedVectors.read(config.vectors, config.lowercase)
            self.set_params(word_embedding_size=pretrained.size)
        more_words = [] if pretrained is None else pretrained.words
        self.lexicon_ = Lexicon.learn(train.words, config.lowercase, config.min_count, more_words)
        self.layout_ = train.layout
        self.columns_ = {name: LabelColumn.learn(labels) for name, labels in train.labels.items()}
        network = self._build()
        if pretrained is not None:
            network.load_pretrained_vectors(*pretrained.of(self.lexicon_))
        return network

    def _build(self) -> TaggerNetwork:
        columns = self.columns_.values()
        allowed = [column.allowed() if self.config.crf else None for column in columns]
        labels = [len(column.labels) for column in columns]
        state_size = self.states_.size if self.states_ else 0
        return TaggerNetwork(self._learnt(self.lexicon_), labels, allowed, self.config, state_size)

    def _validation(self, held: Sentences | None) -> Validation:
        """How a network is scored while it learns: for each column its score, and how far they are from 1."""
        if held is None:
            return Validation()

        def score(network: TaggerNetwork) -> dict[str, float]:
            main = self._compare(network, held).main_scores()
            shown = {f"valid_{name}": value for name, value in main.items()}
            return {MONITOR: 1 - float(np.mean(list(shown.values())))} | shown

        return Validation(MONITOR, score)

    # --- labelling ---------------------------------------------------------------------------------------------------

    def split(self, text: str, characters: bool | None = None) -> list[tuple[int, int]]:
        """Find the words of a text: for each where it begins and ends (exclusive).

        Args:
            text: a sentence, or a few.
            characters: whether every character is a word, as in labelled Chinese; None takes what the training data
                have. Else see `recurra.data.sentences.word_tokenizer.split`; points go as in the training data.
        """
        self._fitted()
        lexicon = self._learnt(self.lexicon_)
        if lexicon.of_characters if characters is None else characters:
            return running_text.split_characters(text)
        return running_text.split(text, lexicon.knows)

    @property
    def knows_label(self) -> dict[str, Callable[[str], bool]]:
        """By column, whether a text is a label of it."""
        return {name: column.knows for name, column in self.columns_.items()}

    def words(self, sentences: Any) -> tuple[list[list[str]], bool]:
        """Give the words of each sentence, and whether there was one alone, as a text or as its words.

        Args:
            sentences: as of `tag`.

        Raises:
            DataError: as of `tag`.
        """
        self._fitted()
        return words_of(sentences, self.split, self._learnt(self.lexicon_))

    def tag(self, sentences: Any) -> Any:
        """Label words.

        Args:
            sentences: the words of one sentence, a list of texts without white space; or of several, a list of such
                lists. A text is one sentence, whose words `split` finds; of several texts call `tag` for each.

        Returns:
            The labels of the sentence, or of each; where the tagger has several columns, by column.

        Raises:
            DataError: something is no list of words, or words have white space (and none had that were learnt from),
                which texts have, not words.
        """
        network = self._fitted()
        words, is_one = self.words(sentences)
        by_column: dict[str, Any] = {}
        for name, labels in self._tag(network, words).items():
            written = [self.columns_[name].decode(row) for row in labels]
            by_column[name] = written[0] if is_one else written
        return _of_only_column(by_column)

    def _tag(self, network: TaggerNetwork, words: Sequence[Sequence[str]]) -> dict[str, list[list[str]]]:
        """The labels of each column, as they are learnt."""
        tagged_words: dict[str, list[Any]] = {name: [[]] * len(words) for name in self.columns_}
        for rows, outputs in self._run(network, words):
            for (name, column), output in zip(self.columns_.items(), outputs, strict=True):
                for row, numbers in zip(rows, label_probabilities.decode(output), strict=True):
                    tagged_words[name][row] = [column.labels[number] for number in numbers]
        return tagged_words

    @torch.inference_mode()
    def _run(self, network: TaggerNetwork, words: Sequence[Sequence[str]]) -> Iterator[tuple[list[int], list[Scores]]]:
        """Score the labels of each column, some sentences at a time, the longest first.

        Yields:
            Which sentences, and the scores of their labels in each column.
        """
        device = device_of(network)
        encoded = tagging_data.encode_words(words, self._learnt(self.lexicon_))
        for rows in batches.longest_first([len(sentence) for sentence in words], _AT_ONCE):
            if self.states_:
                encoded.states = dict(zip(rows, self.states_.of([words[i] for i in rows]), strict=True))
            inputs, lengths = to_device(encoded.inputs(rows), device)
            with evaluating(network):
                emissions, _ = network(inputs, lengths)  # of each column (B, T, K)
            crfs = zip(network.crfs, emissions, strict=True)
            yield rows, [Scores(crf, scores, lengths) for crf, scores in crfs]

    def describe(self, sentences: Any, *, n_best: int = 1, top_labels: int = 0) -> list[dict[str, Any]]:
        """Label words, and say how sure that is.

        Args:
            sentences: as of `tag`; in a list of several {"text": ...} too, whose words `split` finds.
            n_best: ways to label a sentence as a whole, 1 to `N_BEST_MOST`.
            top_labels: labels to give of each word with their probabilities, 0 to `TOP_LABELS_MOST`.

        Returns:
            For each sentence, in a list even of one, its "words"; which of them, from 0, are "unknown", so that the
            network reads only their form and what is around them; their "labels" and "probabilities": that this label
            is shown at this word, whatever the others are; where the labels are of spans also "spans": "type", "start",
            "end" (exclusive), "text" and "probability", that of exactly this span, whatever stands around it. With
            `top_labels` also these, the likeliest first: for each word a list of "label" and "probability". With
            `n_best` above 1 also "paths", the likeliest first, see `label_paths.best_paths`. Where the tagger has
            several columns, by column in "columns". Of a text also "text" and "offsets", where its words lie.

        Raises:
            DataError: something is no list of words, or a number is out of its bounds.
        """
        network = self._fitted()
        require_count("n_best", n_best, most=N_BEST_MOST)
        require_count("top_labels", top_labels, least=0, most=TOP_LABELS_MOST)
        sentences, texts = split_texts(sentences, self.split)
        sentences, _ = self.words(sentences)
        between = "" if self._learnt(self.lexicon_).of_characters else " "
        by_column: list[dict[str, Any]] = [{} for _ in sentences]
        for rows, outputs in self._run(network, sentences):
            for (name, column), output in zip(self.columns_.items(), outputs, strict=True):
                described = _described(column, output, n_best, top_labels)
                for row, of_row in zip(rows, described, strict=True):
                    for span in of_row.get("spans", ()):
                        span["text"] = between.join(sentences[row][span["start"] : span["end"]])
                    by_column[row][name] = of_row
        records = [self._record(words, columns) for words, columns in zip(sentences, by_column, strict=True)]
        return [texts.get(number, {}) | record for number, record in enumerate(records)]

    def _record(self, words: list[str], described: dict[str, Any]) -> dict[str, Any]:
        """What is known of a sentence; without the name of a column where there is only one."""
        empty: dict[str, Any] = {"labels": [], "probabilities": []}  # of a sentence without words
        columns = {name: described.get(name, empty) for name in self.columns_}
        knows = self._learnt(self.lexicon_).knows
        sentence = {"words": words, "unknown": [number for number, word in enumerate(words) if not knows(word)]}
        if len(columns) > 1:
            return sentence | {"columns": columns}
        (described,) = columns.values()
        return sentence | described

    @property
    def is_batch_invariant(self) -> bool:  # type: ignore[override]  # follows from the layers
        """Whether the answers of `describe` do not depend on the other inputs; see `Task`."""
        return self.network is not None and all(map(batch_invariance.holds_for, self._answering_networks()))

    def _answering_networks(self) -> list[nn.Module]:
        return [self._fitted(), *([] if self.states_ is None else [self.states_.model._fitted()])]

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return signature(self.name, self.columns_)

    # --- scores ------------------------------------------------------------------------------------------------------

    def evaluate(self, X: Any, y: Any = None, part: str | None = None) -> dict[str, Any]:
        """Score on labelled sentences.

        Args:
            X, y: as of `fit`.
            part: of a named data set; None takes "test" where there is one.

        Returns:
            Scores by name, see `recurra.metrics.spans`; where the tagger has several columns, by column.
        """
        return self.assess(X, y, part, with_errors=False)[0]

    def errors(self, X: Any, y: Any = None, part: str | None = None) -> list[dict[str, Any]]:
        """List where labels are wrong: as `span_scores.errors`, with the "column"; arguments as of `evaluate`."""
        return self.assess(X, y, part)[1]

    def assess(
        self, X: Any, y: Any = None, part: str | None = None, with_errors: bool = True
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Give the scores of `evaluate` and the list of `errors`, and label the sentences once for both."""
        sentences = self.labelled_sentences(X if y is None else sentences_of(X, y), part)
        comparison = self._compare(self._fitted(), sentences)
        return _of_only_column(comparison.scores()), comparison.errors() if with_errors else []

    def data_module(self, data: Any, part: str | None = None) -> TaggerDataModule:
        """Give labelled sentences in the batches that `network.loss` takes.

        Args:
            data: files or a named data set, as of `fit`; or sentences and their labels, a pair.
            part: of a named data set; None takes "test" where there is one.
        """
        return TaggerDataModule(self.config, self.encode(self.labelled_sentences(data, part)))

    def encode(self, sentences: Sentences) -> EncodedSentences:
        """Turn sentences and their labels into numbers, with the states of the language model where there is one."""
        encoded = tagging_data.encode(sentences, self._learnt(self.lexicon_), self.columns_)
        encoded.states = self.states_.of(sentences.words) if self.states_ else ()
        return encoded

    def _resolve(self, data: Any, layout: Layout | None = None) -> dict[str, Sentences]:
        return tagged.resolve(data, self.config.columns, self.config.comments, layout)

    def labelled_sentences(self, data: Any, part: str | None = None) -> Sentences:
        """Give sentences with the true labels of every column; arguments as of `data_module`.

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected, or lack labels.
        """
        self._fitted()
        parts = self._resolve(data, self.layout_)
        sentences: Sentences = named.part_to_score(data, parts, part)
        tagging_data.require_labels(sentences, self.columns_)
        tagging_data.require_alike(sentences, self.columns_)
        return sentences

    def _compare(self, network: TaggerNetwork, sentences: Sentences) -> Comparison:
        return Comparison.of(sentences, self.columns_, self._tag(network, sentences.words))

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        self._learnt(self.lexicon_).save(folder / "words.json")
        LabelsFile(self.columns_, self.layout_).write(folder / "labels.json")
        if self.states_:
            self.states_.model._write_run(RunFolder(folder / _LANGUAGE_MODEL))

    def _load_artifacts(self, folder: Path) -> None:
        labels = LabelsFile.read(folder / "labels.json")
        self.columns_, self.layout_ = labels.columns, labels.layout
        self.lexicon_ = Lexicon.load(folder / "words.json")
        if self.config.language_model:
            model = folder / _LANGUAGE_MODEL
            if not model.is_dir():
                config_file, got = RunFolder(folder).config_file, quote(self.config.language_model)
                raise DataError(f"{config_file}: expected no language_model, since {model} is not there, got {got}")
            self.states_ = WordStates(LanguageModel.load(model))


def _described(column: LabelColumn, output: Scores, n_best: int, top_labels: int) -> list[dict[str, Any]]:
    """What is said of some sentences in one column; arguments as of `Tagger.describe`."""
    described = label_probabilities.describe(column, output, top_labels)
    if n_best > 1:
        for record, paths in zip(described, best_paths(column, output, n_best), strict=True):
            record["paths"] = paths
    return described


def _of_only_column(by_column: dict[str, Any]) -> Any:
    """What belongs to the one column; of several, by column."""
    return next(iter(by_column.values())) if len(by_column) == 1 else by_column
