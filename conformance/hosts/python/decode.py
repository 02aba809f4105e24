#!/usr/bin/env python3
"""Decodes structs of zero-copy receive with nothing but zcrx's layout.json.

  decode.py layout.json STRUCT REVISION HEX    one struct
  decode.py layout.json                        a line `STRUCT REVISION HEX` of standard input each

Prints a line of JSON for each: the fields, as `zcrx decode --json` has them. Reserved ones are there only
where they are not zero, of a union the arm that is valid, and 64-bit numbers as decimal text.
"""

import json
import sys


def structs_called(layout, name, revision):
    """The structs of a name: two where only the size tells them apart (a completion has 16 or 32 bytes)."""
    structs = [each for each in layout["structs"] if each["names"][revision]]
    names = {known for each in layout["structs"] for some in each["names"].values() for known in some}
    if name in names:
        return [each for each in structs if name in each["names"][revision]]
    return [each for each in structs if each["id"] == name]


def fields_in(struct, revision):
    """The fields that a revision has, each with its name there."""
    return [(each["names"][revision][0], each) for each in struct["fields"] if each["names"][revision]]


def numbers(data, offset, width, count, signed=False):
    """Integers that lie one behind the other."""
    places = range(offset, offset + width * count, width)
    return [int.from_bytes(data[at : at + width], "little", signed=signed) for at in places]


def shown(values, width, is_array):
    """Numbers as JSON can hold them."""
    values = [str(value) for value in values] if width == 8 else values
    return values if is_array else values[0]


def arm_of(struct, fields, data, base):
    """The arm of a struct's union that is valid, or None: the last choice among values before the union tells."""
    arms = [i for i, each in enumerate(struct["fields"]) if "arm" in each]
    if not arms:
        return None
    selector = [each for each in struct["fields"][: arms[0]] if each.get("use") == "value"][-1]
    (value,) = numbers(data, base + selector["offset"], selector["width"], 1)
    return next((each for _, each in fields if each.get("arm") == value), None)


def decode(layout, struct, revision, data, base=0):
    """The fields of the struct that begins at byte `base` of the data."""
    result = {}
    fields = fields_in(struct, revision)
    arm = arm_of(struct, fields, data, base)
    for name, field in fields:
        offset, width, count = base + field["offset"], field["width"], field["count"]
        if "arm" in field and field is not arm:
            # Bytes of which nobody knows what they are, are shown as they are.
            if arm is None and "__unknown_arm" not in result:
                result["__unknown_arm"] = shown(numbers(data, offset, 8, width // 8), 8, True)
        elif "struct" in field:
            nested = next(each for each in layout["structs"] if each["id"] == field["struct"])
            result[name] = decode(layout, nested, revision, data, offset)
        else:
            values = numbers(data, offset, width, count, field["signed"])
            if any(values) or not field["reserved"]:
                result[name] = shown(values, width, count > 1)
    return result


def answer(layout, name="", revision="", text=""):
    """The fields of a struct in hexadecimal. Raises ValueError with what is wrong."""
    if revision not in layout["revisions"]:
        raise ValueError(f"{revision} is no revision: expected one of {', '.join(layout['revisions'])}")
    structs = structs_called(layout, name, revision)
    data = bytes.fromhex(text)
    for struct in structs:
        if struct["size"] == len(data):
            return decode(layout, struct, revision, data)
    sizes = " or ".join(str(each["size"]) for each in structs) or "no"
    raise ValueError(f"{name} has {sizes} bytes in revision {revision}, got {len(data)}")


def main(path, *words):
    with open(path, encoding="utf-8") as file:
        layout = json.load(file)
    for line in [" ".join(words)] if words else sys.stdin:
        print(json.dumps(answer(layout, *line.split(maxsplit=2))))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 5):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"decode.py: {error}")
