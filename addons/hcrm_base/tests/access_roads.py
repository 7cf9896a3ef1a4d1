"""Every road from a user to data, as plain calls, shared by the in-process and the HTTP tests.

No Odoo import.

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
    """Return (name, comodel) of the fields that lead to governed models, or to users and staff."""
    return [
        (name, field["relation"])
        for name, field in catalogue[model].items()
        if field["ttype"] in LINKS
        and field["relation"] in catalogue
        and name not in ("create_uid", "write_uid")
        and not (model in CARRIERS and field["relation"] in CARRIERS)
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


def calls(catalogue, model, visible, victims):
    """Yield the calls of every road that starts at ``model``.

    ``visible`` maps models to the fields that ``fields_get`` tells the user of: what is hidden is
    asked for one by one, as a single hidden field refuses the whole call. ``victims`` maps models
    to rows to point at.
    """
    yield from _reading(catalogue, model)
    yield from _nested(catalogue, model, visible)
    yield from _grouping(catalogue, model)
    yield from _exporting(catalogue, model, visible)
    yield from _naming(model)
    yield from _ordering(catalogue, model)
    yield from _forms(catalogue, model, visible, victims)


def _reading(catalogue, model):
    yield Call("search_read", model, "search_read", {"domain": [], "limit": 200})
    yield Call("search_count", model, "search_count", {"domain": []})
    yield Call("read", model, "read", {}, on_rows=True)
    for name in _telling_all(catalogue, model):
        yield Call("field by field", model, "search_read", {"domain": [], "fields": [name]})


def _telling_all(catalogue, model):
    """Texts of a model; of a carrier, only what it shows of persons."""
    if model in CARRIERS:
        return [*_telling(catalogue, model), *(name for name, _comodel in links(catalogue, model))]
    return text_fields(catalogue, model)


def _specification(catalogue, model, visible, depth):
    """Return what to read of a model, and of what it leads to, of all that the user may know."""
    texts = _telling if model in CARRIERS else text_fields
    known = visible.get(model, ())
    fields = {name: {} for name in texts(catalogue, model) if name in known}
    fields["display_name"] = {}
    if depth:
        for name, comodel in links(catalogue, model):
            if name in known:
                inner = _specification(catalogue, comodel, visible, depth - 1)
                fields[name] = {"fields": inner}
    return fields


def _nested(catalogue, model, visible):
    for name, comodel in links(catalogue, model):
        for depth, road in ((0, "web_search_read"), (1, "web_search_read, two deep")):
            inner = _specification(catalogue, comodel, visible, depth)
            specification = {name: {"fields": inner}}
            arguments = {"domain": [], "specification": specification, "limit": 200}
            yield Call(road, model, "web_search_read", arguments)
    specification = _specification(catalogue, model, visible, 1)
    yield Call("web_read", model, "web_read", {"specification": specification}, on_rows=True)


def _telling(catalogue, model):
    """The few fields that tell most about a model."""
    wanted = ("name", "code", "phone", "value", "reason", "drug_name", "item_name", "phone_stored")
    return [name for name in wanted if name in catalogue[model]]


def _far(catalogue, model, depth):
    """Return the telling fields of what can be reached from a model."""
    return [
        f"{path}.{name}"
        for path, target in paths(catalogue, model, depth=depth, per_target=1)
        if target not in CARRIERS
        for name in _telling(catalogue, target)
    ]


def _grouping(catalogue, model):
    near = _telling_all(catalogue, model)
    far = _far(catalogue, model, depth=2)
    for name in (*near, *far):
        arguments = {"domain": [], "groupby": [name], "aggregates": ["__count"]}
        yield Call("formatted_read_group", model, "formatted_read_group", arguments)
    for name in (*near[:4], *far[:4]):
        sets = {"domain": [], "grouping_sets": [[name], []], "aggregates": ["__count"]}
        yield Call("grouping sets", model, "formatted_read_grouping_sets", sets)
        yield Call("web_read_group", model, "web_read_group", {"domain": [], "groupby": [name]})
        old = {"domain": [], "fields": [name], "groupby": [name]}
        yield Call("read_group", model, "read_group", old)
    for name in near:
        for function in ("array_agg", "max"):
            arguments = {"domain": [], "groupby": [], "aggregates": [f"{name}:{function}"]}
            yield Call(f"aggregate {function}", model, "formatted_read_group", arguments)


def _exporting(catalogue, model, visible):
    seen = [name for name in text_fields(catalogue, model) if name in visible.get(model, ())]
    yield Call("export", model, "export_data", {"fields_to_export": seen}, on_rows=True)
    for path in ("partner_id.phone_sanitized", *_far(catalogue, model, depth=2)):
        fields = [path.replace(".", "/")]
        yield Call("export", model, "export_data", {"fields_to_export": fields}, on_rows=True)


def _naming(model):
    for typed in ("", "ZQ", "1380"):
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
    for name in ("partner_id", *_telling(catalogue, model)):
        if name in catalogue[model]:
            arguments = {"domain": [], "fields": ["id"], "order": name}
            yield Call("order", model, "search_read", arguments)


def _forms(catalogue, model, visible, victims):
    yield Call("fields_get", model, "fields_get", {})
    yield Call("get_views", model, "get_views", {"views": [[False, "list"], [False, "form"]]})
    yield Call("default_get", model, "default_get", {"fields": list(catalogue[model])})
    yield Call("copy", model, "copy", {}, on_rows=True)
    for name, comodel in links(catalogue, model):
        yield Call("search panel", model, "search_panel_select_range", {"field_name": name})
        yield Call("search panel", model, "search_panel_select_multi_range", {"field_name": name})
        if comodel in victims:
            yield from _pointing(catalogue, model, visible, name, victims[comodel])


def _pointing(catalogue, model, visible, name, ids):
    """A form that was never saved points at a row which is not the user's."""
    comodel, ttype = catalogue[model][name]["relation"], catalogue[model][name]["ttype"]
    specification = {name: {"fields": _specification(catalogue, comodel, visible, 0)}}
    for row_id in ids:
        value = row_id if ttype == "many2one" else [[4, row_id, False]]
        arguments = {"values": {name: value}, "field_names": [], "fields_spec": specification}
        yield Call("onchange", model, "onchange", arguments)
        create = {"vals": {name: value}, "specification": specification}
        yield Call("web_save", model, "web_save", create, on_rows=True)


def oracle_domains(catalogue, model, targets, depth=3):
    """Yield (field path, target model) by which a search from ``model`` could guess a text.

    ``targets`` maps a model to the text fields worth guessing.
    """
    if model in targets:
        yield from ((name, model) for name in targets[model])
    for path, target in paths(catalogue, model, depth=depth, per_target=2):
        for name in targets.get(target, ()):
            yield f"{path}.{name}", target
