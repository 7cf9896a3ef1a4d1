"""A QuestionnaireResponse as people read it."""

DISPLAY = "http://hl7.org/fhir/StructureDefinition/display"


def answer_lines(items, depth=0):
    """Return a line per question, indented as the questions are nested.

    >>> answer_lines([{"linkId": "1", "text": "疼痛", "answer": [{"valueInteger": 3}], "item": [
    ...     {"linkId": "1.1", "answer": [{"valueCoding": {"code": "a", "display": "夜间"}}]}]}])
    ['疼痛: 3', '    1.1: 夜间']
    >>> answer_lines([{"text": "能下床", "answer": [{"valueBoolean": False}]}])
    ['能下床: ✗']
    >>> answer_lines(["odd", {"text": "疼痛", "answer": "no list"}])
    ['疼痛']
    """
    lines = []
    for item in _objects(items):
        question = item.get("text") or item.get("linkId") or "?"
        answers = _objects(item.get("answer"))
        told = ", ".join(filter(None, map(_text, answers)))
        lines.append("    " * depth + f"{question}: {told}".rstrip(": "))
        for nested in (item.get("item"), *(one.get("item") for one in answers)):
            lines += answer_lines(nested, depth + 1)
    return lines


def questionnaire_title(content):
    """Return what the questionnaire is called for people, or None: FHIR's ``display`` extension.

    >>> told = {"url": DISPLAY, "valueString": "出院问卷"}
    >>> questionnaire_title({"questionnaire": "urn:x", "_questionnaire": {"extension": [told]}})
    '出院问卷'
    >>> questionnaire_title({"questionnaire": "urn:x", "_questionnaire": "odd"})
    """
    for beside in _objects([content.get("_questionnaire")]):
        for extension in _objects(beside.get("extension")):
            if extension.get("url") == DISPLAY:
                return extension.get("valueString")
    return None


def _objects(told):
    """What was told by an older version of ours, or by nobody's rules, must not break a list."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _text(answer):
    for name, value in answer.items():
        if name.startswith("value"):
            return _plain(value)
    return ""


def _plain(value):
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if not isinstance(value, dict):
        return str(value)
    parts = (value.get("display") or value.get("text") or value.get("code"), value.get("value"))
    return " ".join(str(part) for part in (parts[1], parts[0]) if part is not None)
