"""Every road from a user to data, as plain calls; no Odoo import, so in-process and HTTP tests share it.

A catalogue is ``{model: {field: {"ttype": …, "relation": …, "store": …}}}``, as ``ir.model.fields``
tells it: fields that no user may read are in it too, because they are what an attacker asks for.
"""

from collections import deque
from typing import NamedTuple

TEXT = ("char", "text", "html", "json")
LINKS = ("many2one", "one2many", "many2many")
#: Models that are not HCRM's own and may carry what is.
CARRIERS = (
    "res.users",
    "res.partner.bank",
    "res.partner.category",
    "hr.employee",
    "hr.employee.public",
    "mail.message",
    "mail.activity",
    "mail.followers",
    "mail.tracking.value",
    "mail.notification",
    "ir.attachment",
    "discuss.channel.member",
    "phone.blacklist",
)
FILE_FIELDS = ("image_1920", "avatar_128", "datas", "raw", "db_datas")


class Call(NamedTuple):
    """One request: ``call.model.method(**kwargs)``; ``ids`` stands for the rows of the model."""

    road: str
    model: str
    method: str
    kwargs: dict
    on_rows: bool = False
    context: dict = {}


def text_fields(catalogue, model):
    return [name for name, field in catalogue[model].items() if field["ttype"] in TEXT]


def links(catalogue, model):
    """Return (name, comodel) of the relational fields that stay inside the catalogue."""
    return [
        (name, field["relation"])
        for name, field in catalogue[model].items()
        if field["ttype"] in LINKS and field["relation"] in catalogue
    ]


def paths(catalogue, start, depth=3, per_target=3):
    """Yield (path, model) of the shortest relational paths from ``start`` to each other model."""
    seen, queue = {}, deque([((), start)])
    while queue:
        path, model = queue.popleft()
        if path:
            if seen.get(model, 0) >= per_target:
                continue
            seen[model] = seen.get(model, 0) + 1
            yield ".".join(path), model
        if len(path) < depth:
            queue.extend(((*path, name), comodel) for name, comodel in links(catalogue, model))


def calls(catalogue, model):
    """Yield the calls of every road that starts at ``model``."""
    yield from _reading(catalogue, model)
    yield from _nested(catalogue, model)
    yield from _grouping(catalogue, model)
    yield from _exporting(catalogue, model)
    yield from _naming(model)
    yield from _ordering(catalogue, model)
    yield from _forms(catalogue, model)


def _reading(catalogue, model):
    yield Call("search_read", model, "search_read", {"domain": [], "limit": 200})
    yield Call("read", model, "read", {}, on_rows=True)
    for name in text_fields(catalogue, model):
        yield Call("field by field", model, "search_read", {"domain": [], "fields": [name]})
        yield Call("field by field", model, "read", {"fields": [name]}, on_rows=True)


def _specification(catalogue, model, depth):
    fields = {name: {} for name in text_fields(catalogue, model)}
    fields["display_name"] = {}
    if depth:
        for name, comodel in links(catalogue, model):
            fields[name] = {"fields": _specification(catalogue, comodel, depth - 1)}
    return fields


def _nested(catalogue, model):
    for name, comodel in links(catalogue, model):
        # one link and one field at a time: a single forbidden one would refuse the whole call
        for inner in ("display_name", *text_fields(catalogue, comodel)):
            specification = {name: {"fields": {inner: {}}}}
            yield Call(
                "web_search_read",
                model,
                "web_search_read",
                {"domain": [], "specification": specification, "limit": 200},
            )
        for second, far in links(catalogue, comodel):
            fields = {inner: {} for inner in ("display_name", *_telling(catalogue, far))}
            yield Call(
                "web_search_read, two deep",
                model,
                "web_search_read",
                {
                    "domain": [],
                    "specification": {name: {"fields": {second: {"fields": fields}}}},
                    "limit": 200,
                },
            )
    yield Call(
        "web_read",
        model,
        "web_read",
        {"specification": {"display_name": {}}},
        on_rows=True,
    )


