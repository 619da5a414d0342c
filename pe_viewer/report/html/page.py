"""The report as one HTML file: style, script and pictures inside, nothing fetched from anywhere.

The page is ``resources/report/report.html``. Every text is escaped here; the page's own policy
(Content-Security-Policy) forbids any request all the same.
"""

import base64
import json
from dataclasses import asdict
from html import escape
from string import Template
from typing import Final

from pe_models import NOTICE, places
from pe_viewer.display.scores import shown_scores
from pe_viewer.report import content
from pe_viewer.report.content import form as form_content
from pe_viewer.report.content.form import words
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.drawing.paper import PAPER, SCREEN, PageColours
from pe_viewer.report.drawing.track_figure import track_figure
from pe_viewer.report.html.track import track_markup
from pe_viewer.report.html.tree import tree_markup
from pe_viewer.report.model import KeyImage, Report
from pe_viewer.report.pictures.png import encode, overlay_image, plain_image
from pe_viewer.report.writer import Document, Rendering

_READER_COLUMN: Final = 6
_TITLES: Final = {
    "examination": "Examination",
    "reader": "Reader",
    "model": "Model",
    "key_images": "Key images",
    "appendix": "Appendix",
}


def write_html(report: Report) -> Rendering:
    """``.html``, UTF-8."""
    template = Template((places.resources() / "report" / "report.html").read_text("utf-8"))
    page = template.substitute(_parts(report))
    return Rendering((Document(".html", page.encode()),))


def image_id(image: KeyImage) -> str:
    """The anchor of a key image."""
    return f"slice-{image.slice_index}"


def _parts(report: Report) -> dict[str, str]:
    findings = report.findings
    figure = track_figure(report)
    say = phrases_of(report)
    notes = () if findings is None else content.verdict_notes(findings, say)
    return {
        "language": say.language.value,
        "title": escape(content.title(report)),
        **{f"{name}_title": escape(say(words)) for name, words in _TITLES.items()},
        "colours": _colours(),
        "patient": escape(content.patient_line(report)),
        "patient_in_css": _css_string(content.patient_line(report)),
        "study": escape(content.study_line(report)),
        "created": escape(content.created_line(report)),
        "examination": _facts(content.examination(report)),
        "quality": _notes(content.quality(report)),
        "impression_heading": "" if report.form is None else _form_heading(report, "impression"),
        "findings_heading": "" if report.form is None else _form_heading(report, "findings"),
        "impression": escape(content.shown_impression(report)),
        "form": _form(report),
        "reading": escape(content.reading(report)),
        "sign_off": _facts_or_nothing(form_content.sign_off_facts(report)),
        "own_runs": _table(content.own_runs(report), kind="runs"),
        "measurements": _measurements(report),
        "verdict": escape(content.verdict(report)),
        "verdict_notes": "\n".join(f'<p class="dim">{escape(note)}</p>' for note in notes),
        "track": "" if figure is None else track_markup(figure),
        "flagged_runs": _table(
            content.flagged_runs(report), kind="runs", reader_column=_READER_COLUMN
        ),
        "key_images": _key_images(report),
        "appendix": _appendix(report),
        "notice": escape(NOTICE),
        "software": escape(content.software_line(report)),
        "slices": _slices(report),
    }


def _colours() -> str:
    """The two palettes as CSS variables: paper in light and in print, the window's in dark."""
    return (
        f":root {{ {_variables(PAPER)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(SCREEN)} }} }}"
    )


def _variables(colours: PageColours) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in asdict(colours).items())


def _css_string(text: str) -> str:
    """The inside of a CSS string: whatever is not plain stands by its code point (CSS 2.2, 4.1.3),
    so that no name ends the string or the style sheet."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)


def _facts(facts: tuple[content.Fact, ...]) -> str:
    lines = (f"<dt>{escape(f.term)}</dt><dd>{escape(f.value)}</dd>" for f in facts)
    return f"<dl>{''.join(lines)}</dl>"


def _form_heading(report: Report, name: str) -> str:
    """Such as ``Impression``, in the form's language."""
    return f"<h3>{escape(words(report).field(name))}</h3>"


