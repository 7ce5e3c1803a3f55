"""`evaluate` pairs by name whatever the layouts, gives the figures of the analysis, and names what is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from napari_leafseg.analysis.metrics import evaluate_pairs
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.writing import write_labels


@pytest.fixture
def truths(nuclei_image: Any) -> list[Any]:
    labels = nuclei_image[1]
    return [labels, np.where(labels > 6, 0, labels), labels[:, ::-1]]


@pytest.fixture
def guesses(truths: list[Any]) -> list[Any]:
    return [np.roll(labels, 1, axis=0) for labels in truths]


def write_folder(folder: Path, labels: list[Any], name: str = "plant {}.tif") -> Path:
    for index, each in enumerate(labels):
        write_labels(folder / name.format(index), each)
    return folder


def result_of(result: Any) -> dict[str, Any]:
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def test_the_figures_are_those_of_the_analysis(
    command: Any, tmp_path: Path, truths: list[Any], guesses: list[Any]
) -> None:
    found, true = write_folder(tmp_path / "found", guesses), write_folder(tmp_path / "true", truths)
    values = result_of(command("evaluate", found, true, "--json"))
    expected = evaluate_pairs(zip(guesses, truths, strict=True)).as_dict()
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert (values["missing"], values["extra"], values["failed"]) == ([], [], {})


def test_a_person_gets_a_table(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found = write_folder(tmp_path / "found", truths)
    result = command("evaluate", found, found)
    assert result.exit_code == 0
    rows = dict(line.split() for line in result.stdout.splitlines())
    assert rows == {
        **dict.fromkeys(("SBD", "FBD", "AP50", "AP75", "mAP"), "1.0000"),
        "DiC": "0.0000",
        "|DiC|": "0.0000",
        "images": "3",
        "objects": "30",
    }


def test_a_project_is_a_truth_where_it_was_looked_at(
    command: Any, tmp_path: Path, nuclei_image: Any, truths: list[Any]
) -> None:
    image, labels = nuclei_image
    found, root = write_folder(tmp_path / "found", [labels, labels]), tmp_path / "plants"
    root.mkdir()
    for index in range(2):
        Image.fromarray(image).save(root / f"plant {index}.png")
    with Project(root) as project:
        project.save(root / "plant 0.png", Change(labels=labels, status=Status.PREDICTED))
        project.save(root / "plant 1.png", Change(labels=labels, status=Status.CORRECTED))
    values = result_of(command("evaluate", found, root, "--json"))
    assert (values["SBD"], values["images"], values["extra"]) == (1.0, 1, ["plant 0"])
    # The other way round the project is what is judged, and its predictions count.
    assert result_of(command("evaluate", root, found, "--json"))["images"] == 2
    with Project(root) as project:
        project.save(root / "plant 1.png", Change(status=Status.PREDICTED))
    result = command("evaluate", found, root)
    assert result.exit_code == 2 and "mark some images as corrected" in result.stderr


def cvppp(folder: Path, image: Any, labels: list[Any]) -> Path:
    folder.mkdir()
    for index, each in enumerate(labels):
        Image.fromarray(image).save(folder / f"plant {index}_rgb.png")
        Image.fromarray(each.astype(np.uint8)).save(folder / f"plant {index}_label.png")
    return folder


def two_folders(folder: Path, image: Any, labels: list[Any]) -> Path:
    (folder / "images").mkdir(parents=True)
    for index, each in enumerate(labels):
        Image.fromarray(image).save(folder / "images" / f"plant {index}.png")
        write_labels(folder / "labels" / f"plant {index}.tif", each)
    return folder


def cellpose(folder: Path, image: Any, labels: list[Any]) -> Path:
    folder.mkdir()
    for index, each in enumerate(labels):
        Image.fromarray(image).save(folder / f"plant {index}.png")
        Image.fromarray(each.astype(np.uint16)).save(folder / f"plant {index}_masks.png")
    return folder


@pytest.mark.parametrize("layout", [cvppp, two_folders, cellpose])
def test_what_segment_wrote_pairs_with_the_folder_it_was_given(
    command: Any, tmp_path: Path, threshold_weights: Path, nuclei_image: Any, truths: list[Any], layout: Any
) -> None:
    data = layout(tmp_path / "data", nuclei_image[0], truths)
    arguments = ("--model", "threshold", "--weights", threshold_weights, "--out", tmp_path / "out", "--overlay")
    assert command("segment", data, *arguments).exit_code == 0
    result = command("evaluate", tmp_path / "out", data, "--json")
    assert result.exit_code == 0, result.output
    assert result_of(result)["images"] == 3


@pytest.fixture
def run_folder(command: Any, tmp_path: Path, threshold_weights: Path, nuclei_image: Any) -> Path:
    """Segment an image and a stack of it."""
    stack = np.stack([nuclei_image[0]] * 2)
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    tifffile.imwrite(tmp_path / "NA.tif", nuclei_image[0])
    arguments = ("--model", "threshold", "--weights", threshold_weights, "--out", tmp_path / "out")
    assert command("segment", tmp_path / "stack.tif", tmp_path / "NA.tif", *arguments).exit_code == 0
    return tmp_path / "out"


@pytest.fixture
def true_folder(tmp_path: Path, nuclei_image: Any) -> Path:
    write_labels(tmp_path / "true" / "NA.tif", nuclei_image[1])
    write_labels(tmp_path / "true" / "stack.tif", np.stack([nuclei_image[1]] * 2))
    return tmp_path / "true"


RANKED = {
    f"{judge} {kind}{name}" for judge in ("COCO", "VOC") for kind in ("", "box ") for name in ("AP", "AP50", "AP75")
}


def test_with_scores_the_ranked_figures_come_too(command: Any, run_folder: Path, true_folder: Path) -> None:
    values = result_of(command("evaluate", run_folder, true_folder, "--json"))
    assert {values[name] for name in ("COCO AP50", "VOC AP50", "AP50")} == {1.0}
    assert set(values) >= RANKED
    one = result_of(command("evaluate", run_folder / "NA.tif", true_folder / "NA.tif", "--json"))
    assert set(one) >= RANKED


def test_the_order_of_discovery_is_judged_where_a_method_has_one(
    command: Any, run_folder: Path, true_folder: Path
) -> None:
    """From the table's own column; here as if found from the right to the left."""
    assert not any(name.startswith("tau") for name in result_of(command("evaluate", run_folder, true_folder, "--json")))
    table = pd.read_csv(run_folder / "objects.csv", keep_default_na=False)
    columns = table["centroid"].str.extract(r" ([0-9.]+)$")[0].astype(float)
    table["order"] = columns.groupby([table["image"], table["plane"]]).rank(ascending=False).astype(int)
    table.to_csv(run_folder / "objects.csv", index=False)
    values = result_of(command("evaluate", run_folder, true_folder, "--json"))
    assert values["tau right to left"] == pytest.approx(1)
    assert -1 <= values["tau bottom to top"] < 1


