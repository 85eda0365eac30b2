import pickle

import pytest

from framestate.bench import errors

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.BenchError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_from_one_process_to_another(kind):
    error = kind(request="reading x", finding="it is torn", remedy="Copy it again.")
    # pickle is what processes speak; nothing of it is ever read from a file
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == "reading x: it is torn. Copy it again."
    assert (again.request, again.finding) == ("reading x", "it is torn")
