import subprocess
import sys

CODE = """
import sys
from recurra.data.sentences.nltk_words import word_tokenizer
spans = list(word_tokenizer().span_tokenize("Don't panic, it's (mostly) harmless."))
assert not any(name.split(".")[0] == "nltk" for name in sys.modules), "nltk is left half imported"
assert not {"scipy", "sklearn"} & {*sys.modules}, "more of NLTK was imported than is used"
import nltk
assert nltk.tokenize.word_tokenize and nltk.edit_distance("a", "b") == 1
assert list(nltk.tokenize.NLTKWordTokenizer().span_tokenize("Don't panic, it's (mostly) harmless.")) == spans
assert list(word_tokenizer().span_tokenize("Don't panic, it's (mostly) harmless.")) == spans
print(len(spans))
"""


def test_the_splitter_comes_without_the_rest_of_nltk_which_can_be_imported_whole_later():
    done = subprocess.run([sys.executable, "-c", CODE], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("11\n", "")
