"""Every kernel compiles for every architecture, without a driver or a device."""

import pytest

from framestate.ssm.kernels import device
from framestate.ssm.kernels.host import SOURCES

core = pytest.importorskip("cuda.core", reason="cuda-core is not installed")
pytest.importorskip("cuda.bindings", reason="cuda-bindings is not installed")

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_100")


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize(("source", "names"), device.names().items(), ids=str)
def test_a_source_compiles_for_an_architecture(source, names, arch):
    options = core.ProgramOptions(arch=arch, std="c++17", include_path=[str(SOURCES)])
    program = core.Program((SOURCES / f"{source}.cu").read_text(), "c++", options)
    compiled = program.compile("cubin", name_expressions=names)
    assert len(compiled.code) > 0
    assert set(compiled.symbol_mapping) == set(names)


def test_an_error_of_the_compiler_is_reported():
    program = core.Program(
        "__global__ void f() { g(); }", "c++", core.ProgramOptions(arch="sm_90")
    )
    with pytest.raises(Exception, match='identifier "g" is undefined'):
        program.compile("cubin")
