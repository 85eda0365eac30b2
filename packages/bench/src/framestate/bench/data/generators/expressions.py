"""The language of ListOps: its tokens, and the value of an expression.

    [MAX 2 9 [MIN 4 7 X 0 X   ->   9

Source: arXiv 1804.06028.
"""

from framestate.bench.errors import InvalidInputError

SPECIALS: tuple[str, ...] = ("<pad>", "<unk>", "<eos>")
DIGITS: tuple[str, ...] = tuple("0123456789")
OPERATORS: tuple[str, ...] = ("[MAX", "[MED", "[MIN", "[SM")
CLOSE = "X"
VOCABULARY: tuple[str, ...] = (*SPECIALS, *DIGITS, *OPERATORS, CLOSE)
DIGIT, OPERATOR, LAST = (VOCABULARY.index(t) for t in ("0", "[MAX", CLOSE))


def evaluate(tokens: bytes) -> int:
    """Value of an expression, read token by token with a stack.

    Raises
    ------
    InvalidInputError
        If the tokens are no expression.
    """
    stack: list[list[int]] = [[]]
    for token in tokens:
        if DIGIT <= token < OPERATOR:
            stack[-1].append(token - DIGIT)
        elif OPERATOR <= token < LAST:
            stack.append([token])
        elif token == LAST and len(stack) > 1 and len(stack[-1]) > 1:
            operator, *arguments = stack.pop()
            stack[-1].append(_applied(VOCABULARY[operator], arguments))
        else:
            raise _no_expression(tokens)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise _no_expression(tokens)
    return stack[0][0]


def _applied(operator: str, arguments: list[int]) -> int:
    match operator:
        case "[MAX":
            return max(arguments)
        case "[MIN":
            return min(arguments)
        case "[SM":
            return sum(arguments) % 10
        case _:
            ordered = sorted(arguments)
            middle = len(ordered) // 2
            return (ordered[middle] + ordered[-1 - middle]) // 2


def _no_expression(tokens: bytes) -> InvalidInputError:
    words = [VOCABULARY[t] if t < len(VOCABULARY) else f"?{t}" for t in tokens[:12]]
    return InvalidInputError(
        request=f"value of {' '.join(words)}{' ..' if len(tokens) > 12 else ''}",
        finding="this is no ListOps expression",
        remedy="Close every operator with X, after at least one argument.",
    )
