"""Libraries loaded when they are looked into: nobody who uses one can tell."""

import subprocess
import sys

TALE = """
import sys, threading
from runs.later import load_later, load_now, loaded
load_later("colorsys", "wave")
import colorsys
import colorsys as again
assert again is colorsys and not loaded("colorsys") and "rgb_to_hsv" not in vars(colorsys)
assert colorsys.__file__.endswith(".py") and colorsys.__spec__.name == "colorsys"
assert not loaded("colorsys"), "asking for its file loads nothing"
found = []
ways = [threading.Thread(target=lambda: found.append(colorsys.rgb_to_hsv(0.2, 0.4, 0.4))) for _ in range(8)]
for way in ways:
    way.start()
for way in ways:
    way.join()
assert found == [(0.5, 0.5, 0.4)] * 8, found
assert loaded("colorsys") and type(colorsys) is type(sys)
try:
    colorsys.no_such_thing
except AttributeError:
    print("as ever")
from wave import Wave_read
assert loaded("wave") and Wave_read.__module__ == "wave"
import wave
load_now("wave")
assert wave.Wave_read is Wave_read
"""
MESA = """
import inspect, sys
whole = inspect.stack, inspect.getmodule, inspect.getframeinfo
from runs import later
from runs.later import SELDOM_NEEDED, load_later, loaded
load_later(*SELDOM_NEEDED)
import mesa.mesa_logging
assert (inspect.stack, inspect.getmodule, inspect.getframeinfo) == whole
with later._without_sources():
    assert inspect.getmodule(load_later) is later and "def load_later" in inspect.getsource(load_later)
    assert inspect.stack()[0].function == "<module>"
assert "mesa.model" in mesa.mesa_logging._module_loggers, mesa.mesa_logging._module_loggers.keys()
assert not loaded("pandas")
model = mesa.Model()
collector = mesa.DataCollector(model_reporters={"two": lambda model: 2})
collector.collect(model)
assert collector.get_model_vars_dataframe()["two"].tolist() == [2]
assert loaded("pandas")
print("as ever")
"""


def says(program: str) -> str:
    """What a Python of its own prints."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_a_module_is_whole_at_the_first_look_whoever_looks():
    assert says(TALE) == "as ever\n"


def test_mesa_is_the_same_and_reads_no_sources():
    assert says(MESA) == "as ever\n"
