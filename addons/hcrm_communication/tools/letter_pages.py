"""Numbers on the pages of long letters: several letters lie in one printer. No ORM."""

import io


def number_pages(pdf, run, has_cover):
    """Return the PDF of a run with "run · number on the list · page/pages" below each page of the
    letters that have several pages; each letter begins where a heading is.
    """
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 Odoo's own choice at run time

    reader = PdfReader(io.BytesIO(pdf))
    begins = sorted({_page_of(reader, one) for one in reader.named_destinations.values()})
    labels = label_pages(begins[1:] if has_cover else begins, len(reader.pages), run)
    if not labels:
        return pdf
    writer = PdfWriter(clone_from=reader)
    for number, label in labels.items():
        page = writer.pages[number]
        page.merge_page(_stamp(label, page.mediabox.width).pages[0])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def label_pages(begins, count, run):
    """Return {page: label} of letters that begin on these pages.

    >>> label_pages([1, 2, 5], 6, "L-1")
    {2: 'L-1 · 2 · 1/3', 3: 'L-1 · 2 · 2/3', 4: 'L-1 · 2 · 3/3'}
    """
    labels = {}
    for place, (first, after) in enumerate(zip(begins, [*begins[1:], count], strict=True), 1):
        if after - first > 1:
            for page in range(first, after):
                labels[page] = f"{run} · {place} · {page - first + 1}/{after - first}"
    return labels


def _page_of(reader, destination):
    page = destination["/Page"]  # a number, or the page itself
    return page if isinstance(page, int) else reader.get_page_number(page.get_object())


def _stamp(label, width):
    from pypdf import PdfReader  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(float(width), 60))
    canvas.setFont("Helvetica", 8)
    canvas.drawCentredString(float(width) / 2, 22, label)
    canvas.save()
    return PdfReader(io.BytesIO(out.getvalue()))
