"""Event files of TensorBoard, written byte by byte, so that tests can write wrong ones too."""

import struct


def crc32c(data):
    """CRC-32C, a bit at a time, from its definition."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data):
    """A TFRecord."""
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value):
    value &= (1 << 64) - 1
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def block(number, data):
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(step, values, time=1000.0):
    """An event with `values`: encoded values of a summary."""
    head = b"\x09" + struct.pack("<d", time) + b"\x10" + varint(step)
    return record(head + block(5, b"".join(block(1, value) for value in values)))


def scalar(tag, value):
    return block(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def text(tag, words):
    """As SummaryWriter.add_text writes it, under the tag with `/text_summary` behind it."""
    return block(1, f"{tag}/text_summary".encode()) + block(8, b"\x08\x07" + block(8, words.encode()))


def tensor(tag, value):
    """A scalar in the newer form, as a tensor of float32."""
    return block(1, tag.encode()) + block(8, b"\x08\x01" + block(4, struct.pack("<f", value)))


def write_events(folder, rows, name="events.out.tfevents.1.host.1.0", texts=()):
    """A file with an event for each row (step, tag, value)."""
    folder.mkdir(parents=True, exist_ok=True)
    events = [event(0, [text(tag, words)]) for tag, words in texts]
    events += [event(step, [scalar(tag, value)], 1000.0 + step) for step, tag, value in rows]
    path = folder / name
    path.write_bytes(b"".join(events))
    return path
