import pytest

from recurra import DataError
from recurra.data.sentences.comments import Comments, check_pattern


def is_comment(line, first=True, pattern="", count=3, tabs=False, is_word=False):
    cells = line.split("\t" if "\t" in line else " ")
    return Comments(pattern, count, tabs, lambda cells: is_word).has(line, cells, first)


@pytest.mark.parametrize("first", [True, False])
def test_a_line_without_a_mark_is_none(first):
    assert not is_comment("a b c", first)
    assert not is_comment("a b", first)


@pytest.mark.parametrize("first", [True, False])
def test_other_columns_make_a_comment(first):
    assert is_comment("# a", first)
    assert is_comment("#", first)
    assert is_comment("# a b", first, tabs=True)
    assert is_comment("#begin a", first) == first
    assert not is_comment("#hashtag", first)


def test_as_many_columns_as_words_have():
    assert is_comment("# a b")
    assert not is_comment("# a b", is_word=True)
    assert not is_comment("# a b", first=False)
    assert not is_comment("#a b c")
    assert is_comment("# id = 1", count=4, is_word=True)
    assert is_comment("#\ta\tb", tabs=True)


def test_a_pattern_decides_alone():
    assert is_comment("%a b c", pattern="%")
    assert not is_comment("# a", pattern="%")
    assert is_comment("a b c", pattern="a b")
    check_pattern("")
    check_pattern("^# ")
    with pytest.raises(DataError, match="comments: expected a regular expression"):
        check_pattern("[")


@pytest.mark.parametrize(
    "pattern", ["#|%", "^//", r"[#%]+\s*\w", "(# |%)", "#?%", r"\$^", "(?=#)", "(?:#x)?", "(?:x)*"]
)
def test_patterns_that_end_soon_are_taken(pattern):
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*$", "(?:xy)*", "a*a*a*$", r"(?=(\w+)+)", "((a{1,9}){1,9})"])
def test_patterns_that_may_never_end_are_refused(pattern):
    with pytest.raises(DataError, match="comments: expected a pattern with at most 2 repeats, of single characters"):
        check_pattern(pattern)


def test_patterns_too_deep_are_refused():
    with pytest.raises(DataError, match="comments: expected a regular expression"):
        check_pattern("(" * 9999)


def test_a_long_line_costs_little():
    assert not is_comment("a" * 1_000_000, pattern=r"\w*\w*x")
