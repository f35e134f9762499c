"""A JSON object is read from a plain file of a bounded size, and anything else is refused in a few words."""

import os

import pytest

from rlbench.json_file import is_regular, read_object


def test_an_object_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, null]}')
    assert read_object(path, 16) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not valid JSON"),
        ('{"a": 1', "it is not valid JSON"),
        ("[" * 200_000, "it is not valid JSON"),
        ("\ud800", "it is not valid JSON"),
        ("[1]", "it is not a JSON object"),
        ("null", "it is not a JSON object"),
        (" " * 300_000 + "{}", "it is too large: more than 300,000 bytes"),
    ],
    ids=range(7),
)
def test_content_that_is_no_object_is_refused(tmp_path, text, why):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ValueError) as told:
        read_object(path, 300_000)
    assert str(told.value) == why


def test_what_is_no_plain_file_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    for name, why in (
        ("none", "it is missing"),
        ("pipe", "it is not a plain file"),
        ("broken", "it is not a plain file"),
    ):
        assert not is_regular(tmp_path / name)
        with pytest.raises(ValueError, match=why):
            read_object(tmp_path / name, 100)
    with pytest.raises(ValueError, match="it is not a plain file"):
        read_object(tmp_path, 100)
