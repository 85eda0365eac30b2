"""Command line: `python -m framestate.frames certify | atoms | store`.

Exit codes: 0 done, and all clauses are as the corrected theorem says; 1 a corrected
clause fails, or a store is damaged; 2 refused (one line on stderr says why); 3 no
corrected clause fails, but one is undecided; 130 interrupted.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

from framestate.frames.build import (
    bernstein,
    bspline,
    chebyshev,
    fourier,
    laguerre,
    legendre,
    slepian,
    wavelet_frame,
)
from framestate.frames.build.dyadic import dyadic_frame
from framestate.frames.build.interval import interval_wavelets
from framestate.frames.errors import FramesError, InvalidInputError
from framestate.frames.files import write_whole
from framestate.frames.frame import Frame
from framestate.frames.store import Store
from framestate.frames.theorem import certificate_page, check_theorem1
from framestate.frames.theorem.record import certificate_json, corrected, outcome

EXITS = {"holds": 0, "not applicable": 0, "fails": 1, "undecided": 3}


@final
@dataclass(frozen=True)
class Family:
    """A function that makes frames, and the options of the command line it takes."""

    make: Callable[..., Frame]
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


FAMILIES: Mapping[str, Family] = {
    "bernstein": Family(bernstein, ("size",)),
    "bspline": Family(bspline, ("degree", "intervals")),
    "chebyshev": Family(chebyshev, ("size",)),
    "fourier": Family(fourier, ("size",)),
    "laguerre": Family(laguerre, ("size", "scale")),
    "legendre": Family(legendre, ("size",)),
    "slepian": Family(slepian, ("size", "bandwidth")),
}
WAVELETS: Mapping[str, Family] = {
    "scales": Family(wavelet_frame, ("scales",), ("shift", "rcond", "rank")),
    "interval": Family(interval_wavelets, ("level",), ("coarsest", "digits")),
    "level": Family(dyadic_frame, ("level",), ("coarsest", "rcond", "digits")),
}
OPTIONS: Mapping[str, dict[str, Any]] = {
    "size": {"type": int, "metavar": "N", "help": "number of functions"},
    "scale": {"type": float, "help": "laguerre: length of the window"},
    "bandwidth": {"type": float, "help": "slepian: cycles in the window"},
    "degree": {"type": int, "help": "bspline: degree of the pieces"},
    "intervals": {"type": int, "help": "bspline: number of pieces"},
    "level": {"type": int, "metavar": "J", "help": "wavelet: exact dyadic frame"},
    "interval": {
        "action": "store_true",
        "default": None,
        "help": "with --level: orthonormal, with boundary functions",
    },
    "coarsest": {"type": int, "metavar": "J0", "help": "pyramid from this level"},
    "scales": {
        "type": int,
        "nargs": 2,
        "metavar": ("FINEST", "COARSEST"),
        "help": "wavelet: the papers' redundant frame",
    },
    "shift": {"type": float, "help": "distance of its atoms, in supports"},
    "rcond": {"type": float, "help": "cut of the singular values"},
    "rank": {"type": int, "help": "number of singular values kept"},
    "digits": {"type": int, "help": "prove in balls of so many digits"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except FramesError as error:
        sys.stderr.write(f"framestate.frames: {' '.join(str(error).split())}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("framestate.frames: interrupted\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m framestate.frames",
        description="Certificates, pictures and stores of frames.",
    )
    commands = parser.add_subparsers(required=True)
    certify = commands.add_parser("certify", help="check Theorem 1 of W4S4 on a frame")
    certify.set_defaults(run=_certify)
    certify.add_argument("--json", type=Path, metavar="FILE", help="write it as JSON")
    certify.add_argument("--page", type=Path, metavar="FILE", help="write it as HTML")
    atoms = commands.add_parser("atoms", help="draw the atoms of a frame")
    atoms.set_defaults(run=_atoms)
    atoms.add_argument("--out", type=Path, metavar="FILE", required=True)
    for command in (certify, atoms):
        names = f"a wavelet, or {', '.join(FAMILIES)}"
        command.add_argument("name", metavar="NAME", help=names)
        for name, settings in OPTIONS.items():
            command.add_argument(f"--{name}", **settings)
    store = commands.add_parser("store", help="look at a store, or empty it")
    store.set_defaults(run=_store)
    store.add_argument("action", choices=("status", "clear"))
    store.add_argument("folder", metavar="FOLDER")
    return parser


def _frame(options: argparse.Namespace) -> Frame:
    """Make the frame that the options describe.

    Raises
    ------
    InvalidInputError
        When an option is missing, or the family does not take it.
    """
    given = {name: x for name in OPTIONS if (x := vars(options)[name]) is not None}
    family = FAMILIES.get(options.name) or _wavelet(options.name, given)
    if "digits" not in family.takes:
        given.pop("digits", None)  # they are the check's alone
    missing = [name for name in family.needs if name not in given]
    surplus = [name for name in given if name not in (*family.needs, *family.takes)]
    if missing or surplus:
        findings = [f"--{name} is missing" for name in missing]
        findings += [f"--{name} is not its option" for name in surplus]
        known = ", ".join(f"--{name}" for name in (*family.needs, *family.takes))
        raise InvalidInputError(
            request=f"frame of {options.name}",
            finding=" and ".join(findings),
            remedy=f"Its options are {known}",
        )
    return family.make(**given)


def _wavelet(name: str, given: dict[str, Any]) -> Family:
    """The construction that the options ask for; the option that only asks is used."""
    asked = next((option for option in WAVELETS if option in given), None)
    if asked is None:
        raise InvalidInputError(
            request=f"frame of the wavelet {name!r}",
            finding="no construction is asked for",
            remedy="Give --level J or --scales FINEST COARSEST; the families that are "
            f"no wavelets are {', '.join(FAMILIES)}",
        )
    given.pop("interval", None)
    family = WAVELETS[asked]
    return Family(partial(family.make, name), family.needs, family.takes)


def _certify(options: argparse.Namespace) -> int:
    frame = _frame(options)
    certificate = check_theorem1(frame, digits=options.digits)
    _say(str(certificate))
    for path, render in (
        (options.json, certificate_json),
        (options.page, certificate_page),
    ):
        if path is not None:
            _write(path, render(certificate).encode("utf-8"))
    return EXITS[outcome(corrected(certificate))]


def _atoms(options: argparse.Namespace) -> int:
    from framestate.frames import plot  # an optional dependency

    figure = plot.atoms(_frame(options))
    path: Path = options.out
    formats = sorted(figure.canvas.get_supported_filetypes())
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in formats:
        raise InvalidInputError(
            request=f"picture {path}",
            finding=f"{path.suffix!r} is no format of a picture",
            remedy=f"End the name in one of {', '.join(formats)}",
        )
    write_whole(path, lambda stream: figure.savefig(stream, format=suffix))
    _say(f"wrote {path}")
    return 0


def _store(options: argparse.Namespace) -> int:
    store = Store(options.folder)
    if options.action == "clear":
        _say(f"removed {store.clear()} values from {options.folder}")
        return 0
    entries = store.entries()
    for entry in entries:
        record = entry.record
        what = "" if record is None else f"{record.kind} {dict(record.inputs)}"
        said = "; ".join(filter(None, (what, entry.finding)))
        _say(f"{entry.key[:12]} {entry.bytes:>12} {said}")
    damaged = sum(bool(entry.finding) for entry in entries)
    total = sum(entry.bytes for entry in entries)
    _say(f"{len(entries)} values, {total} bytes, {damaged} damaged")
    return 1 if damaged else 0


def _write(path: Path, content: bytes) -> None:
    write_whole(path, lambda stream: stream.write(content))
    _say(f"wrote {path}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
