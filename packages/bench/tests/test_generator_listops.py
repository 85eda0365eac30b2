import functools
import itertools
import lzma
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.bench import errors
from framestate.bench.data.generators import listops
from framestate.bench.data.generators.expressions import VOCABULARY, evaluate
from framestate.bench.data.generators.listops import Rule

SHORT = Rule(max_depth=4, min_length=3, max_length=40)


def tokens_of(text):
    return bytes(VOCABULARY.index(word) for word in text.split())


def words_of(tree):
    if isinstance(tree, int):
        return [str(tree)]
    operator, *arguments = tree
    return [operator, *(w for a in arguments for w in words_of(a)), "X"]


def value_of(tree):
    """The definition, on trees."""
    if isinstance(tree, int):
        return tree
    operator, *arguments = tree
    function = {
        "[MAX": max,
        "[MIN": min,
        "[MED": lambda a: int(np.median(a)),
        "[SM": lambda a: sum(a) % 10,
    }[operator]
    return function([value_of(a) for a in arguments])


def tree_of(words):
    """The tree that a list of words, taken from the front, spells."""
    word = words.pop(0)
    if word.isdigit():
        return int(word)
    arguments = []
    while words[0] != "X":
        arguments.append(tree_of(words))
    words.pop(0)
    return (word, *arguments)


def depth(tree):
    return 1 if isinstance(tree, int) else 1 + max(depth(a) for a in tree[1:])


def arities(tree):
    if isinstance(tree, int):
        return []
    return [len(tree) - 1, *(n for a in tree[1:] for n in arities(a))]


trees = st.recursive(
    st.integers(0, 9),
    lambda below: st.tuples(
        st.sampled_from(listops.OPERATORS), st.lists(below, min_size=1, max_size=10)
    ).map(lambda pair: (pair[0], *pair[1])),
    max_leaves=40,
)


@given(trees)
def test_the_value_of_an_expression_is_that_of_its_tree(tree):
    assert evaluate(tokens_of(" ".join(words_of(tree)))) == value_of(tree)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("[MAX 2 9 [MIN 4 7 X 0 X", 9),
        ("[MED 1 2 X", 1),
        ("[MED 8 1 3 9 X", 5),
        ("[MED 3 9 1 X", 3),
        ("[SM 9 9 9 X", 7),
        ("[MIN 5 [SM 5 5 X X", 0),
    ],
)
def test_values_by_hand(text, value):
    assert evaluate(tokens_of(text)) == value


@pytest.mark.parametrize(
    "text",
    ["", "X", "1 2", "[MAX X", "[MAX 1", "[MAX 1 X X", "<eos>", "[SM 1 <pad> X", "1 X"],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(errors.InvalidInputError, match="no ListOps expression"):
        evaluate(tokens_of(text))


def test_a_token_beyond_the_vocabulary_is_refused_by_number():
    with pytest.raises(errors.InvalidInputError, match=r"\?18"):
        evaluate(bytes([18]))
    with pytest.raises(errors.InvalidInputError, match=r"X \.\."):
        evaluate(tokens_of("X " * 13))


def test_trees_obey_the_rule_and_labels_are_their_values():
    made = listops.generate(400, seed=3, rule=SHORT, workers=1)
    lengths = np.diff(made.offsets)
    assert lengths.min() == 4  # strictly more than 3
    assert lengths.max() < 40
    seen = []
    for begin, end, label in zip(
        made.offsets[:-1], made.offsets[1:], made.labels, strict=True
    ):
        words = [VOCABULARY[token] for token in made.tokens[begin:end]]
        tree = tree_of(words)
        assert not words
        assert depth(tree) <= SHORT.max_depth
        assert value_of(tree) == label
        seen += arities(tree)
    assert set(seen) == set(range(2, SHORT.max_arguments + 1))


def test_operators_and_digits_are_drawn_fairly():
    trees = listops._grown(np.random.default_rng(0), Rule(max_depth=3))
    inner = np.concatenate([level.arity for level in trees[:2]])
    share, n = np.mean(inner > 0), inner.size
    assert abs(share - 0.25) < 4 * math.sqrt(0.25 * 0.75 / n)
    assert not trees[2].arity.any()  # digits alone at the largest depth
    for first, kinds, nodes in ((3, 10, False), (13, 4, True)):
        chosen = [t.symbol[(t.arity > 0) == nodes] for t in trees]
        counts = np.bincount(np.concatenate(chosen), minlength=18)[first:][:kinds]
        n = counts.sum()
        assert np.abs(counts / n - 1 / kinds).max() < 4.5 * math.sqrt(1 / kinds / n)
    arity = inner[inner > 0]
    counts = np.bincount(arity, minlength=11)[2:]
    assert np.abs(counts / arity.size - 1 / 9).max() < 4.5 * math.sqrt(
        1 / 9 / arity.size
    )


def test_no_expression_comes_twice():
    rule = Rule(min_length=3, max_length=5)  # [OP a b X: 400 of them
    made = listops.generate(350, seed=0, rule=rule, workers=1)
    rows = made.tokens.reshape(350, 4)
    assert len({row.tobytes() for row in rows}) == 350
    with pytest.raises(errors.InvalidInputError, match="401 different"):
        listops.generate(401, seed=0, rule=rule, workers=1)


def test_examples_depend_on_the_seed_and_not_on_the_processes(monkeypatch):
    monkeypatch.setattr(listops, "_CHUNK", 40)
    told = []
    one = listops.generate(
        100, seed=5, rule=SHORT, workers=1, progress=lambda *t: told.append(t)
    )
    two = listops.generate(100, seed=5, rule=SHORT, workers=2)
    other = listops.generate(100, seed=6, rule=SHORT, workers=1)
    for name in ("tokens", "offsets", "labels"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert not np.array_equal(one.offsets, other.offsets)
    assert (100, 100) in told


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        ({"max_depth": 1}, "cannot grow"),
        ({"max_arguments": 1}, "cannot grow"),
        ({"operator_share": 0.0}, "cannot grow"),
        ({"operator_share": 1.5}, "cannot grow"),
        ({"min_length": 2}, "no length"),
        ({"min_length": 500, "max_length": 501}, "no length"),
    ],
)
def test_a_rule_that_keeps_nothing_is_refused(bad, finding):
    with pytest.raises(errors.InvalidInputError, match=finding):
        Rule(**bad)