def _form(report: Report) -> str:
    """The answers, the first beside the arterial tree where it has emboli; "" without a form."""
    facts = form_content.form_facts(report)
    if report.form is None:
        return ""
    beside = _facts_or_nothing((*facts.before, *facts.of_tree))
    if report.form.sites:
        words = " ".join(f"{fact.term}: {fact.value}." for fact in facts.of_tree)
        tree = tree_markup(report.form.sites, words)
        beside = f'<div class="beside">{beside}{tree}</div>'
    return beside + _facts_or_nothing(facts.after)


def _measurements(report: Report) -> str:
    table = form_content.measurements(report)
    return _form_heading(report, "measurements") + _table(table) if table.rows else ""


def _facts_or_nothing(facts: tuple[content.Fact, ...]) -> str:
    return _facts(facts) if facts else ""


def _notes(notes: tuple[content.Note, ...]) -> str:
    items = (
        f'<li class="{"warning" if note.is_warning else "plain"}">{escape(note.text)}</li>'
        for note in notes
    )
    return f"<ul>{''.join(items)}</ul>"


def _table(table: content.Table, *, kind: str = "", reader_column: int | None = None) -> str:
    """A table in a box that scrolls by itself on narrow screens; "" without rows."""
    if not table.rows:
        return ""
    kinds = ["number" if column in table.numeric else "" for column in range(len(table.columns))]
    has_head = any(table.columns)
    head = f"<thead><tr>{_cells('th', table.columns, kinds)}</tr></thead>" if has_head else ""
    if reader_column is not None:
        kinds[reader_column] = "reader"
    body = "\n".join(f"<tr>{_cells('td', row, kinds)}</tr>" for row in table.rows)
    opened = f'<table class="{kind}">' if kind else "<table>"
    return f'<div class="scroll">{opened}{head}<tbody>{body}</tbody></table></div>'


def _cells(tag: str, texts: tuple[str, ...], kinds: list[str]) -> str:
    opened = (f'<{tag} class="{kind}">' if kind else f"<{tag}>" for kind in kinds)
    return "".join(f"{o}{escape(t)}</{tag}>" for o, t in zip(opened, texts, strict=True))


def _key_images(report: Report) -> str:
    notes = (f'<p class="dim">{escape(note)}</p>' for note in content.key_images_notes(report))
    pairs = "\n".join(_pair(report, image) for image in report.key_images)
    return f'{"".join(notes)}\n<div class="gallery">{pairs}</div>'


def _pair(report: Report, image: KeyImage) -> str:
    """A key image beside its overlay. What is written on it is its description too."""
    title = content.key_image_title(report, image)
    words = f"{content.position(report, image.slice_index)}. {title}"
    overlay = overlay_image(report, image)
    software, say = content.software_line(report), phrases_of(report)
    markup = _image(encode(plain_image(report, image), software), words)
    if overlay is not None:
        markup += _image(encode(overlay, software), f"{words}. {say('With the activation map')}")
    kind = "pair single" if overlay is None else "pair"
    return f'<div class="{kind}" id="{image_id(image)}">{markup}</div>'


def _image(png: bytes, words: str) -> str:
    encoded = base64.b64encode(png).decode("ascii")
    return f'<img src="data:image/png;base64,{encoded}" alt="{escape(words)}">'


def _appendix(report: Report) -> str:
    identifiers = _facts(content.identifiers(report))
    if report.findings is None:
        return identifiers
    say = phrases_of(report)
    scores = _table(content.exam_scores(report.findings, say))
    note = f'<p class="dim">{escape(say(content.CONSISTENCY_NOTE))}</p>'
    return f"{_facts(content.provenance(report.findings, say))}{scores}{note}{identifiers}"


def _slices(report: Report) -> str:
    """What the script says under the pointer, from the head toward the feet, as inert JSON."""
    scores = () if report.findings is None else shown_scores(report.findings)
    last = report.series.n_slices - 1
    said = {
        "slices": [content.slice_words(report, k, scores[k]) for k in reversed(range(len(scores)))],
        "images": [{"step": last - i.slice_index, "id": image_id(i)} for i in report.key_images],
    }
    return json.dumps(said, ensure_ascii=True).replace("<", "\\u003c")
