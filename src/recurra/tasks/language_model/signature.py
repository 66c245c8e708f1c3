"""What goes into a language model's `describe` and comes out of it."""

from recurra.training.signature import COUNT, TEXT, Signature, default, list_of, object_of


def signature(task: str) -> Signature:
    """What goes in and comes out."""
    options = {
        "length": default(COUNT, 400),
        "samples": default(COUNT | {"minimum": 1}, 1),
        "stop": default({"type": ["string", "null"]}, None),
        "greedy": default({"type": "boolean"}, False),
        "temperature": default({"type": "number", "minimum": 1e-6, "maximum": 1e6}, 1.0),
        "top_k": default(COUNT, 0),
        "top_p": default({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, 1.0),
        "seed": default({"type": ["integer", "null"], "minimum": 0, "maximum": 2**32 - 1}, None),
    }
    prompt = TEXT | {"description": "what a text begins with"}
    return Signature(task, prompt, object_of({"prompt": TEXT, "texts": list_of(TEXT)}), options)