@functools.cache
def sampled():
    return listops.generate(2000, seed=11, workers=1)


def test_lengths_are_those_of_long_range_arena():
    lengths = np.diff(sampled().offsets)
    assert lengths.min() > 500
    assert lengths.max() < 2000
    # measured with an independent sampler of the rule on 14,000 expressions
    spread = lengths.std() * math.sqrt(1 / 2000 + 1 / 14_000)
    assert abs(lengths.mean() - 1031) < 4 * spread
    for share, place in ((0.25, 701), (0.5, 948), (0.75, 1302)):
        below = np.mean(lengths < place)
        error = math.sqrt(share * (1 - share) * (1 / 2000 + 1 / 14_000))
        assert abs(below - share) < 4 * error + 0.002  # ties of whole numbers


def test_labels_are_as_frequent_as_in_long_range_arena():
    shares = np.bincount(sampled().labels, minlength=10) / 2000
    error = math.sqrt(0.17 * 0.83 * (1 / 2000 + 1 / 14_000))
    assert abs(shares[0] - 0.173) < 4 * error
    assert abs(shares[9] - 0.170) < 4 * error
    assert shares[1:9].min() > 0.07 - 4 * error
    assert shares[1:9].max() < 0.09 + 4 * error


def test_a_twelfth_of_the_trees_is_kept():
    rng, rule = np.random.default_rng(2), Rule()
    lengths = np.concatenate(
        [listops._lengths(listops._grown(rng, rule)) for _ in range(10)]
    )
    kept = np.mean((lengths > 500) & (lengths < 2000))
    assert abs(kept - 0.083) < 4 * math.sqrt(0.083 / lengths.size) + 0.0005


def data(path):
    folder = Path(os.environ.get("FRAMESTATE_DATA", "/nowhere")) / "listops"
    if not (folder / path).is_file():
        pytest.skip(f"FRAMESTATE_DATA holds no listops/{path}")
    return folder / path


@pytest.mark.parametrize("name", ["test_d20s.tsv.xz", "test_d20a.tsv.xz"])
def test_the_evaluator_gives_the_labels_of_the_original_files(name):
    with lzma.open(data(name), "rt", encoding="utf-8") as lines:
        for number, line in zip(range(3000), lines, strict=False):
            label, expression = line.rstrip("\n").split("\t")
            plain = expression.translate({40: None, 41: None, ord("]"): "X"})
            assert evaluate(tokens_of(plain)) == int(label), number


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_evaluator_gives_the_labels_of_the_prepared_files(split):
    with np.load(data(f"listops_lra_params_{split}.npz")) as table:
        tokens, offsets, labels = table["tokens"], table["offsets"], table["labels"]
        assert tuple(table["vocab"].tolist()) == VOCABULARY
    whole = tokens.tobytes()
    values = [evaluate(whole[a:b]) for a, b in itertools.pairwise(offsets.tolist())]
    assert np.array_equal(values, labels)