def test_the_ceiling_stands_beside_what_was_reached(
    command: Any, tmp_path: Path, threshold_weights: Path, nuclei_image: Any
) -> None:
    """Two objects under one id are wrong in the run, right when the truth divides them."""
    image, labels = nuclei_image
    joined = np.where(np.isin(labels, (1, 2)), 1, labels)
    for part, array in (("images", image), ("labels", joined)):
        (tmp_path / "data" / part).mkdir(parents=True)
        Image.fromarray(array.astype(np.uint8)).save(tmp_path / "data" / part / "one.png")
    arguments = ("--model", "threshold", "--weights", threshold_weights, "--out", tmp_path / "out")
    assert command("segment", tmp_path / "data" / "images", *arguments).exit_code == 0
    values = result_of(command("evaluate", tmp_path / "out", tmp_path / "data", "--ceiling", "--json"))
    assert values["AP50"] < 1
    assert values["ceiling AP50"] == 1


def test_a_ceiling_without_the_images_is_wrong_usage(command: Any, run_folder: Path, true_folder: Path) -> None:
    result = command("evaluate", run_folder, true_folder, "--ceiling")
    assert result.exit_code == 2
    assert "holds no images with labels" in result.stderr.replace("\n", " ")


def lose_a_row(table: Path) -> None:
    table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")


