"""First values from a given source, for modules that draw from the global one."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def drawing_from(generator: torch.Generator | None) -> Generator[None]:
    """Let torch's global CPU source continue from `generator` for a while.

    Parameters
    ----------
    generator : torch.Generator, optional
        Where the values come from; it moves on by one draw. None: the global source
        as it stands.
    """
    if generator is None:
        yield
        return
    before = torch.get_rng_state()
    seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
    torch.default_generator.manual_seed(int(seed))
    try:
        yield
    finally:
        torch.set_rng_state(before)
