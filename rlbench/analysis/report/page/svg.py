"""A Matplotlib figure -> SVG to stand inside an HTML page: small, without ids that could clash, coloured by CSS."""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from matplotlib.figure import Figure

LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
REFERENCE = re.compile(r"url\(#([^)]*)\)|^#(.+)$")
NOT_TURNED = re.compile(r"rotate\(-?0[ )]")
COLOUR = re.compile(r"#[0-9a-f]{6}")


def inline_svg(figure: Figure, prefix: str, classes: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """The figure's drawing, without title, description and size, which the page adds.

    prefix: begins every id. classes and colours: the CSS class of everything in a colour, and the CSS colour in its
    place, both by the #rrggbb that was drawn.
    """
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    root = ET.fromstring(file.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata"):
                parent.remove(child)
    used = {name for each in root.iter() for name in _references(each)}
    for each in root.iter():
        _clean(each, prefix, used, classes, colours)
    for parent in list(root.iter()):
        for child in [each for each in parent if each.tag == "g" and not len(each) and not each.attrib]:
            parent.remove(child)
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true"}  # the page describes it in words
    for each in root.iter():
        each.text = each.text if each.text and each.text.strip() else None
        each.tail = None
    return ET.tostring(root, encoding="unicode")


def _references(element: ET.Element) -> Iterator[str]:
    for value in element.attrib.values():
        for found in REFERENCE.finditer(value):
            yield found[1] or found[2]


def _clean(
    element: ET.Element, prefix: str, used: set[str], classes: Mapping[str, str], colours: Mapping[str, str]
) -> None:
    """No namespaces, which HTML has not; ids where something refers to them; short numbers; colours of the page."""
    element.tag = element.tag.rpartition("}")[2]
    attributes = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    name = attributes.pop("id", None)
    if name in used:
        attributes["id"] = f"{prefix}{name}"
    inked = [classes[each] for each in COLOUR.findall(attributes.get("style", "")) if each in classes]
    if inked:
        attributes["class"] = inked[0]
    for key, value in attributes.items():
        if key == "style":
            value = _style(value, colours)
        elif key in ("d", "transform", "x", "y", "width", "height", "points"):
            value = " ".join(LONG_NUMBER.sub(_shorter, value).split())
        if key in ("clip-path", "href", "style"):
            value = value.replace("url(#", f"url(#{prefix}")
            value = f"#{prefix}{value[1:]}" if value.startswith("#") else value
        attributes[key] = value
    if NOT_TURNED.match(attributes.get("transform", "")):
        del attributes["transform"]
    element.attrib = attributes


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _style(style: str, colours: Mapping[str, str]) -> str:
    parts = (part.partition(":") for part in style.split(";"))
    pairs = [(name.strip(), colours.get(value.strip(), value.strip())) for name, _, value in parts]
    return ";".join(
        f"{name}:{value}" for name, value in pairs if name and name != "font-family"
    )  # the page has its own
