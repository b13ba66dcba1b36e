"""How to cite GradViz: the one citation file, as a line of text and as BibTeX."""

from __future__ import annotations

import re
from typing import NamedTuple

from gradviz.runs.resources import resource

#: A line `key: value` of the file, and a line of a list of names below a key.
PAIR, NAME = re.compile(r'^([a-z-]+): *"?(.*?)"?$'), re.compile(r'^  - name: *"?(.*?)"?$')


class Citation(NamedTuple):
    """What is cited."""

    title: str
    version: str
    authors: tuple[str, ...]
    licence: str
    abstract: str

    @property
    def text(self) -> str:
        """One line for a list of references."""
        return f"{' and '.join(self.authors)}. {self.title}, version {self.version}. Computer software, {self.licence}. {self.abstract}"

    @property
    def bibtex(self) -> str:
        """An entry for a BibTeX file; the inner braces keep BibTeX from taking the authors' last word for a family name."""
        fields = {
            "author": " and ".join(f"{{{name}}}" for name in self.authors),
            "title": f"{{{self.title}}}: {self.abstract.rstrip('.')}",
            "version": self.version,
            "license": self.licence,
            "note": "Computer software",
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items()]
        return "@misc{gradviz,\n" + ",\n".join(lines) + "\n}"


def citation() -> Citation:
    """Read the citation file, which has no nesting but its lists: a reader of all of YAML would be one more thing to install."""
    lines = resource("CITATION.cff").read_text(encoding="utf-8").splitlines()
    found = {pair[1]: pair[2] for line in lines if (pair := PAIR.match(line))}
    authors = tuple(name[1] for line in lines if (name := NAME.match(line)))
    return Citation(found["title"], found["version"], authors, found["license"], found["abstract"])