def _telling(catalogue, model):
    """The few fields that tell most about a model."""
    wanted = ("name", "code", "phone", "value", "reason", "drug_name", "item_name", "email")
    return [name for name in wanted if name in catalogue[model]]


def _grouping(catalogue, model):
    near = [name for name, _field in catalogue[model].items() if _field["ttype"] in (*TEXT, *LINKS)]
    far = [
        f"{path}.{name}"
        for path, target in paths(catalogue, model, depth=2, per_target=2)
        for name in _telling(catalogue, target)
    ]
    for name in (*near, *far):
        group = {"domain": [], "groupby": [name]}
        yield Call(
            "formatted_read_group",
            model,
            "formatted_read_group",
            {**group, "aggregates": ["__count"]},
        )
        yield Call("web_read_group", model, "web_read_group", group)
    for name in (*near[:6], *far[:12]):
        yield Call(
            "formatted_read_grouping_sets",
            model,
            "formatted_read_grouping_sets",
            {"domain": [], "grouping_sets": [[name], []], "aggregates": ["__count"]},
        )
        yield Call(
            "read_group", model, "read_group", {"domain": [], "fields": [name], "groupby": [name]}
        )
    for name in near:
        for function in ("array_agg", "max", "min"):
            yield Call(
                f"aggregate {function}",
                model,
                "formatted_read_group",
                {"domain": [], "groupby": [], "aggregates": [f"{name}:{function}"]},
            )


def _exporting(catalogue, model):
    near = text_fields(catalogue, model)
    far = [
        f"{path}.{name}".replace(".", "/")
        for path, target in paths(catalogue, model, depth=3, per_target=2)
        for name in ("display_name", *_telling(catalogue, target))
    ]
    for name in (*near, *far):
        yield Call("export", model, "export_data", {"fields_to_export": ["id", name]}, on_rows=True)


def _naming(model):
    for typed in ("", "ZQ", "138", "1380"):
        yield Call("name_search", model, "name_search", {"name": typed, "limit": 500})
        yield Call(
            "web_name_search",
            model,
            "web_name_search",
            {"name": typed, "specification": {"display_name": {}, "id": {}}},
        )
    for key in (
        "show_address",
        "show_email",
        "show_vat",
        "formatted_display_name",
        "partner_show_db_id",
    ):
        yield Call(
            "display_name", model, "name_search", {"name": "", "limit": 500}, False, {key: True}
        )


def _ordering(catalogue, model):
    for name in (*text_fields(catalogue, model), "partner_id"):
        if name in catalogue[model]:
            yield Call(
                "order", model, "search_read", {"domain": [], "fields": ["id"], "order": name}
            )


def _forms(catalogue, model):
    yield Call("fields_get", model, "fields_get", {})
    yield Call("get_views", model, "get_views", {"views": [[False, "list"], [False, "form"]]})
    yield Call("default_get", model, "default_get", {"fields": list(catalogue[model])})
    yield Call("copy", model, "copy", {}, on_rows=True)
    for name, comodel in links(catalogue, model):
        yield Call("search_panel", model, "search_panel_select_range", {"field_name": name})
        yield Call("search_panel", model, "search_panel_select_multi_range", {"field_name": name})
        fields = {inner: {} for inner in ("display_name", *_telling(catalogue, comodel))}
        yield Call(
            "onchange",
            model,
            "onchange",
            {"values": {}, "field_names": [name], "fields_spec": {name: {"fields": fields}}},
        )
    if "message_ids" in catalogue[model]:
        yield Call("chatter", model, "message_get_suggested_recipients", {}, on_rows=True)


def oracle_domains(catalogue, model, targets, depth=3):
    """Yield (field path, target model) by which a search from ``model`` could guess a text.

    ``targets`` maps a model to the text fields worth guessing.
    """
    if model in targets:
        yield from ((name, model) for name in targets[model])
    for path, target in paths(catalogue, model, depth=depth, per_target=4):
        for name in targets.get(target, ()):
            yield f"{path}.{name}", target
