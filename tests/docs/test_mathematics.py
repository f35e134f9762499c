"""Formulas become MathML, and one that cannot be drawn is told."""

import importlib.util
import sys

import pytest
from documents import DOCS


@pytest.fixture(scope="module")
def mathematics():
    pytest.importorskip("latex2mathml", reason="needs the extra docs: pip install 'rlbench[docs]'")
    spec = importlib.util.spec_from_file_location("site_mathematics", DOCS / "site" / "mathematics.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_formula_in_a_line_and_one_of_its_own(mathematics):
    inline = mathematics.with_mathml(r'<p>With <span class="arithmatex">\(a &lt; b_t\)</span>.</p>')
    assert 'display="inline"' in inline
    assert "<mo>&#x0003C;</mo>" in inline
    assert "<msub><mi>b</mi><mi>t</mi></msub>" in inline
    block = mathematics.with_mathml('<div class="arithmatex">\\[\n\\frac{1}{2}\n\\]</div>')
    assert block.startswith('<div class="formula"><math')
    assert 'display="block"' in block
    assert "<mfrac>" in block


@pytest.mark.parametrize("latex", [r"\nosuchthing x", r"\frac", r"\left( x"])
def test_what_cannot_be_drawn_is_told(mathematics, latex):
    with pytest.raises(mathematics.FormulaError, match="The formula"):
        mathematics.mathml(latex, display=False)
