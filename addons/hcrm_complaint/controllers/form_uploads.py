import os

from odoo.http import request

from ..tools import file_names, form_files


def read_files(env):
    """Return (files as (name, mimetype, bytes), what is wrong with them) of this request.

    What is not taken is not read into memory; nothing is unpacked or looked into deeply.
    """
    files, wrong = [], []
    sent = [one for one in request.httprequest.files.getlist("files") if one.filename]
    if len(sent) > form_files.MOST_FILES:
        return [], [env._("Send at most %s files.", form_files.MOST_FILES)]
    sizes = [one.stream.seek(0, os.SEEK_END) for one in sent]
    if sum(sizes) > form_files.MOST_ALL:
        return [], [env._("Send at most 40 MB at once: leave some of the files out.")]
    for one, size in zip(sent, sizes, strict=True):
        one.stream.seek(0)  # read before, if the request is tried again
        kind = form_files.kind_of(one.stream.read(form_files.HEAD_BYTES))
        name = file_names.plain(one.filename, kind[1] if kind else "")
        if size > form_files.MOST_BYTES:
            wrong.append(env._("%s is larger than 20 MB.", name))
        elif not kind:
            wrong.append(env._("%s: send photographs, PDF or sound recordings only.", name))
        else:
            one.stream.seek(0)
            files.append((name, kind[0], one.stream.read()))
    return files, wrong
