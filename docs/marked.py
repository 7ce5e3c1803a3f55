"""Pages of which a script writes a part: what stands between two marks is made, the rest is by hand."""

from __future__ import annotations


def filled(page: str, name: str, content: str) -> str:
    """Return a page with the part called ``name`` written anew.

    Raises
    ------
    ValueError
        If the page has no such part.
    """
    begin, end = f"<!-- {name}: made by a script -->\n", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"The page needs one line {begin!r} and one {end!r}.")
    before, rest = page.split(begin)
    return f"{before}{begin}{content.rstrip()}\n{end}{rest.split(end)[1]}"