def empty_a_score(table: Path) -> None:
    lines = table.read_text().splitlines()
    image, plane, index, _score, *rest = lines[3].split(",")
    table.write_text("\n".join([*lines[:3], ",".join([image, plane, index, "", *rest]), *lines[4:]]))


@pytest.mark.parametrize(
    "damage",
    [
        lose_a_row,
        empty_a_score,
        Path.unlink,
        lambda table: table.write_text("a,b\n1,2\n"),
        lambda table: table.write_bytes(b""),
    ],
    ids=["row lost", "no score", "no table", "another table", "empty"],
)
def test_without_all_scores_there_are_no_ranked_figures(
    command: Any, run_folder: Path, true_folder: Path, damage: Any
) -> None:
    damage(run_folder / "objects.csv")
    result = command("evaluate", run_folder, true_folder, "--json")
    assert result.exit_code == 0
    values = result_of(result)
    assert not RANKED & set(values)
    assert values["AP50"] == 1


def test_two_files_pair_whatever_their_names(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    write_labels(tmp_path / "a.tif", truths[0])
    write_labels(tmp_path / "b.tif", truths[0])
    assert result_of(command("evaluate", tmp_path / "a.tif", tmp_path / "b.tif", "--json"))["SBD"] == 1


def test_planes_of_a_stack_count_as_images(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found = write_folder(tmp_path / "found", [np.stack(truths)])
    values = result_of(command("evaluate", found, found, "--json"))
    assert (values["images"], values["SBD"]) == (3, 1)


def test_missing_and_extra_files_are_named(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found = write_folder(tmp_path / "found", truths[:2])
    true = write_folder(tmp_path / "true", truths)
    result = command("evaluate", found, true)
    assert result.exit_code == 1
    assert "No prediction for plant 2." in result.stderr
    assert "images" in result.stdout
    result = command("evaluate", true, found, "--json")
    assert result.exit_code == 0
    assert "No true labels for plant 2." in result.stderr
    assert result_of(result)["extra"] == ["plant 2"]


def test_a_pair_of_two_sizes_fails_alone(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found = write_folder(tmp_path / "found", [truths[0], truths[1][:-1], truths[2]])
    true = write_folder(tmp_path / "true", truths)
    result = command("evaluate", found, true, "--json")
    assert result.exit_code == 1
    values = result_of(result)
    assert values["images"] == 2
    assert "95 x 128 pixels but the true labels are 96 x 128" in values["failed"]["plant 1"]
    assert "plant 1" in result.stderr


def test_when_every_pair_fails_each_is_named(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found = write_folder(tmp_path / "found", [truths[0][:-1]])
    true = write_folder(tmp_path / "true", truths[:1])
    result = command("evaluate", found, true)
    assert result.exit_code == 1
    assert "Failed: plant 0" in result.stderr


def test_a_damaged_file_is_named_and_the_others_count(command: Any, tmp_path: Path, truths: list[Any]) -> None:
    found, true = write_folder(tmp_path / "found", truths), write_folder(tmp_path / "true", truths)
    (found / "plant 1.tif").write_bytes(b"")
    result = command("evaluate", found, true, "--json")
    assert result.exit_code == 1
    assert list(result_of(result)["failed"]) == ["plant 1"]
    assert result_of(result)["images"] == 2


@pytest.mark.parametrize("wrong", ["gone", "empty", "other names"])
def test_nothing_to_compare_is_wrong_usage(command: Any, tmp_path: Path, truths: list[Any], wrong: str) -> None:
    true = write_folder(tmp_path / "true", truths)
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "other names", truths, "leaf {}.tif")
    result = command("evaluate", tmp_path / wrong, true)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ") and len(result.stderr.splitlines()) == 1
