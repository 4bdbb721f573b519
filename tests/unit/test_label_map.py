"""Label maps and labelling configurations."""

from collections import Counter
from pathlib import Path

import pytest

from scripts.conversion.label_config import ConfiguredLabel, read_label_config
from scripts.conversion.label_map import LabelMap, Target, read_label_map
from scripts.project.errors import UserError

CONFIG = """
<View>
  <Text name="text" value="$body"/>
  <HyperText name="page" value="$html"/>
  <Image name="image" value="$url"/>
  <Labels name="label" toName="text">
    <Label value="Person" predicted_values="PERSON, PER"/>
    <Label value="None" alias="nobody"/>
    <Label value="Übel groß"/>
  </Labels>
  <HyperTextLabels name="html_label" toName="page"><Label value="Q"/></HyperTextLabels>
  <RectangleLabels name="box" toName="image"><Label value="Car"/></RectangleLabels>
</View>
"""


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf8")
    return path


def test_identity_knows_no_aliases() -> None:
    label_map = LabelMap()
    assert label_map.target("O") == Target("O")
    assert label_map.scheme(["b", "O", "None"]) == ["None", "O", "b"]
    configured = LabelMap(None, [ConfiguredLabel("Person", ("PERSON",))])
    assert configured.target("Person") == Target("Person")
    assert configured.target("PERSON") is None
    assert configured.scheme(["Other"]) == ["Person"]


def test_map(tmp_path: Path) -> None:
    content = (
        "Person: PER\nPeople: PER\nO: O\nNone: {label: none, rank: 2}\nNO: 'x y'\nTime: null\n"
    )
    targets = read_label_map(write(tmp_path, content))
    label_map = LabelMap(targets)
    assert label_map.target("People") == Target("PER")
    assert label_map.target("Time") == Target(None)
    assert label_map.target("other") is None
    assert label_map.scheme(["other"]) == ["O", "PER", "none", "x y"]
    assert (label_map.rank("none"), label_map.rank("PER")) == (2, None)
    label_map.check(["Person", "People", "O", "None", "NO", "Time"])
    with pytest.raises(UserError, match="NO, Time") as caught:
        label_map.check(["Person", "People", "O", "None", "more"])
    assert "more" in caught.value.remedy


def test_predicted_values_and_aliases_count_in_a_map() -> None:
    configured = [ConfiguredLabel("Person", ("PERSON", "P")), ConfiguredLabel("Place", ())]
    label_map = LabelMap({"PERSON": Target("PER")}, configured)
    assert label_map.target("Person") == label_map.target("P") == Target("PER")
    assert label_map.target("Place") is None
    label_map.check([])


def test_suggestions() -> None:
    label_map = LabelMap({"Person": Target("PER"), "Location": Target("LOC")})
    rows = label_map.suggest(Counter({"PERSONS": 3, "xyz": 5}))
    assert rows == [
        {"label": "xyz", "count": 5, "similar": None},
        {"label": "PERSONS", "count": 3, "similar": "Person"},
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- a\n- b",
        "a: [1]",
        "1: A",
        "true: A",
        "a: ''",
        "a: {label: x}",
        "a: {label: x, rank: high}",
        "a: 'x",
        "a: 5",
    ],
)
def test_no_map(content: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_label_map(write(tmp_path, content))
    assert "LABEL" in caught.value.fact + caught.value.remedy.upper()


def test_missing_map(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_label_map(tmp_path / "none.yml")


def test_configuration(tmp_path: Path) -> None:
    path = write(tmp_path, CONFIG)
    config = read_label_config(path, control="label")
    assert (config.from_name, config.to_name, config.text_field) == ("label", "text", "body")
    assert not config.html
    assert config.labels[0] == ConfiguredLabel("Person", ("PERSON", "PER"))
    assert {"nobody", "None"} == {config.labels[1].name, *config.labels[1].others}
    assert read_label_config(path, text_field="html").html


def test_configuration_that_does_not_decide(tmp_path: Path) -> None:
    path = write(tmp_path, CONFIG)
    with pytest.raises(UserError, match=r"label \(field body\), html_label"):
        read_label_config(path)
    with pytest.raises(UserError, match="0 Labels tags"):
        read_label_config(path, control="box")
    with pytest.raises(UserError, match="0 Labels tags"):
        read_label_config(write(tmp_path, "<View></View>"))


@pytest.mark.parametrize("attribute", ['valueType="url"', 'valuetype="URL"'])
def test_a_text_that_lies_elsewhere_is_refused(attribute: str, tmp_path: Path) -> None:
    """The editor fetches it; a task holds its address, in which no offset fits."""
    xml = (
        '<View><Labels name="label" toName="text"><Label value="PLANT"/></Labels>'
        f'<Text name="text" value="$url" {attribute}/></View>'
    )
    with pytest.raises(
        UserError, match=r'addresses of texts: the tag text of .* has valueType="url"'
    ):
        read_label_config(write(tmp_path, xml))
    assert read_label_config(write(tmp_path, xml.replace(attribute, 'valueType="text"')))


@pytest.mark.parametrize("content", ["", "<View>", "no XML", "\x00"])
def test_no_configuration(content: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no labelling configuration|0 Labels"):
        read_label_config(write(tmp_path, content))


@pytest.mark.parametrize("ranks", [(3, 0, None), (0, None, 3), (None, 3, 0), (3, 1, 2), (1, 2, 3)])
def test_a_label_with_several_names_has_the_best_rank_of_them(
    ranks: tuple[int | None, ...],
) -> None:
    targets = {name: Target("X", rank) for name, rank in zip("abc", ranks, strict=True)}
    assert LabelMap(targets).rank("X") == min(rank for rank in ranks if rank is not None)
