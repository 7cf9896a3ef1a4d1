"""Documents as fax machines take them: TIFF of G4-coded pages, 204 × 196 dots an inch, 1728 wide.

PDF is drawn by pdfium, with the fonts that it carries; Pillow writes the TIFF.
"""

import functools
import io
import shutil
import subprocess
import threading

# Odoo loads few of Pillow's formats: TIFF registers itself by being imported
from PIL import Image, ImageDraw, ImageFont, TiffImagePlugin  # noqa: F401 pylint: disable=unused-import

WIDTH, ACROSS, DOWN = 1728, 204, 196
A4_HEIGHT = 2292
#: The line at the top of each page: who sent it, when, which page of how many.
HEADER = 34
MOST_PAGES = 100
#: pdfium draws for one thread at a time.
_PDFIUM = threading.Lock()


class NoDocument(ValueError):
    """These bytes are no PDF that can be drawn."""


def make_tiff(pdf, header):
    """Return (TIFF, number of pages) of a PDF.

    :param header: text with ``{page}`` and ``{pages}``
    """
    with _PDFIUM:
        pages = _draw(pdf)
    count = len(pages)
    done = [
        _put_header(page, header.replace("{page}", str(number)).replace("{pages}", str(count)))
        for number, page in enumerate(pages, 1)
    ]
    out = io.BytesIO()
    done[0].save(
        out,
        format="TIFF",
        save_all=True,
        append_images=done[1:],
        compression="group4",
        dpi=(ACROSS, DOWN),
    )
    return out.getvalue(), count


def _draw(pdf):
    import pypdfium2  # noqa: PLC0415 a library that only faxes need

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise NoDocument(str(error)) from None
    try:
        if not 0 < len(document) <= MOST_PAGES:
            raise NoDocument(f"{len(document)} pages")
        return [_draw_page(page) for page in document]
    except pypdfium2.PdfiumError as error:  # it opens, and one of its pages does not
        raise NoDocument(str(error)) from None
    finally:
        document.close()


def _draw_page(page):
    """Grey first, then black and white: thin strokes of Chinese stay whole."""
    scale = ACROSS / 72
    grey = page.render(scale=scale, grayscale=True).to_pil().convert("L")
    height = round(grey.height * (WIDTH / grey.width) * DOWN / ACROSS)
    grey = grey.resize((WIDTH, max(height, 1)), Image.Resampling.LANCZOS)
    sheet = Image.new("L", (WIDTH, max(A4_HEIGHT, height + HEADER)), 255)
    # the header has a place of its own: nothing of the document is hidden
    sheet.paste(
        grey.resize((WIDTH, sheet.height - HEADER)) if height + HEADER > A4_HEIGHT else grey,
        (0, HEADER),
    )
    return sheet.point(lambda value: 255 if value > 160 else 0).convert("1")


def _put_header(page, text):
    draw = ImageDraw.Draw(page)
    font = _font()
    if font is None:  # the built-in one knows no Chinese
        text, font = text.encode("ascii", "ignore").decode(), ImageFont.load_default(24)
    draw.text((40, 2), text, font=font, fill=0)
    return page


@functools.cache
def _font():
    """Return a font with Chinese, as fontconfig knows it; None without one."""
    program = shutil.which("fc-match")
    if not program:
        return None
    done = subprocess.run(
        [program, "-f", "%{file}", ":lang=zh-cn"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    try:
        return ImageFont.truetype(done.stdout, 26)
    except OSError:
        return None
