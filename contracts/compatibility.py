"""What a published schema may become, and what would break those who rely on it. Pure.

What was valid stays valid: nothing is removed, narrowed or newly demanded, and no default changes, for
history is read by the newest schema. What the desk *emits* is read by the schemas of others too: a
field that was always there stays there, and no value takes on a type it never had. Lists of words may
grow, and limits may rise: readers are told so.
"""

from typing import Any

Schema = dict[str, Any]

_MISSING = object()
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT = ("pattern", "multipleOf", "uniqueItems")
"""May be dropped, but neither added nor changed: nobody can tell in general which of two is wider."""
_WALKED = {
    *_UPPER,
    *_LOWER,
    *_EXACT,
    *("$ref", "type", "enum", "const", "anyOf", "oneOf"),
    *("properties", "required", "additionalProperties", "propertyNames", "items"),
}
_ANNOTATIONS = {"$schema", "$id", "$comment", "title", "description", "examples", "default", "definitions"}
"""Change nothing that is valid; so does whatever begins with `x-`."""


def incompatibilities(old: Schema, new: Schema, *, emitted: bool = False) -> list[str]:
    """Why `new` may not replace the published `old`: a sentence for each place, none when it may.

    Args:
        old: the JSON Schema as published.
        new: the one to replace it.
        emitted: whether others read it, so that nothing they count on may go missing.
    """
    return sorted(set(_Comparison(old, new, emitted).compare(old, new, "")))


class _Comparison:
    """Walks two documents at once; `at` is the path of field names."""

    def __init__(self, old: Schema, new: Schema, emitted: bool) -> None:
        self._old, self._new, self._emitted = old, new, emitted
        self._met: set[tuple[str, str]] = set()

    def compare(self, old: Any, new: Any, at: str) -> list[str]:
        pair = (_reference(old), _reference(new))
        if all(pair):
            if pair in self._met:
                return []
            self._met.add(pair)
        old_forms, new_forms = _forms(self._old, old), _forms(self._new, new)
        found: list[str] = []
        for form in old_forms:
            # The form it comes closest to: what keeps them apart is what was changed.
            tries: list[list[str]] = [
                self._form(form, other, at) for other in new_forms if _takes(other, form)
            ]
            nearest = min(tries, key=len, default=None)
            found += [f"{_at(at)}no longer takes {_kind(form)}"] if nearest is None else nearest
        if self._emitted:
            found += [
                f"{_at(at)}may now be {_kind(form)}"
                for form in new_forms
                if not any(_takes(other, form) for other in old_forms)
            ]
        self._met.discard(pair)
        return found

    def _form(self, old: Schema, new: Schema, at: str) -> list[str]:
        return [
            *_limits(old, new, at),
            *_others(old, new, at),
            *_words(old, new, at),
            *self._fields(old, new, at),
            *self._contents(old, new, at),
        ]

    def _fields(self, old: Schema, new: Schema, at: str) -> list[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had, has = set(old.get("required", ())), set(new.get("required", ()))
        found = [f"{_at(at)}field {name} was removed" for name in before if name not in after]
        found += [f"{_at(at)}field {name} is now required" for name in sorted(has - had)]
        for name in (name for name in before if name in after):
            if self._emitted and name in had - has:
                found.append(f"{_at(at)}field {name} may now be missing")
            if name not in had and name not in has:
                found += _default(before[name], after[name], f"{at}.{name}")
            found += self.compare(before[name], after[name], f"{at}.{name}")
        return found

    def _contents(self, old: Schema, new: Schema, at: str) -> list[str]:
        found: list[str] = []
        for key, sign in (("additionalProperties", "{}"), ("propertyNames", "{key}"), ("items", "[]")):
            if key not in old and key not in new:
                continue
            before, after = old.get(key, True), new.get(key, True)
            if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
                for place, (one, other) in enumerate(zip(before, after, strict=True)):
                    found += self.compare(one, other, f"{at}[{place}]")
            elif isinstance(before, list) or isinstance(after, list):
                if before != after:
                    found.append(f"{_at(at)}its places changed")
            else:
                found += self.compare(before, after, f"{at}{sign}")
        return found


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def _forms(document: Schema, schema: Any) -> list[Schema]:
    """The alternatives of a schema, references followed: one of them holds for each value."""
    if schema is True:
        return [{}]
    if schema is False:
        return []
    if reference := _reference(schema):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return _forms(document, target)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return [form for one in schema[several] for form in _forms(document, one)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": one} for one in schema["type"]]
    return [schema]


def _kind(form: Schema) -> str:
    if "type" in form:
        return str(form["type"])
    words = _allowed(form)
    return "anything" if words is None else f"one of {', '.join(map(repr, words))}"


def _takes(new: Schema, old: Schema) -> bool:
    """Whether the new form is of a type that takes in the old one's."""
    return new.get("type") in (None, old.get("type")) or (new["type"], old.get("type")) == (
        "number",
        "integer",
    )


def _allowed(form: Schema) -> list[Any] | None:
    """The words that it allows, of an enum or a constant; None for any."""
    if "const" in form:
        return [form["const"]]
    return form.get("enum")


def _words(old: Schema, new: Schema, at: str) -> list[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return []
    if before is None:
        return [f"{_at(at)}now only {', '.join(map(repr, after))}"]
    return [f"{_at(at)}no longer allows {word!r}" for word in before if word not in after]


def _limits(old: Schema, new: Schema, at: str) -> list[str]:
    narrower = [key for key in _UPPER if key in new and (key not in old or new[key] < old[key])] + [
        key for key in _LOWER if key in new and (key not in old or new[key] > old[key])
    ]
    narrower += [key for key in _EXACT if new.get(key) and new[key] != old.get(key)]
    return [f"{_at(at)}{key} is narrower: {new[key]!r}" for key in narrower]


def _others(old: Schema, new: Schema, at: str) -> list[str]:
    """`format`, and whatever else is not understood here, stays as it is."""
    keys = {key for key in (*old, *new) if key not in _WALKED | _ANNOTATIONS and not key.startswith("x-")}
    return [
        f"{_at(at)}{key} changed: {old.get(key)!r}, now {new.get(key)!r}"
        for key in sorted(keys)
        if old.get(key) != new.get(key)
    ]


def _default(old: Any, new: Any, at: str) -> list[str]:
    before, after = (
        schema.get("default", _MISSING) if isinstance(schema, dict) else _MISSING for schema in (old, new)
    )
    if before == after and type(before) is type(after):
        return []
    return [f"{_at(at)}default changed"]


def _at(path: str) -> str:
    return f"{path.removeprefix('.')}: " if path else ""
