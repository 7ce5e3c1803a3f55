"""Which images are learned from and which are kept aside: the same in every run, unless a person moves one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_leafseg.core.errors import ImageError, ProjectError
from napari_leafseg.data.layouts import Division, divide, move, open_folder
from napari_leafseg.data.project import Change, Project, Status


def labelled(make: Any, *names: str) -> Path:
    for name in names:
        make.image(f"images/{name}.png")
        make.image(f"labels/{name}.png", make.box(0, 0, 2, 2))
    return make.root


def divided(root: Path) -> Division:
    return divide(open_folder(root))


def names(entries: Any) -> set[str]:
    return {entry.name for entry in entries}


def test_about_a_fifth_is_kept_aside(make: Any) -> None:
    found = divided(labelled(make, *(f"plant{number}" for number in range(100))))
    assert 10 <= len(found.validation) <= 30 and len(found.train) + len(found.validation) == 100


def test_images_that_come_move_no_other_to_the_side_that_is_checked_on(make: Any) -> None:
    """What was learned from would else be called unseen in the next run."""
    learned: set[str] = set()
    for number in range(4, 40):
        found = divided(labelled(make, *(f"p{index}" for index in range(number))))
        assert found.validation and not learned & names(found.validation)
        learned |= names(found.train)


def test_few_images_are_all_learned_from(make: Any) -> None:
    found = divided(labelled(make, "a", "b", "c"))
    assert len(found.train) == 3 and not found.validation and "too few" in found.sentence


def test_what_a_person_moved_stays_there(make: Any) -> None:
    root = labelled(make, *"abcdefgh")
    before = divided(root)
    kept, learned = before.validation[0].name, before.train[0].name
    move(root, f"images/{kept}.png", "train")
    move(root, f"images/{learned}.png", "val")
    after = divided(root)
    assert names(after.validation) == names(before.validation) - {kept} | {learned}
    assert after.moved == {f"images/{kept}.png", f"images/{learned}.png"}
    assert "2 put on their side by hand" in after.sentence
    move(root, f"images/{kept}.png", "val")
    assert kept in names(divided(root).validation)
    assert (root / "leafseg/split.csv").read_text().startswith("stem,split\nimages/")


def test_even_few_images_may_be_kept_aside_by_hand(make: Any) -> None:
    root = labelled(make, "a", "b")
    move(root, "images/b.png", "val")
    assert names(divided(root).validation) == {"b"}


def test_a_person_counts_more_than_the_folder(make: Any) -> None:
    """The rest stays as the folder says, and test images are on neither side."""
    root = labelled(make, *"abcd")
    (root / "split.csv").write_text("stem,split\na,train\nb,val\nc,test\nd,val\n")
    move(root, "images/b.png", "train")
    found = divided(root)
    assert (names(found.train), names(found.validation)) == ({"a", "b"}, {"d"})


def test_images_of_one_name_in_two_folders_are_moved_one_by_one(make: Any) -> None:
    for day in ("day 1", "day 2"):
        make.image(f"{day}/images/a.png")
        make.image(f"{day}/labels/a.png", make.box(0, 0, 2, 2))
    move(make.root, "day 2/images/a.png", "val")
    assert names(divided(make.root).validation) == {"day 2/images/a.png"}


def test_a_window_finds_its_project_as_it_was(make: Any) -> None:
    root = labelled(make, *"abcd")
    move(root, "images/a.png", "val")
    with Project(root) as project:
        project.save(root / "images/a.png", Change(labels=make.box(0, 0, 4, 4), status=Status.CORRECTED))
    with Project(root) as project:
        assert list(project.summaries) == ["images/a.png"]
    assert "a" in names(divided(root).validation)


def test_what_cannot_be_is_said(make: Any, tmp_path: Path) -> None:
    root = labelled(make, *"abcd")
    with pytest.raises(ProjectError, match="choose train or val"):
        move(root, "images/a.png", "test")
    (root / "leafseg").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written"):
        move(root, "images/a.png", "val")
    (root / "leafseg").unlink()
    move(root, "images/a.png", "val")
    (root / "leafseg/split.csv").write_text("image;side\na;val\n")
    with pytest.raises(ImageError, match="give it the columns stem and split"):
        divided(root)
